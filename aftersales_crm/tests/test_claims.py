from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from .common import AftersalesCommon


class TestClaims(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 3))
        cls.move = cls.order.order_line.move_ids

    def _left(self):
        return self.move._aftersales_units()[self.move]["returnable"]

    def _plain_return(self, move, quantity):
        """Stock's own return, without any of ours."""
        wizard = self.env["stock.return.picking"].create(
            {
                "picking_id": move.picking_id.id,
                "product_return_moves": [
                    Command.create({"product_id": move.product_id.id, "move_id": move.id, "quantity": quantity})
                ],
            }
        )
        picking = wizard._create_return()
        picking.move_ids.picked = True
        picking._action_done()
        return picking

    def test_a_draft_claims_nothing(self):
        self._rma(self.order, 2, submit=False)
        self.assertEqual(self._left(), 3)

    def test_a_request_claims_and_a_cancellation_releases(self):
        rma = self._rma(self.order, 2)
        self.assertEqual(self._left(), 1)
        rma.action_cancel()
        self.assertEqual(self._left(), 3)

    def test_a_refusal_releases_and_an_appeal_claims_again(self):
        rma = self._rma(self.order, 3)
        rma.action_reject("The box was opened.")
        self.assertEqual(self._left(), 3)
        other = self._rma(self.order, 1)
        with self.assertRaisesRegex(UserError, "can still be returned"):
            rma.action_appeal()
        other.action_cancel()
        rma.action_appeal()
        self.assertEqual((rma.state, self._left()), ("submitted", 0))

    def test_what_came_back_through_stock_cannot_be_asked_for(self):
        self._plain_return(self.move, 2)
        self.assertEqual(self._left(), 1)
        with self.assertRaisesRegex(UserError, "only 1 can still be returned"):
            self._rma(self.order, 2)

    def test_what_was_sent_out_again_can_come_back_again(self):
        back = self._plain_return(self.move, 2)
        self._plain_return(back.move_ids, 1)
        self.assertEqual(self._left(), 2)

    def test_stocks_own_return_goes_on_working_beside_a_claim(self):
        self._rma(self.order, 3)
        picking = self._plain_return(self.move, 3)
        self.assertEqual(picking.state, "done")
        self.assertEqual(self._left(), 0)

    def test_what_arrives_beyond_the_claim_is_flagged_not_blocked(self):
        rma = self._rma(self.order, 1)
        rma.action_approve()
        self._receive(rma, 2)
        self.assertEqual((rma.line_ids.received_quantity, self._left()), (2, 1))
        self.assertIn("2 × Kettle arrived", "".join(rma.message_ids.mapped("body")))

    def test_closing_short_releases_what_never_came(self):
        rma = self._rma(self.order, 3)
        rma.action_approve()
        self._receive(rma, 1)
        rma.action_close_short()
        self.assertEqual((self._left(), rma.line_ids.short_quantity), (2, 2))
        self.assertEqual(rma.state, "approved")
        rma.action_settle()
        self.assertEqual((rma.state, rma.refunded_total), ("done", 100))
        self.assertEqual(set(rma.picking_ids.mapped("state")), {"done", "cancel"})

    def test_a_request_is_split_over_deliveries(self):
        order = self._order((self.kettle, 5))
        self._deliver(order, {self.kettle: 2})
        self._deliver(order)
        rma = self._rma(order, 4)
        self.assertEqual(rma.line_ids.mapped("quantity"), [2, 2])
        self.assertEqual(len(rma.line_ids.origin_move_id), 2)
        rma.action_approve()
        self.assertEqual(len(rma.picking_ids), 2)

    def test_a_serial_is_asked_for_once(self):
        lots = self._lots(self.washer, "A", "B")
        order = self._sold((self.washer, 2), lots={self.washer: lots})
        self._rma(order, lot=lots[0])
        with self.assertRaisesRegex(UserError, "already part of another return"):
            self._rma(order, lot=lots[0])
        other = self._lots(self.washer, "C")
        with self.assertRaisesRegex(UserError, "was not delivered"):
            self._rma(order, lot=other)
        self.assertEqual(self._rma(order).line_ids.lot_id, lots[1], "the only serial left is found")

    def test_a_serial_is_named_once_in_a_request(self):
        lots = self._lots(self.washer, "A", "B")
        order = self._sold((self.washer, 2), lots={self.washer: lots})
        first, second = ({"sale_line": order.order_line, "quantity": 1, "lot": lot} for lot in lots)
        with self.assertRaisesRegex(UserError, "already part of another return"):
            self.env["aftersales.rma"]._request(self.customer, [first, first])
        rma = self.env["aftersales.rma"]._request(self.customer, [second, {**first, "lot": None}])
        self.assertEqual(rma.line_ids.lot_id, lots, "the serial that is left goes to the item that names none")

    def test_serials_that_nobody_named_are_told_at_the_dock(self):
        lots = self._lots(self.washer, "A", "B", "C")
        order = self._sold((self.washer, 3), lots={self.washer: lots})
        rma = self._rma(order, 2)
        self.assertFalse(rma.line_ids.lot_id)
        rma.action_approve()
        line = rma.line_ids
        with self.assertRaisesRegex(UserError, "which serial number"):
            rma._receive([{"line": line, "quantity": 1}])
        rma._receive([{"line": line, "quantity": 1, "lot": lot} for lot in lots[1:]])
        self.assertEqual((rma.reception_status, line.inspection_ids.lot_id), ("received", lots[1:]))
        self.assertEqual(rma.sudo().picking_ids.move_line_ids.lot_id, lots[1:])
        delivery = order.order_line._aftersales_deliveries()
        self.assertEqual(delivery._aftersales_lots_left(), {delivery: lots[0]})

    def test_goods_refunded_in_advance_stay_claimed_when_they_never_come(self):
        self.env.ref("aftersales_crm.return_policy_standard").refund_timing = "approval"
        order = self._sold((self.kettle, 2))
        rma = self._rma(order, 1)
        rma.action_approve()
        rma.action_settle()
        rma.action_close_short()
        self.assertEqual(rma.state, "done")
        with self.assertRaisesRegex(UserError, "only 1 can still be returned"):
            self._rma(order, 2)

    def test_quantities_that_are_none_are_refused(self):
        for quantity in (0, -1, float("nan"), float("inf")):
            with self.subTest(quantity=quantity), self.assertRaises(UserError):
                self._rma(self.order, quantity)

    def test_nothing_of_somebody_else_can_be_asked_for(self):
        stranger = self.env["res.partner"].create({"name": "Somebody else"})
        with self.assertRaisesRegex(UserError, "not an order of"):
            self.env["aftersales.rma"]._request(stranger, [{"sale_line": self.order.order_line, "quantity": 1}])

    def test_what_is_asked_for_is_what_was_sold_and_delivered(self):
        dear = self._product("Dear", list_price=9000)
        line = {"sale_line_id": self.order.order_line.id, "quantity": 1}
        rmas = self.env["aftersales.rma"].with_user(self.agent)
        with self.assertRaisesRegex(ValidationError, "not what was sold"):
            rmas.create({"partner_id": self.customer.id, "line_ids": [(0, 0, {**line, "product_id": dear.id})]})
        lots = self._lots(self.washer, "A", "X")
        order = self._sold((self.washer, 1), lots={self.washer: lots[0]})
        line = {"sale_line_id": order.order_line.id, "origin_move_id": order.order_line.move_ids.id, "quantity": 1}
        with self.assertRaisesRegex(ValidationError, "did not come with"):
            rmas.create({"partner_id": self.customer.id, "line_ids": [(0, 0, {**line, "lot_id": lots[1].id})]})

    def test_goods_that_the_warehouse_cancelled_are_announced_again(self):
        rma = self._rma(self.order, 2)
        rma.action_approve()
        rma.sudo().picking_ids.action_cancel()
        self._receive(rma)
        self.assertEqual((rma.reception_status, len(rma.picking_ids)), ("received", 2))

    def test_what_is_missing_is_not_waited_for(self):
        rma = self._rma(self.order, reason=self._reason("missing_item"))
        rma.action_approve()
        self.assertEqual((rma.reception_status, rma.picking_ids.ids), ("not_required", []))
        rma.action_settle()
        self.assertEqual(rma.remedy_ids.state, "pending")

    def test_cancelling_leaves_the_other_deliveries_alone(self):
        self.env.ref("aftersales_crm.return_policy_standard").refund_timing = "approval"
        order = self._order((self.kettle, 3))
        self._deliver(order, {self.kettle: 2})
        backorder = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        rma = self._rma(order, reason=self._reason("wrong_item"))
        rma.action_approve()
        rma.action_settle()
        replacement = rma.remedy_ids.sudo().move_ids
        self.assertNotEqual(replacement.picking_id, backorder)
        rma.action_cancel()
        self.assertEqual((replacement.state, rma.remedy_ids.state), ("cancel", "cancelled"))
        self.assertNotEqual(backorder.state, "cancel")

    def test_what_was_repaired_and_sent_home_can_come_back_again(self):
        rma = self._rma(self.order, reason=self._reason("defective"))
        rma.action_approve()
        self._receive(rma)
        self.assertEqual(self.order.order_line.qty_delivered, 3, "what is repaired stays sold")
        self.assertEqual(self._left(), 2)
        self._plain_return(rma.sudo().line_ids.receipt_move_ids, 1)
        self.assertEqual(self._left(), 3)

    def test_a_serial_that_was_repaired_and_sent_home_can_be_named_again(self):
        lot = self._lots(self.washer, "A")
        order = self._sold((self.washer, 1), lots={self.washer: lot})
        rma = self._rma(order, reason=self._reason("defective"), lot=lot)
        rma.action_approve()
        self._receive(rma)
        home = self._plain_return(rma.sudo().line_ids.receipt_move_ids, 1)
        self.assertEqual(home.move_line_ids.lot_id, lot)
        delivery = order.order_line._aftersales_deliveries()
        self.assertEqual(delivery._aftersales_lots_left(), {delivery: lot})
        self.assertEqual(self._rma(order, lot=lot).line_ids.lot_id, lot)

    def test_of_a_lot_some_units_are_claimed_and_others_left(self):
        cable = self._product("Cable", list_price=5.0, tracking="lot")
        lot = self._lots(cable, "L1")
        order = self._order((cable, 5))
        self._stock(cable, 5, lot)
        order.picking_ids.action_assign()
        order.picking_ids.move_ids.picked = True
        order.picking_ids._action_done()
        self._invoice(order)
        self._rma(order, 2, lot=lot)
        self.assertEqual(self._rma(order, 3, lot=lot).line_ids.quantity, 3)
        with self.assertRaisesRegex(UserError, "only 0 can still be returned"):
            self._rma(order, 1, lot=lot)

    def test_a_serial_is_one_unit(self):
        lots = self._lots(self.washer, "A", "B")
        order = self._sold((self.washer, 2), lots={self.washer: lots})
        with self.assertRaisesRegex(UserError, "A is one unit: ask for 1"):
            self._rma(order, 2, lot=lots[0])
