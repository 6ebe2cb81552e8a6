from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .common import AftersalesCommon


class TestRemedies(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.towel = cls._product("Towel", list_price=30.0)
        cls.cup = cls._product("Cup", list_price=140.0)

    def _approved(self, quantity=2, order=None, **item):
        order = order or self._sold((self.kettle, quantity))
        item.setdefault("reason", self._reason("wrong_item"))
        rma = self._rma(order, quantity, **item)
        rma.with_user(self.manager).action_approve()
        return rma

    def _change(self, rma, code, quantity=None, user=None, **terms):
        remedy = rma.remedy_ids.sorted("id")[:1].with_user(user or self.manager)
        return remedy._change(self._remedy(code), quantity, terms)

    def _keep_limit(self, order, limit):
        line = order.order_line
        line.sudo().aftersales_policy_terms = {**line.aftersales_policy_terms, "keep_limit": limit}

    def _ship(self, moves):
        picking = moves.sudo().picking_id
        for move in picking.move_ids:
            self._stock(move.product_id, move.product_uom_qty)
            move.quantity = move.product_uom_qty
        picking.move_ids.picked = True
        picking._action_done()

    # === Another remedy === #

    def test_units_of_one_line_are_put_right_in_different_ways(self):
        rma = self._approved(3)
        self._change(rma, "keep", 1, agreed_amount=40)
        self._change(rma, "refund", 1, user=self.agent)
        self.assertEqual(sorted(rma.remedy_ids.mapped("code")), ["keep", "refund", "replacement"])
        self.assertEqual(sum(rma.remedy_ids.mapped("quantity")), 3)
        self.assertEqual(rma.picking_ids.sudo().move_ids.product_uom_qty, 2, "the kept one is not announced")
        rma.action_settle()
        self.assertEqual(rma.refunded_total, 40)
        self._receive(rma, 2)
        rma.action_settle()
        self.assertEqual(rma.refunded_total, 140)
        self._ship(rma.remedy_ids.move_ids)
        self.assertEqual((rma.state, rma.reception_status), ("done", "received"))

    def test_the_wizard_asks_what_becomes_of_the_units(self):
        rma = self._approved(2)
        action = rma.remedy_ids.action_open_change()
        wizard = Form(self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"]))
        self.assertEqual(wizard.quantity, 2)
        wizard.type_id = self._remedy("keep")
        wizard.quantity = 1
        wizard.agreed_amount = 25
        wizard.save().action_confirm()
        keep = rma.remedy_ids.filtered(lambda remedy: remedy.code == "keep")
        self.assertEqual((keep.quantity, keep.agreed_amount), (1, 25))

    def test_quantities_and_states_are_guarded(self):
        rma = self._approved(2)
        for quantity in (0, -1, 3, float("nan"), float("inf")):
            with self.subTest(quantity=quantity), self.assertRaises(UserError):
                self._change(rma, "refund", quantity)
        with self.assertRaises(AccessError):
            self._change(rma, "gift", user=self.agent, sent_product_id=self.towel.id)
        self._receive(rma)
        rma.action_settle()
        with self.assertRaises(UserError):
            self._change(rma, "refund")

    # === Keep === #

    def test_a_part_of_the_price_for_who_keeps_it(self):
        order = self._sold((self.kettle, 2, {"tax_ids": [(6, 0, self.tax.ids)]}))
        rma = self._approved(order=order)
        self._change(rma, "keep", agreed_amount=50)
        self.assertEqual((rma.reception_status, rma.picking_ids.sudo().state), ("not_required", "cancel"))
        rma.action_settle()
        credit = rma.sudo().refund_ids
        self.assertEqual((rma.state, rma.refunded_total, credit.amount_total), ("done", 50, 50))
        self.assertEqual(credit.reversed_entry_id, order.invoice_ids.filtered(lambda m: m.move_type == "out_invoice"))
        self.assertEqual((order.order_line.qty_invoiced, order.order_line.qty_to_invoice), (2, 0))
        # The goods are the customer's: they may still come back, for what is left of their price.
        again = self._rma(order, 2)
        again.with_user(self.manager).action_approve()
        self._receive(again)
        again.action_settle()
        self.assertEqual(again.refunded_total, 196)

    def test_more_than_was_paid_is_never_given_back(self):
        rma = self._approved(2)
        with self.assertRaises(UserError):
            self._change(rma, "keep", 1, agreed_amount=100.01)
        self._change(rma, "keep", 1, agreed_amount=100)
        self._change(rma, "keep", agreed_amount=100)
        rma.action_settle()
        self.assertEqual((rma.state, rma.refunded_total), ("done", 200))

    def test_agents_let_go_what_the_policy_lets_go(self):
        order = self._sold((self.kettle, 1))
        rma = self._approved(1, order)
        with self.assertRaises(AccessError):
            self._change(rma, "keep", user=self.agent, agreed_amount=10)
        self._keep_limit(order, 50)
        with self.assertRaises(AccessError):
            self._change(rma, "keep", user=self.agent, agreed_amount=51)
        self._change(rma, "keep", user=self.agent, agreed_amount=50)
        rma.action_settle()
        self.assertEqual((rma.state, rma.refunded_total), ("done", 50))

    def test_without_an_amount_all_goes_back_where_the_policy_lets_the_goods_go(self):
        order = self._sold((self.kettle, 1))
        rma = self._approved(1, order)
        self._change(rma, "keep")
        rma.action_settle()
        self.assertIn("agree on an amount", rma.remedy_ids.error)
        self._keep_limit(order, 100)
        rma.action_settle()
        self.assertEqual((rma.state, rma.refunded_total), ("done", 100))

    def test_what_was_not_invoiced_yet_is_not_reduced(self):
        order = self._order((self.kettle, 1))
        self._deliver(order)
        rma = self._approved(1, order)
        self._change(rma, "keep", agreed_amount=10)
        rma.action_settle()
        self.assertEqual(rma.remedy_ids.state, "failed")

    # === Gift === #

    def test_a_gift_is_delivered_at_no_price(self):
        rma = self._approved(1)
        with self.assertRaisesRegex(UserError, "choose the gift"):
            self._change(rma, "gift")._prepare_gift_procurement()
        self._change(rma, "gift", sent_product_id=self.towel.id)
        rma.action_settle()
        moves = rma.remedy_ids.sudo().move_ids
        self.assertEqual((moves.product_id, moves.sale_line_id.ids), (self.towel, []))
        self.assertEqual(moves.picking_id.aftersales_rma_id, rma)
        self.assertEqual(rma.remedy_ids.state, "pending")
        self._ship(moves)
        self.assertEqual((rma.state, rma.refunded_total), ("done", 0))

    # === Send back === #

    def test_what_was_refused_goes_home_and_counts_as_the_customers_again(self):
        lots = self._lots(self.washer, "S1", "S2")
        order = self._sold((self.washer, 2), lots={self.washer: lots})
        rma = self._rma(order, 1, lot=lots[1])
        rma.action_approve()
        self._receive(rma, accepted=False)
        self.assertEqual(rma.state, "done")
        self.assertTrue(rma.can_send_back)
        rma.action_send_back()
        self.assertFalse(rma.can_send_back)
        with self.assertRaises(UserError):
            rma.action_send_back()
        remedy = rma.remedy_ids.filtered(lambda remedy: remedy.code == "send_back")
        move = remedy.sudo().move_ids
        self.assertEqual((remedy.state, move.location_dest_id.usage), ("pending", "customer"))
        self.assertEqual(move.move_line_ids.lot_id, lots[1])
        move.picked = True
        move.picking_id._action_done()
        self.assertEqual((remedy.state, rma.state), ("done", "done"))
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertEqual(self._rma(order, 1, lot=lots[1]).state, "submitted")

    # === Repair === #

    def test_what_was_repaired_goes_home(self):
        rma = self._approved(1, reason=self._reason("defective"))
        self._receive(rma)
        rma.action_settle()
        repair = rma.sudo().repair_ids
        repair.action_repair_start()
        repair.action_repair_end()
        self.assertEqual((rma.remedy_ids.state, rma.state), ("pending", "approved"))
        moves = rma.remedy_ids.sudo().move_ids
        self.assertEqual((len(moves), moves.location_dest_id.usage), (1, "customer"))
        moves.picking_id.action_cancel()
        rma.action_send_back()
        moves = rma.remedy_ids.sudo().move_ids.filtered(lambda move: move.state != "cancel")
        moves.picked = True
        moves.picking_id._action_done()
        self.assertEqual((rma.remedy_ids.state, rma.state), ("done", "done"))

    def test_a_repair_that_the_customer_pays_waits_for_its_quotation(self):
        rma = self._approved(1, reason=self._reason("defective"))
        self._change(rma, "repair", is_charged=True)
        self._receive(rma)
        rma.action_settle()
        repair = rma.sudo().repair_ids
        self.assertEqual((repair.state, repair.under_warranty), ("draft", False))

    # === Replacement === #

    def test_another_product_is_paid_by_what_comes_back(self):
        for product, owed, due in ((self.towel, 70, 0), (self.cup, 0, 40)):
            with self.subTest(product=product.name):
                order = self._sold((self.kettle, 1))
                self._pay(order.invoice_ids)
                rma = self._approved(1, order)
                self._change(rma, "replacement", sent_product_id=product.id)
                self._receive(rma)
                rma.action_settle()
                self.assertEqual(rma.remedy_ids.mapped("error"), [False])
                exchange = rma.remedy_ids.sudo().exchange_order_id
                self.assertEqual((exchange.state, exchange.order_line.product_id), ("sale", product))
                self.assertEqual(rma.sudo().refund_ids.amount_residual, owed)
                self.assertEqual(exchange.invoice_ids.amount_residual, due)
                self.assertEqual(order.order_line.qty_to_invoice, 0)
                self._ship(exchange.order_line.move_ids)
                self.assertEqual((rma.remedy_ids.state, rma.state), ("done", "done"))
                rma.action_approve()
                self.assertEqual(len(rma.sudo().refund_ids), 1)

    def test_another_product_that_is_invoiced_when_delivered(self):
        self.cup.invoice_policy = "delivery"
        order = self._sold((self.kettle, 1))
        self._pay(order.invoice_ids)
        rma = self._approved(1, order)
        self._change(rma, "replacement", sent_product_id=self.cup.id)
        self._receive(rma)
        rma.action_settle()
        exchange = rma.remedy_ids.sudo().exchange_order_id
        self.assertFalse(exchange.invoice_ids)
        self._ship(exchange.order_line.move_ids)
        self.assertEqual(exchange.invoice_ids.amount_residual, 40)
        self.assertEqual(rma.payout_status, "paid")

    def _pay(self, invoice):
        register = self.env["account.payment.register"]
        register.with_context(active_model="account.move", active_ids=invoice.ids).create({})._create_payments()

    # === Advance replacement === #

    def _advanced(self, policy="order"):
        self.kettle.invoice_policy = policy
        order = self._sold((self.kettle, 1))
        line = order.order_line
        line.sudo().aftersales_policy_terms = {
            **line.aftersales_policy_terms,
            "advance_replacement": True,
            "advance_days": 10,
        }
        rma = self._approved(1, order)
        rma.action_settle()
        self._ship(rma.remedy_ids.move_ids)
        return rma

    def test_the_replacement_goes_ahead_and_the_goods_follow(self):
        for policy in ("order", "delivery"):
            with self.subTest(policy=policy):
                rma = self._advanced(policy)
                order = rma.sale_order_ids
                today = self.company._aftersales_today()
                self.assertEqual(rma.remedy_ids.advance_until, today + timedelta(days=10))
                self.assertEqual((rma.remedy_ids.state, rma.state), ("done", "approved"))
                self.assertEqual(order.order_line.qty_to_invoice, 0)
                self._receive(rma)
                self.assertEqual(rma.state, "done")
                self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_goods_that_never_come_are_asked_about_once_and_invoiced(self):
        for policy in ("order", "delivery"):
            with self.subTest(policy=policy):
                rma = self._advanced(policy)
                order = rma.sale_order_ids
                for day, asked in ((10, 0), (11, 1), (12, 1)):
                    with freeze_time(fields.Datetime.now() + timedelta(days=day)), self._worker() as env:
                        env["aftersales.remedy"]._cron_flag_missing()
                    self.assertEqual(len(rma.activity_ids), asked, day)
                with self.assertRaises(AccessError):
                    rma.action_charge_missing()
                before = order.invoice_ids
                rma.with_user(self.manager).action_charge_missing()
                invoice = order.invoice_ids - before
                self.assertEqual((invoice.state, invoice.amount_total), ("posted", 100))
                self.assertEqual((rma.state, rma.reception_status), ("done", "received"))
                line = order.order_line
                self.assertEqual((line.product_uom_qty, line.qty_invoiced, line.qty_to_invoice), (2, 2, 0))
                open_moves = line.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))
                self.assertFalse(open_moves, "nothing more is delivered")

    def test_a_manager_may_let_the_goods_go(self):
        rma = self._advanced("delivery")
        rma.action_close_short()
        self.assertEqual((rma.state, rma.sale_order_ids.order_line.qty_to_invoice), ("done", 0))
