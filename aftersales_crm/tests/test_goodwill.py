from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form

from .common import AftersalesCommon


@freeze_time("2026-03-10 12:00:00")
class TestGoodwill(AftersalesCommon):
    """Goodwill stays within limit and budget, gives no more back than was paid, and is decided once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "aftersales_goodwill_limit": 20.0,
                "aftersales_goodwill_limit_all": 50.0,
                "aftersales_goodwill_budget": 200.0,
            }
        )
        cls.plug = cls._product("Plug", list_price=30.0, standard_price=4.0)
        cls._stock(cls.plug, 20)
        cls.order = cls._sold((cls.kettle, 2), (cls.plug, 1))  # 230.00
        cls.case = cls._case()

    @classmethod
    def _case(cls, order=None, **vals):
        order = order or cls.order
        return cls.env["aftersales.case"].create(
            {"subject": "Late", "partner_id": order.partner_id.id, "sale_order_id": order.id, **vals}
        )

    def _refund(self, amount, user=None, case=None, order=None, **vals):
        case = (case or self.case).with_user(user or self.agent)
        order = (order or self.order).with_user(user or self.agent)
        return case._give({"type": self._remedy("refund"), "reason": "Late", "order": order, "amount": amount, **vals})

    def _budget(self):
        budget = self.env["aftersales.goodwill.budget"]._of(self.company, self.company._aftersales_today())
        budget.invalidate_recordset()
        return budget

    # === Money === #

    def test_a_refund_is_a_credit_note_to_the_cent_on_the_invoice(self):
        remedy = self._refund(10.01)
        note = remedy.sudo().refund_line_ids.move_id
        self.assertEqual((remedy.state, remedy.amount, note.amount_total), ("done", 10.01, 10.01))
        self.assertEqual((note.state, note.reversed_entry_id), ("posted", self.order.invoice_ids - note))
        self.assertEqual(note.invoice_line_ids.mapped("price_total"), [8.70, 1.31])
        remedy.action_apply()
        self.assertEqual(len(remedy.sudo().refund_line_ids.move_id), 1)
        self.assertEqual((self._budget().spent, self._budget().left), (10.01, 189.99))

    def _notes(self, order):
        return order.order_line.invoice_lines.move_id.reversal_move_ids

    def test_with_taxes_and_discounts_no_cent_is_lost(self):
        taxed = {"tax_ids": [Command.set(self.tax.ids)]}
        order = self._sold(
            (self.kettle, 3, {**taxed, "price_unit": 33.33, "discount": 7}),
            (self.plug, 1, {**taxed, "price_unit": 0.99}),
        )
        case, total = self._case(order), order.amount_total
        for amount in (0.01, 3.33, 7.77):
            note = self._refund(amount, case=case, order=order).sudo().refund_line_ids.move_id
            self.assertEqual(note.amount_total, amount)
        rest = round(total - 11.11, 2)
        with self.assertRaisesRegex(UserError, "only .* is left"), self.env.cr.savepoint():
            self._refund(round(rest + 0.01, 2), self.manager, case, order)
        self._refund(rest, self.manager, case, order)
        self.assertAlmostEqual(sum(self._notes(order).mapped("amount_total")), total, 2)

    def test_returns_and_goodwill_together_give_no_more_than_was_paid(self):
        order = self._sold((self.kettle, 1))
        case = self._case(order)
        self._refund(15.0, case=case, order=order)
        rma = self._rma(order)
        rma.with_user(self.manager).action_approve()
        self._receive(rma)
        rma.action_settle()
        self.assertEqual((rma.state, rma.refunded_total), ("done", 85.0))
        with self.assertRaisesRegex(UserError, "left of what was invoiced"), self.env.cr.savepoint():
            self._refund(0.01, case=case, order=order)

    def test_after_a_partial_return_only_the_rest_can_be_given(self):
        order = self._sold((self.kettle, 2))
        rma = self._rma(order)
        rma.with_user(self.manager).action_approve()
        self._receive(rma)
        rma.action_settle()
        case = self._case(order)
        with self.assertRaisesRegex(UserError, "left of what was invoiced"), self.env.cr.savepoint():
            self._refund(100.01, self.manager, case, order)
        self.assertEqual(self._refund(100.0, self.manager, case, order).state, "done")

    def test_an_undone_credit_note_frees_the_budget_and_waits(self):
        remedy = self._refund(20.0).sudo()
        note = remedy.refund_line_ids.move_id
        note.button_draft()
        self.assertEqual((remedy.state, self._budget().spent), ("draft", 0.0))
        note.action_post()
        self.assertEqual((remedy.state, self._budget().spent), ("done", 20.0))
        note.button_draft()
        note.button_cancel()
        remedy.with_user(self.agent).action_apply()
        self.assertEqual((remedy.state, self._budget().spent), ("done", 20.0))
        posted = remedy.refund_line_ids.filtered(lambda line: line.parent_state == "posted")
        self.assertEqual(sum(posted.mapped("price_total")), 20.0)
        self._notes(self.order).filtered(lambda move: move.state == "posted")._reverse_moves(cancel=True)
        self.assertEqual((remedy.state, self._budget().spent), ("draft", 0.0))
        remedy.with_user(self.agent).action_cancel_goodwill()
        self.assertEqual(remedy.state, "cancelled")

    def test_in_another_currency_the_budget_is_in_the_company_s(self):
        foreign = self.env.ref("base.EUR") if self.company.currency_id.name != "EUR" else self.env.ref("base.USD")
        foreign.active = True
        self.env["res.currency.rate"].search([("currency_id", "=", foreign.id)]).unlink()
        self.env["res.currency.rate"].create({"currency_id": foreign.id, "rate": 0.5, "name": "2020-01-01"})
        pricelist = self.env["product.pricelist"].create({"name": "Foreign", "currency_id": foreign.id})
        order = self._sold((self.kettle, 1, {"price_unit": 40.0}), pricelist_id=pricelist.id)
        case = self._case(order)
        remedy = self._refund(10.0, case=case, order=order)  # 20.00 at home: just the limit
        note = remedy.sudo().refund_line_ids.move_id
        self.assertEqual((remedy.currency_id, remedy.goodwill_cost), (foreign, 20.0))
        self.assertEqual((note.currency_id, note.amount_total, self._budget().spent), (foreign, 10.0, 20.0))
        self.assertEqual(self._refund(0.01, case=case, order=order).approval, "waiting")

    def test_two_companies_have_their_own_budgets_and_orders(self):
        company = self.env["res.company"].create({"name": "Second shop", "currency_id": self.env.ref("base.CHF").id})
        users = self.agent | self.manager
        users.company_ids += company
        other = self.env["aftersales.case"].create(
            {"subject": "Late", "partner_id": self.customer.id, "company_id": company.id}
        )
        with self.assertRaisesRegex(UserError, "another company"):
            self._refund(1.0, self.manager, other)
        self._refund(20.0)
        budget = self.env["aftersales.goodwill.budget"]._of(company, date(2026, 3, 10))
        self.assertEqual((budget.amount, budget.spent, self._budget().spent), (0.0, 0.0, 20.0))
        with self.assertRaises(AccessError):
            remedy = self._refund(1.0, self.agent_all).sudo()
            remedy.with_user(self.agent).with_company(company).with_context(allowed_company_ids=company.ids).read(
                ["amount"]
            )

    # === Gifts === #

    def test_a_gift_is_delivered_once_at_its_cost(self):
        case = self.case.with_user(self.agent)
        remedy = case._give(
            {"type": self._remedy("gift"), "reason": "Late", "product": self.plug, "quantity": 2.0, "order": self.order}
        )
        picking = remedy.sudo().move_ids.picking_id
        self.assertEqual((remedy.state, remedy.goodwill_cost), ("pending", 8.0))
        self.assertEqual((picking.partner_id, picking.origin), (self.customer, case.name))
        self.assertEqual(self._budget().spent, 8.0)
        picking.button_validate()
        self.assertEqual((picking.state, remedy.state), ("done", "done"))
        other = case._give({"type": self._remedy("gift"), "reason": "x", "product": self.plug, "quantity": 1.0})
        self.assertNotEqual(other.sudo().move_ids.picking_id, picking)
        other.sudo().move_ids.picking_id.action_cancel()
        self.assertEqual((other.state, self._budget().spent), ("draft", 8.0))

    # === Limits and budget === #

    def test_above_the_limit_of_the_case_a_manager_decides_once(self):
        self._refund(15.0)
        remedy = self._refund(5.01)
        self.assertEqual((remedy.state, remedy.approval), ("draft", "waiting"))
        activity = remedy.sudo().approval_activity_id
        self.assertTrue(activity.user_id.has_group("aftersales_crm.aftersales_crm_group_manager"))
        remedy.action_apply()
        self.assertEqual(remedy.state, "draft")
        with self.assertRaises(AccessError):
            remedy.action_approve_goodwill("Mine")
        with self.assertRaisesRegex(UserError, "Say why"):
            remedy.with_user(self.manager).action_approve_goodwill(" ")
        remedy.with_user(self.manager).action_approve_goodwill("A good customer")
        self.assertEqual((remedy.state, remedy.approval, remedy.approval_by), ("done", "approved", self.manager))
        self.assertFalse(activity.active)
        with self.assertRaisesRegex(UserError, "waits for no decision"):
            remedy.with_user(self.manager).action_refuse_goodwill("No")
        other = self._refund(5.0)
        other.with_user(self.manager).action_refuse_goodwill("Too much")
        self.assertEqual((other.state, other.approval, self._budget().spent), ("cancelled", "refused", 20.01))

    def test_each_group_has_its_limit(self):
        self.assertEqual(self._refund(50.0, self.agent_all).state, "done")
        self.assertEqual(self._refund(0.01, self.agent_all).state, "draft")
        self.assertEqual(self._refund(100.0, self.manager).state, "done")

    def test_nobody_spends_more_than_the_month_has(self):
        self._budget().amount = 30.0
        self._refund(20.0)
        for user in (self.agent_all, self.manager):
            with self.assertRaisesRegex(UserError, "only .*10.00.* is left"), self.env.cr.savepoint():
                self._refund(10.01, user)
        waiting = self._refund(20.0)
        with self.assertRaisesRegex(UserError, "budget"), self.env.cr.savepoint():
            waiting.with_user(self.manager).action_approve_goodwill("Yes")
        self.assertEqual(waiting.state, "draft")
        with freeze_time("2026-04-01 12:00:00"):
            waiting.with_user(self.manager).action_approve_goodwill("Yes")
        self.assertEqual((waiting.state, self._budget().spent), ("done", 20.0))

    def test_nobody_gives_by_another_door(self):
        wrong = (
            ({"amount": -1.0}, "above zero"),
            ({"amount": float("nan")}, "above zero"),
            ({"reason": " "}, "Say why"),
            ({"type": self._remedy("replacement")}, "no goodwill"),
            ({"order": None}, "Choose the order"),
            ({"type": self._remedy("gift")}, "Choose the gift"),
        )
        right = {"type": self._remedy("refund"), "reason": "Late", "order": self.order, "amount": 1.0}
        for vals, message in wrong:
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, message), self.env.cr.savepoint():
                self.case.with_user(self.agent)._give({**right, **vals})
        stranger = self._sold((self.kettle, 1), partner=self.env["res.partner"].create({"name": "Jan"}))
        with self.assertRaisesRegex(UserError, "somebody else"):
            self._refund(1.0, order=stranger)
        remedies = self.env["aftersales.remedy"]
        with self.assertRaises(UserError):
            remedies.with_user(self.agent).create({"case_id": self.case.id, "type_id": self._remedy("refund").id})
        remedy = self._refund(21.0)
        for vals in ({"approval": "approved"}, {"goodwill_cost": 0}, {"agreed_amount": 1}, {"state": "done"}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                remedy.with_user(self.manager).write(vals)
        self.case.user_id = self.agent_all
        with self.assertRaises(AccessError):
            self._refund(1.0)
        with self.assertRaises(AccessError):
            remedy.with_user(self.agent).read(["amount"])
        with self.assertRaises(AccessError):
            self.case.with_user(self.stranger)._give({})

    # === The wizard === #

    def test_the_wizard_gives_on_case_return_and_order(self):
        rma = self._rma(self.order)
        doors = (
            self.case.with_user(self.agent).action_goodwill(),
            rma.with_user(self.agent).action_goodwill(),
            self.order.with_user(self.agent).action_aftersales_goodwill(),
        )
        for action in doors:
            with self.subTest(context=action["context"]):
                form = Form(self.env["aftersales.goodwill"].with_user(self.agent).with_context(**action["context"]))
                self.assertEqual((form.sale_order_id, form.limit), (self.order, 20.0))
                form.amount = 20.01
                self.assertTrue(form.needs_manager)
                form.amount = 5.0
                self.assertFalse(form.needs_manager)
                form.reason = "Late"
                result = form.save().action_give()
                case = self.env["aftersales.case"].browse(result["res_id"])
                self.assertEqual((case.goodwill_ids.state, case.goodwill_total), ("done", 5.0))
                letter = case.message_ids.filtered(lambda message: self.customer in message.partner_ids)
                self.assertIn("sorry for the trouble", letter.body)
        self.assertEqual(rma.case_id.partner_id, self.customer)
        self.assertEqual(self._budget().left, 185.0)

    def test_only_a_letter_is_a_goodwill_too(self):
        action = self.case.with_user(self.agent).action_goodwill()
        form = Form(self.env["aftersales.goodwill"].with_user(self.agent).with_context(**action["context"]))
        form.type_id = self.env["aftersales.remedy.type"]
        form.save().action_give()
        self.assertFalse(self.case.goodwill_ids)
        self.assertIn("sorry", self.case.message_ids[:1].body)

    def test_did_they_buy_again_names_the_next_order_in_ninety_days(self):
        other = self._sold((self.kettle, 1), partner=self.env["res.partner"].create({"name": "Jan"}))
        remedy = self._refund(5.0)
        late = self._refund(5.0, case=self._case(other), order=other)
        for partner, days in ((self.customer, 30), (self.customer, 40), (other.partner_id, 91)):
            with freeze_time(datetime(2026, 3, 10, 12) + timedelta(days=days)):
                again = self._order((self.plug, 1), partner=partner)
        again.flush_recordset()
        self.env.flush_all()
        report = self.env["aftersales.goodwill.report"].with_user(self.agent_all)
        rows = report.browse([remedy.id, late.id])
        self.assertEqual((rows[0].days, rows[0].again_rate, rows[0].order_amount), (30.0, 100.0, 30.0))
        self.assertEqual((rows[1].order_id.id, rows[1].again_rate), (False, 0.0))
        self.assertEqual(self.customer.with_user(self.agent).aftersales_goodwill_count, 1)
        with self.assertRaises(AccessError):
            report.with_user(self.agent).search([])

    def test_a_given_goodwill_is_in_the_history(self):
        remedy = self._refund(5.0)
        self.env.flush_all()
        self.env.cr.precommit.run()
        event = self.env["aftersales.event"].search([("source_key", "=", f"aftersales.remedy,{remedy.id}")])
        self.assertEqual((event.kind, event.amount, event.partner_id), ("remedy", 5.0, self.customer))
        events = self.env["aftersales.event"].with_user(self.agent)
        for action in (event.with_user(self.agent).action_open(), events.open_document(remedy._name, remedy.id)):
            self.assertEqual((action["res_model"], action["res_id"]), ("aftersales.case", self.case.id))
        self.assertEqual(events.read_timeline(remedy._name, remedy.id)["customer"]["id"], self.customer.id)
