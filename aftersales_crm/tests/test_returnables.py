import base64

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form

from .common import AftersalesCommon

PROOF = {"name": "receipt.pdf", "data": base64.b64encode(b"%PDF-1.4\n%%EOF").decode()}


class TestBeforeDelivery(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._order((cls.kettle, 5))
        cls._deliver(cls.order, {cls.kettle: 2})
        cls.line = cls.order.order_line

    def _open(self):
        return self.line._aftersales_open_units()[self.line]["returnable"]

    def _waiting(self, order=None):
        moves = (order or self.order).order_line.move_ids
        return sum(moves.filtered(lambda move: move.state not in ("done", "cancel")).mapped("product_qty"))

    def test_what_is_to_come_is_claimed_on_the_order(self):
        rma = self._rma(self.order, 2, undelivered=True)
        self.assertEqual((rma.line_ids.basis, rma.eligibility, self._open()), ("withdrawal", "pass", 1))
        with self.assertRaisesRegex(UserError, "only 1 can still be returned"):
            self._rma(self.order, 2, undelivered=True)
        self.assertEqual(len(self._rma(self.order, 2).line_ids.origin_move_id), 1, "what was delivered is apart")
        rma.action_cancel()
        self.assertEqual(self._open(), 3)

    def test_an_approved_withdrawal_is_not_shipped_and_not_waited_for(self):
        rma = self._rma(self.order, 2, undelivered=True)
        self.assertEqual(self._waiting(), 3)
        rma.action_approve()
        self.assertEqual((self._waiting(), rma.reception_status), (1, "not_required"))
        rma.action_settle()
        self.assertEqual((rma.state, rma.line_ids.settled_quantity), ("done", 2))
        self._deliver(self.order)
        self.assertEqual((self.line.qty_delivered, self.line.qty_to_invoice), (3, 3))
        invoice = self._invoice(self.order)
        self.assertEqual((invoice.amount_total, self.line.invoice_status), (300, "invoiced"))

    def test_what_was_invoiced_before_is_credited(self):
        self._invoice(self.order)
        rma = self._rma(self.order, 3, undelivered=True)
        rma.action_approve()
        rma.action_settle()
        self.assertEqual((rma.state, rma.refunded_total, self._waiting()), ("done", 300, 0))
        self.assertEqual((self.line.qty_to_invoice, self.line.invoice_status), (0, "invoiced"))

    def test_what_is_invoiced_by_delivery_is_neither_invoiced_nor_owed(self):
        kettle = self._product("Kettle by delivery", list_price=100, invoice_policy="delivery")
        order = self._order((kettle, 3))
        rma = self._rma(order, 2)
        rma.action_approve()
        rma.action_settle()
        self.assertEqual((rma.state, order.order_line.qty_to_invoice), ("done", 0))
        self._deliver(order)
        self.assertEqual(order.order_line.qty_to_invoice, 1)

    def test_calling_it_off_has_it_shipped_after_all(self):
        rma = self._rma(self.order, 3, undelivered=True)
        rma.action_approve()
        self.assertEqual(self._waiting(), 0)
        rma.action_cancel()
        self.assertEqual((self._waiting(), rma.line_ids.taken_off_quantity), (3, 0))

    def test_editing_the_order_later_does_not_procure_it_again(self):
        rma = self._rma(self.order, 3, undelivered=True)
        rma.action_approve()
        self.line.product_uom_qty = 6
        self.assertEqual(self._waiting(), 1)

    def test_two_steps_of_delivery_are_shortened_alike(self):
        self.env["stock.warehouse"].search([("company_id", "=", self.company.id)]).delivery_steps = "pick_ship"
        for picked in (0, 1):
            with self.subTest(picked=picked):
                self._stock(self.kettle, 3)
                order = self._order((self.kettle, 3))
                if picked:
                    picking = order.picking_ids.filtered(lambda p: p.state == "assigned")
                    picking.button_validate()
                self.assertEqual(order.order_line._aftersales_pending_units(), 3)
                rma = self._rma(order, 2)
                rma.action_approve()
                pending = order.order_line._aftersales_pending_units()
                self.assertEqual((pending, rma.line_ids.taken_off_quantity), (1, 2))
                waiting = order.order_line.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))
                self.assertNotIn("incoming", waiting.picking_id.mapped("picking_type_id.code"))

    def test_what_was_shipped_before_the_decision_has_to_be_asked_for_anew(self):
        rma = self._rma(self.order, 3, undelivered=True)
        self._deliver(self.order)
        with self.assertRaisesRegex(UserError, "delivered in the meantime"), self.env.cr.savepoint():
            rma.action_approve()
        self.assertEqual(rma.state, "submitted")
        rma.action_cancel()
        self.assertEqual(self._rma(self.order, 5).state, "submitted")

    def test_a_whole_order_is_withdrawn_from_before_it_ships(self):
        order = self._order((self.kettle, 2), (self._product("Toaster"), 1))
        items = [{"sale_line": line, "quantity": line.product_uom_qty} for line in order.order_line]
        rma = self.env["aftersales.rma"].with_user(self.agent)._request(self.customer, items)
        rma.action_approve()
        self.assertEqual((self._waiting(order), order.picking_ids.state), (0, "cancel"))
        rma.action_settle()
        self.assertEqual(rma.state, "done")

    def test_a_business_gives_nothing_back_before_the_delivery(self):
        self.order.aftersales_is_consumer = False
        rma = self._rma(self.order, 1, undelivered=True)
        self.assertEqual(rma.eligibility, "fail")
        self.assertIn("have not been delivered", rma.line_ids.basis_reasons)

    def test_neither_replaced_nor_repaired_before_it_came(self):
        rma = self._rma(self.order, 1, undelivered=True, remedy=self._remedy("replacement"))
        self.assertEqual(rma.eligibility, "review")

    def test_orders_that_are_not_confirmed_have_nothing_to_give_back(self):
        for order in (self._order((self.kettle, 1), confirm=False), self._order((self.kettle, 1))):
            order._action_cancel()
            with self.assertRaisesRegex(UserError, "only 0 can still be returned"):
                self._rma(order)

    def test_nobody_writes_the_claim_by_hand(self):
        with self.assertRaises(AccessError):
            self.line.with_user(self.env.ref("base.user_admin")).aftersales_claimed_qty = 0


