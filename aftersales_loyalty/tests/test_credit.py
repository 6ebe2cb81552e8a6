from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from .credit import CreditCommon


class TestCredit(CreditCommon):
    """Store credit and vouchers for returns: the books, the cards and the customer's word agree to the cent."""

    # === Money === #

    def test_the_credit_note_is_settled_by_what_the_card_gets(self):
        rma = self._settled()
        note = rma.sudo().refund_ids
        self.assertEqual((rma.state, rma.payout_status, rma.refunded_total), ("done", "paid", 100.0))
        self.assertEqual(
            (note.amount_total, note.amount_residual, note.reversed_entry_id), (100, 0, self.order.invoice_ids - note)
        )
        self.assertEqual((self._cards().points, self._owed(), self._owed(self.expense)), (100.0, 100.0, 0.0))
        remedy = rma.sudo().remedy_ids
        self.assertEqual((remedy.credit_points, remedy.card_id, remedy.amount), (100.0, self._cards(), 100.0))
        self.assertEqual(rma.line_ids.refunded_quantity, 1)
        self.assertEqual(self._cards().history_ids.issued, 100.0)

    def test_a_bonus_is_an_expense_and_no_refund(self):
        self.company.aftersales_credit_bonus = 10
        rma = self._settled()
        self.assertEqual(rma.refunded_total, 100.0)
        self.assertEqual((self._cards().points, self._owed(), self._owed(self.expense)), (110.0, 110.0, -10.0))

    def test_the_bonus_that_was_promised_stays(self):
        self.company.aftersales_credit_bonus = 10
        rma = self._approved()
        self.company.aftersales_credit_bonus = 50
        self._receive(rma)
        rma.action_settle()
        self.assertEqual(self._cards().points, 110.0)

    def test_a_policy_names_its_own_bonus(self):
        self.company.aftersales_credit_bonus = 10
        self.env["aftersales.return.policy"].search([]).credit_bonus = 5
        rma = self._settled(self._paid((self.kettle, 1)))
        self.assertEqual((rma.remedy_ids.bonus_percent, self._cards().points), (5.0, 105.0))

    def test_with_taxes_discounts_and_several_lines_no_cent_is_lost(self):
        self.company.aftersales_credit_bonus = 7.5
        taxed = {"tax_ids": [Command.set(self.tax.ids)], "price_unit": 33.33, "discount": 7}
        order = self._paid((self.kettle, 3, taxed))
        rmas = [self._settled(order) for _unit in range(3)]
        self.assertEqual(self._owed(), self._outstanding())
        self.assertEqual(round(self._owed() + self._owed(self.expense), 2), round(order.amount_total, 2))
        self.assertFalse(any(note.amount_residual for rma in rmas for note in rma.sudo().refund_ids))

    def test_an_order_paid_with_credit_takes_it_off_the_books(self):
        self._settled()
        order = self._order((self.kettle, 1), confirm=False)
        order._update_programs_and_rewards()
        card, rewards = next(iter(order._get_claimable_rewards().items()))
        order._apply_program_reward(rewards, card)
        self.assertEqual(order.amount_total, 0.0)
        order.action_confirm()
        self._deliver(order)
        self._invoice(order)
        self.assertEqual((self._cards().points, self._owed()), (0.0, 0.0))

    def test_credit_for_what_was_not_paid_is_refused(self):
        rma = self._settled(self._sold((self.kettle, 1)))
        self.assertEqual((rma.state, rma.remedy_ids.state, rma.sudo().refund_ids.ids), ("approved", "failed", []))
        self.assertIn("was not paid", rma.remedy_ids.error)
        self.assertFalse(self._cards())
        self._pay(rma.sudo().sale_order_ids.invoice_ids)
        rma.action_settle()
        self.assertEqual((rma.state, self._cards().points), ("done", 100.0))

    def test_applied_twice_it_gives_once(self):
        rma = self._settled()
        rma.remedy_ids._apply()
        self.assertEqual((self._cards().points, self._owed(), len(rma.sudo().refund_ids)), (100.0, 100.0, 1))

    def test_a_second_return_goes_on_the_same_card(self):
        self._settled()
        self._settled()
        self.assertEqual((len(self._cards()), self._cards().points, self._owed()), (1, 200.0, 200.0))

    def test_in_the_currency_of_the_order_the_card_gets_what_it_is_worth(self):
        other = self.env.ref("base.EUR") if self.company.currency_id.name != "EUR" else self.env.ref("base.USD")
        other.active = True
        today = self.company._aftersales_today()
        self.env["res.currency.rate"].search([("currency_id", "=", other.id)]).unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": other.id, "name": today, "rate": 0.8, "company_id": self.company.id}
        )
        pricelist = self.env["product.pricelist"].create({"name": "Other", "currency_id": other.id})
        order = self._paid((self.kettle, 1, {"price_unit": 80.0}), pricelist_id=pricelist.id)
        rma = self._settled(order)
        self.assertEqual((rma.currency_id, rma.refunded_total), (other, 80.0))
        self.assertEqual((self._cards().points, self._owed()), (100.0, 100.0))
        self.assertEqual(rma.sudo().refund_ids.amount_residual, 0.0)
        own = self._credit_program("ewallet", "In the other currency", currency_id=other.id)
        rma = self._settled(self._paid((self.kettle, 1, {"price_unit": 40.0}), pricelist_id=pricelist.id))
        self.assertEqual((self._cards(own).points, self._owed()), (40.0, 150.0))

    # === Voucher === #

    def test_a_voucher_is_a_card_with_a_code_that_ends(self):
        rma = self._settled(code="voucher")
        card = self._cards(self.vouchers)
        until = rma.remedy_ids.sudo().credit_until
        self.assertEqual((card.points, card.expiration_date, self._owed()), (100.0, until, 100.0))
        self.assertGreater(until, self.company._aftersales_today())
        mail = self.env["mail.mail"].search([("recipient_ids", "in", self.customer.ids)], order="id desc", limit=1)
        self.assertIn(card.code, mail.body_html)
        self.assertNotIn(card.code, " ".join(rma.sudo().message_ids.mapped("body")))
        order = self._order((self.kettle, 1), confirm=False)
        self.assertNotIn("error", order._try_apply_code(card.code))

    def test_vouchers_may_be_for_good(self):
        self.company.aftersales_voucher_months = 0
        self._settled(code="voucher")
        self.assertFalse(self._cards(self.vouchers).expiration_date)

    def test_the_customer_reads_it_in_their_language(self):
        self._settled()
        mail = self.env["mail.mail"].search([("recipient_ids", "in", self.customer.ids)], order="id desc", limit=1)
        self.assertIn("100.00", mail.body_html)
        self.assertIn("Store credit", mail.subject)

    # === The customer's word === #

    def test_without_the_customer_s_word_the_law_s_refund_stays(self):
        rma = self._approved(chosen=False)
        self.assertEqual(rma.line_ids.basis, "withdrawal")
        self._receive(rma)
        rma.with_user(self.agent).action_settle()
        self.assertEqual((rma.state, rma.remedy_ids.state, rma.sudo().refund_ids.ids), ("approved", "failed", []))
        self.assertIn("the law gives the customer money back", rma.remedy_ids.error)
        rma.remedy_ids.with_user(self.agent).action_apply()
        self.assertEqual((rma.remedy_ids.state, self._cards().ids), ("failed", []))
        with self.assertRaisesRegex(UserError, "Say how"):
            rma.remedy_ids.with_user(self.agent).action_note_choice("  ")
        rma.remedy_ids.with_user(self.agent).action_note_choice("Wrote so by mail")
        rma.with_user(self.agent).action_settle()
        self.assertEqual((rma.state, rma.remedy_ids.choice_by), ("done", self.agent))
        self.assertIn("Wrote so by mail", " ".join(rma.sudo().message_ids.mapped("body")))

    def test_a_choice_is_of_one_remedy_only(self):
        rma = self._approved()
        remedy = rma.remedy_ids.with_user(self.manager)
        self.assertTrue(remedy.choice_at)
        remedy._change(self._remedy("refund"))
        remedy._change(self._type("store_credit"))
        self.assertEqual((remedy.choice_at, remedy.choice_by.ids), (False, []))

    def test_nobody_writes_a_choice_past_the_note(self):
        rma = self._approved(chosen=False)
        today = "2026-01-01 00:00:00"
        with self.assertRaises(UserError):
            rma.remedy_ids.with_user(self.manager).write({"choice_at": today})
        with self.assertRaises(UserError):
            rma.line_ids.with_user(self.manager).write({"choice_at": today})
        with self.assertRaises(UserError):
            rma.remedy_ids.with_user(self.manager).write({"bonus_percent": 90})

    def test_staff_says_how_the_customer_chose_it(self):
        rma = self._rma(self.order)
        rma.with_user(self.manager).action_approve()
        wizard = Form(
            self.env["aftersales.remedy.change"]
            .with_user(self.manager)
            .with_context(default_remedy_id=rma.remedy_ids.id)
        )
        wizard.type_id = self._type("store_credit")
        self.assertTrue(wizard.needs_choice)
        wizard.choice_note = "By telephone"
        wizard = wizard.save()
        wizard.choice_note = False
        with self.assertRaisesRegex(UserError, "say how they chose"):
            wizard.action_confirm()
        wizard.choice_note = "By telephone"
        wizard.action_confirm()
        self.assertEqual((rma.remedy_ids.code, rma.remedy_ids.choice_note), ("store_credit", "By telephone"))

    # === Undone === #

    def _spend(self, points):
        self._cards().points -= points

    def test_an_undone_credit_note_takes_the_credit_back(self):
        rma = self._settled()
        rma.sudo().refund_ids.button_draft()
        self.assertEqual((rma.state, rma.remedy_ids.state), ("approved", "draft"))
        self.assertEqual((self._cards().points, self._owed()), (0.0, 0.0))
        rma.sudo().refund_ids.action_post()
        self.assertEqual((rma.remedy_ids.state, rma.payout_status), ("draft", "to_pay"))
        rma.action_settle()
        self.assertEqual((rma.state, rma.payout_status), ("done", "paid"))
        self.assertEqual((self._cards().points, self._owed(), len(rma.sudo().refund_ids)), (100.0, 100.0, 1))

    def test_an_undone_entry_takes_the_credit_back(self):
        self.company.aftersales_credit_bonus = 10
        for undo in (lambda entry: entry.button_draft(), lambda entry: entry._reverse_moves(cancel=True)):
            rma = self._settled()
            undo(rma.sudo().remedy_ids.credit_move_id)
            self.assertEqual((rma.state, rma.remedy_ids.state, rma.payout_status), ("approved", "draft", "to_pay"))
            self.assertEqual((self._cards().points, self._owed(), self._owed(self.expense)), (0.0, 0.0, 0.0))

    def test_a_manager_takes_credit_back_and_refunds_instead(self):
        rma = self._settled()
        with self.assertRaises(AccessError):
            rma.remedy_ids.with_user(self.agent).action_take_credit_back()
        remedy = rma.remedy_ids.with_user(self.manager)
        remedy.action_take_credit_back()
        self.assertEqual((rma.payout_status, self._cards().points, self._owed()), ("to_pay", 0.0, 0.0))
        remedy._change(self._remedy("refund"))
        rma.action_settle()
        self.assertEqual((rma.state, rma.payout_status, len(rma.sudo().refund_ids)), ("done", "to_pay", 1))
        with self.assertRaisesRegex(UserError, "has given nothing"):
            remedy.action_take_credit_back()

    def test_spent_credit_is_not_taken_back(self):
        rma = self._settled()
        self._spend(0.01)
        for undo in (
            rma.sudo().refund_ids.button_draft,
            rma.sudo().remedy_ids.credit_move_id.button_draft,
            rma.remedy_ids.with_user(self.manager).action_take_credit_back,
        ):
            with self.assertRaisesRegex(UserError, "only .*99.99.* is left"), self.env.cr.savepoint():
                undo()
        self.assertEqual((rma.state, self._cards().points, self._owed()), ("done", 99.99, 100.0))

    def test_a_voucher_that_is_taken_back_cannot_be_used(self):
        rma = self._settled(code="voucher")
        card = self._cards(self.vouchers)
        rma.remedy_ids.with_user(self.manager).action_take_credit_back()
        self.assertEqual((card.active, card.points, self._owed()), (False, 0.0, 0.0))

    # === Bad input === #

    def _refused(self, words, **kwargs):
        rma = self._settled(self._paid((self.kettle, 1)), **kwargs)
        self.assertEqual((rma.state, rma.remedy_ids.state, rma.sudo().refund_ids.ids), ("approved", "failed", []))
        self.assertRegex(rma.remedy_ids.error, words)
        self.assertEqual(self._owed(), 0.0)

    def test_without_a_program_in_use_nothing_is_booked(self):
        today = self.company._aftersales_today()
        for vals in (
            {"active": False},
            {"date_to": "2020-01-01"},
            {"date_from": today.replace(year=today.year + 1)},
            {"sale_ok": False},
        ):
            before = {name: self.wallet[name] for name in vals}
            self.wallet.write(vals)
            self._refused("has no program of the kind “eWallet”")
            self.wallet.write(before)

    def test_without_accounts_nothing_is_booked(self):
        self.wallet.aftersales_credit_account_id = False
        self._refused("account of the outstanding credit")
        self.wallet.write({"aftersales_credit_account_id": self.liability.id, "aftersales_bonus_account_id": False})
        self.company.aftersales_credit_bonus = 10
        self._refused("account of bonus and goodwill")
        with self.assertRaises(ValidationError):
            self.wallet.aftersales_credit_account_id = self.expense

    def test_an_expired_card_is_not_filled(self):
        self.env["loyalty.card"].create(
            {"program_id": self.wallet.id, "partner_id": self.customer.id, "expiration_date": "2020-01-01"}
        )
        self._refused("has expired")

    def test_an_archived_card_is_replaced_by_a_new_one(self):
        old = self.env["loyalty.card"].create(
            {"program_id": self.wallet.id, "partner_id": self.customer.id, "points": 5}
        )
        old.active = False
        self._settled()
        self.assertEqual((old.points, self._cards().points), (5.0, 100.0))

    @mute_logger("odoo.sql_db")
    def test_a_bonus_is_a_part_of_hundred(self):
        for bonus in (-1, 101, float("nan")):
            with self.assertRaises(CheckViolation), self.env.cr.savepoint():
                self.company.aftersales_credit_bonus = bonus
                self.company.flush_recordset()