class TestServices(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = cls._product("Installation", type="service", is_storable=False, list_price=80)
        cls.order = cls._order((cls.service, 2))
        cls._invoice(cls.order)

    def test_a_service_comes_back_without_goods(self):
        rma = self._rma(self.order, 1)
        self.assertEqual((rma.line_ids.basis, rma.eligibility), ("withdrawal", "pass"))
        rma.action_approve()
        self.assertEqual((rma.reception_status, rma.picking_ids.ids), ("not_required", []))
        rma.action_settle()
        self.assertEqual((rma.state, rma.refunded_total), ("done", 80))
        with self.assertRaisesRegex(UserError, "only 1 can still be returned"):
            self._rma(self.order, 2)

    def test_what_was_performed_is_not_withdrawn_from(self):
        self.order.order_line.qty_delivered = 2
        rma = self._rma(self.order, 1)
        self.assertEqual((rma.line_ids.basis, rma.eligibility), ("policy", "pass"))
        self.assertIn("once opened or begun", str(rma.line_ids.basis_explanation))


class KitCommon(AftersalesCommon):
    """A set is delivered as its parts, as kits of Odoo's manufacturing are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pot = cls._product("Pot", list_price=60)
        cls.lid = cls._product("Lid", list_price=20)
        cls.set = cls._product("Set", list_price=100)

    def _sold_kits(self, count):
        order = self._order((self.set, count))
        template = order.order_line.move_ids
        for product, units in ((self.pot, 1), (self.lid, 2)):
            template.copy({"product_id": product.id, "product_uom_qty": units * count})._action_confirm(merge=False)
        template._action_cancel()
        template.unlink()
        self._deliver(order)
        self._invoice(order)
        return order


class TestKits(KitCommon):
    def test_a_part_is_worth_its_share(self):
        order = self._sold_kits(2)
        rma = self._rma(order, 1, product=self.pot)
        self.assertEqual((rma.line_ids.product_id, rma.line_ids.paid_total), (self.pot, 60))
        self.assertEqual(self._rma(order, 2, product=self.lid).line_ids.paid_total, 40)
        with self.assertRaisesRegex(UserError, "only 1 can still be returned"):
            self._rma(order, 2, product=self.pot)
        with self.assertRaisesRegex(UserError, "was not delivered with"):
            self._rma(order, 1, product=self.kettle)

    def test_whole_sets_come_back_as_their_parts_and_are_refunded_in_full(self):
        order = self._sold_kits(2)
        rma = self._rma(order, 2)
        self.assertEqual(
            [(line.product_id, line.quantity, line.paid_total) for line in rma.line_ids],
            [(self.pot, 2, 120), (self.lid, 4, 80)],
        )
        rma.action_approve()
        rma._receive([{"line": line, "quantity": line.quantity} for line in rma.line_ids])
        rma.action_settle()
        self.assertEqual((rma.state, rma.refunded_total), ("done", 200))

    def test_parts_are_refunded_one_after_the_other_to_the_cent(self):
        order = self._sold_kits(3)
        total = 0
        for product, units in ((self.lid, 1), (self.pot, 3), (self.lid, 4), (self.lid, 1)):
            rma = self._rma(order, units, product=product)
            rma.action_approve()
            self._receive(rma)
            rma.action_settle()
            total += rma.refunded_total
        self.assertAlmostEqual(total, 300)

    def test_parts_without_a_price_share_by_their_cost_or_number(self):
        (self.pot | self.lid).list_price = 0
        self.assertEqual(self._rma(self._sold_kits(1), 1, product=self.lid).paid_total, 33.33)
        self.pot.standard_price, self.lid.standard_price = 40, 5
        self.assertEqual(self._rma(self._sold_kits(1), 1, product=self.pot).paid_total, 80)


class TestCombo(AftersalesCommon):
    def test_what_was_chosen_of_a_combo_comes_back_at_its_price(self):
        combo = self.env["product.combo"].create(
            {"name": "Side", "combo_item_ids": [Command.create({"product_id": self.kettle.id})]}
        )
        menu = self._product("Menu", type="combo", is_storable=False, list_price=40, combo_ids=[Command.set(combo.ids)])
        order = self._order((menu, 1), confirm=False)
        order.order_line = [
            Command.create(
                {
                    "product_id": self.kettle.id,
                    "combo_item_id": combo.combo_item_ids.id,
                    "linked_line_id": order.order_line.id,
                }
            )
        ]
        order.action_confirm()
        self._deliver(order)
        self.assertEqual([e["product"] for e in order.order_line._aftersales_returnables()], [self.kettle])
        line = order.order_line[1]
        rma = self.env["aftersales.rma"]._request(self.customer, [{"sale_line": line, "quantity": 1}])
        self.assertEqual(rma.paid_total, line.price_total)
        with self.assertRaisesRegex(UserError, "nothing that can come back"):
            self._rma(order)


class TestUnits(AftersalesCommon):
    def test_what_was_sold_by_the_dozen_comes_back_by_the_piece(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._sold((self.kettle, 1, {"product_uom_id": dozen.id, "price_unit": 120}))
        rma = self._rma(order, 3)
        self.assertEqual((rma.line_ids.uom_id, rma.paid_total), (self.kettle.uom_id, 30))
        self.assertEqual(self._rma(order, 0.5, uom=dozen).line_ids.quantity, 6)
        for quantity, uom, message in ((1, dozen, "only 3 can still"), (1, self.env.ref("uom.product_uom_kgm"), "not")):
            with self.assertRaisesRegex(UserError, message):
                self._rma(order, quantity, uom=uom)

    def test_a_part_of_a_piece_does_not_come_back(self):
        order = self._sold((self.kettle, 3))
        with self.assertRaisesRegex(ValidationError, "whole units only"):
            self._rma(order, 1.5)
        metre = self.env.ref("uom.product_uom_meter")
        cable = self._product("Cable", uom_id=metre.id, list_price=2)
        self.assertEqual(self._rma(self._sold((cable, 10)), 2.5).paid_total, 5)


class TestSeveralOrders(AftersalesCommon):
    def test_one_return_is_of_several_orders(self):
        orders = self._sold((self.kettle, 2)) | self._sold((self.kettle, 1), (self._product("Toaster"), 1))
        wizard = Form(self.env["aftersales.rma.request"].with_user(self.agent))
        wizard.partner_id = self.customer
        self.assertEqual(len(wizard.line_ids), 3)
        wizard.reason_id = self._reason("changed_mind")
        for index in range(3):
            with wizard.line_ids.edit(index) as line:
                line.quantity = 1
        rma = self.env["aftersales.rma"].browse(wizard.save().action_create()["res_id"])
        self.assertEqual(rma.sale_order_ids, orders)
        rma.action_approve()
        self.assertEqual(len(rma.picking_ids), 2)
        rma._receive([{"line": line, "quantity": 1} for line in rma.line_ids])
        rma.action_settle()
        self.assertEqual((rma.state, len(rma.refund_ids)), ("done", 2))

    def test_one_return_is_in_one_currency_of_one_company_and_one_customer(self):
        order = self._sold((self.kettle, 1))
        euro = self.env.ref("base.EUR")
        euro.active = True
        pricelist = self.env["product.pricelist"].create({"name": "Euro", "currency_id": euro.id})
        other = self.env["res.company"].create({"name": "Other"})
        there = (
            self.env["sale.order"]
            .with_company(other)
            .create(
                {
                    "partner_id": self.customer.id,
                    "company_id": other.id,
                    "order_line": [Command.create({"product_id": self.kettle.id})],
                }
            )
        )
        for second, message in (
            (self._sold((self.kettle, 1), pricelist_id=pricelist.id), "one currency"),
            (there, "one company"),
            (self._sold((self.kettle, 1), partner=self.env["res.partner"].create({"name": "Bob"})), "not an order of"),
        ):
            items = [{"sale_line": line, "quantity": 1} for line in (order | second).order_line]
            with self.subTest(message), self.assertRaisesRegex(UserError, message):
                self.env["aftersales.rma"]._request(self.customer, items)

    def test_what_can_be_returned_costs_the_same_for_few_and_many(self):
        few = self._sold((self.kettle, 1))
        many = self._sold(*((self._product(f"P{n}"), 1) for n in range(12)))
        few.order_line._aftersales_returnables()
        counts = []
        for order in (few, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            order.order_line._aftersales_returnables()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)


class TestGift(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 2))
        cls.friend = cls.env["res.partner"].create({"name": "Friend"})

    def _gift(self, **vals):
        item = {"sale_line": self.order.order_line, "quantity": 1, "reason": self._reason("changed_mind")}
        return self.env["aftersales.rma"].with_user(self.agent)._request(self.friend, [item], {"is_gift": True, **vals})

    def test_the_money_is_the_payers_until_they_leave_it(self):
        rma = self._gift()
        self.assertEqual(
            (rma.partner_id, rma.payer_id, rma._payout_partner()), (self.friend, self.customer, self.customer)
        )
        for _twice in range(2):
            rma.action_payer_agrees()
        self.assertEqual((rma.payout_partner_id, bool(rma.payer_agreed_at)), (self.friend, True))
        self.assertEqual(sum("agreed that Friend" in (body or "") for body in rma.message_ids.mapped("body")), 1)

    def test_only_what_is_said_to_be_a_gift_is_brought_by_somebody_else(self):
        with self.assertRaisesRegex(ValidationError, "not an order of"):
            self._gift(is_gift=False)
        rma = self._gift()
        with self.assertRaisesRegex(ValidationError, "not an order of"):
            rma.is_gift = False
        ordinary = self._rma(self.order)
        with self.assertRaisesRegex(UserError, "is no gift"):
            ordinary.action_payer_agrees()

    def test_nobody_pretends_that_the_payer_agreed(self):
        rma = self._gift()
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            rma.with_user(self.manager).payer_agreed_at = "2026-01-01"

    def test_an_agent_takes_a_gift_back_in_the_dialog(self):
        wizard = Form(self.env["aftersales.rma.request"].with_user(self.agent))
        wizard.partner_id = self.customer
        wizard.is_gift = True
        wizard.gift_partner_id = self.friend
        with wizard.line_ids.edit(0) as line:
            line.quantity = 1
        rma = self.env["aftersales.rma"].browse(wizard.save().action_create()["res_id"])
        self.assertEqual((rma.partner_id, rma.is_gift), (self.friend, True))


class TestElsewhere(AftersalesCommon):
    def _ask(self, **item):
        item = {"product": self.kettle, "quantity": 1, "reason": self._reason("defective"), "proofs": [PROOF], **item}
        return self.env["aftersales.rma"].with_user(self.agent)._request(self.customer, [item])

    def test_with_a_proof_of_purchase_a_person_decides(self):
        rma = self._ask()
        self.assertEqual((rma.eligibility, rma.line_ids.basis), ("review", "warranty"))
        self.assertIn("proof of purchase", rma.line_ids.basis_reasons)
        self.assertEqual(rma.line_ids.proof_ids.res_id, rma.id)
        with self.assertRaisesRegex(AccessError, "manager has to decide"):
            rma.with_user(self.agent).action_approve()
        with self.assertRaisesRegex(AccessError, "Only a manager says"):
            rma.with_user(self.agent).line_ids.declared_value = 40
        rma.with_user(self.manager).line_ids.declared_value = 40
        self.assertEqual(rma.paid_total, 40)

    def test_it_comes_in_by_a_transfer_of_its_own(self):
        rma = self._ask(quantity=2, remedy=self._remedy("repair"))
        rma.with_user(self.manager).action_approve()
        self.assertEqual((rma.reception_status, rma.picking_ids.picking_type_id.code), ("waiting", "incoming"))
        self._receive(rma)
        self.assertEqual((rma.reception_status, rma.picking_ids.state), ("received", "done"))
        self.assertFalse(any("were announced" in (body or "") for body in rma.message_ids.mapped("body")))
        rma.action_settle()
        self.assertEqual((rma.repair_ids.product_id, rma.repair_ids.product_qty), (self.kettle, 2))

    def test_without_a_proof_nothing_is_taken(self):
        with self.assertRaisesRegex(UserError, "add the proof of purchase"):
            self._ask(proofs=[])
        with self.assertRaisesRegex(UserError, "neither a photo nor a PDF"):
            self._ask(proofs=[{"name": "a.txt", "data": base64.b64encode(b"paid").decode()}])

    def test_a_change_of_mind_is_for_whoever_sold_it(self):
        rma = self._ask(reason=self._reason("changed_mind"))
        self.assertEqual((rma.eligibility, rma.line_ids.basis_reasons), ("fail", "It was not bought here."))

    def test_what_was_bought_here_is_worth_what_its_order_says(self):
        rma = self._rma(self._sold((self.kettle, 1)))
        with self.assertRaisesRegex(UserError, "its order says"):
            rma.with_user(self.manager).line_ids.declared_value = 500

    def test_an_agent_enters_it_in_the_dialog(self):
        wizard = Form(self.env["aftersales.rma.request"].with_user(self.agent))
        wizard.partner_id = self.customer
        wizard.reason_id = self._reason("defective")
        with wizard.elsewhere_ids.new() as line:
            line.product_id = self.kettle
            line.proof = PROOF["data"]
        rma = self.env["aftersales.rma"].browse(wizard.save().action_create()["res_id"])
        self.assertEqual((rma.line_ids.product_id, len(rma.line_ids.proof_ids)), (self.kettle, 1))
