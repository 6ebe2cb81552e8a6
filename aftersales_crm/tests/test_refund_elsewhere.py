from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import PIXEL, AftersalesCommon

PROOF = {"name": "receipt.png", "data": PIXEL}


class TestRefundElsewhere(AftersalesCommon):
    """Goods that were not bought with an order here: a manager says what goes back for them."""

    def _approved(self, quantity=1, value=0.0, code="refund", **terms):
        item = {"product": self.kettle, "quantity": quantity, "reason": self._reason("defective"), "proofs": [PROOF]}
        rma = self.env["aftersales.rma"].with_user(self.agent)._request(self.customer, [item])
        if value:
            rma.with_user(self.manager).line_ids.declared_value = value
        rma.with_user(self.manager).action_approve()
        if rma.remedy_ids.code != code or terms:
            rma.remedy_ids.with_user(self.manager)._change(self._remedy(code), None, terms)
        return rma

    def test_the_customer_gets_what_a_manager_typed_and_no_tax_is_taken_back(self):
        self.kettle.taxes_id = self.tax
        rma = self._approved(value=40)
        self.assertTrue(rma.asks_for_account)
        self._receive(rma)
        rma.action_settle()
        note = rma.sudo().refund_ids
        self.assertEqual((rma.remedy_ids.error, rma.state, rma.refunded_total), (False, "done", 40))
        self.assertEqual((note.state, note.amount_total, note.amount_tax), ("posted", 40, 0))
        self.assertEqual((note.partner_id, note.reversed_entry_id.ids), (self.customer, []))
        self.assertEqual(rma.payout_status, "to_pay")
        books = new_test_user(self.env, "books", groups="account.group_account_invoice")
        register = self.env["account.payment.register"].with_user(books)
        register.with_context(active_model="account.move", active_ids=note.ids).create({})._create_payments()
        self.assertEqual((rma.payout_status, bool(rma.paid_at)), ("paid", True))

    def test_units_one_by_one_add_up_to_the_value(self):
        rma = self._approved(3, value=10)
        for _unit in range(3):
            self._receive(rma, 1)
            rma.action_settle()
        self.assertEqual(rma.sudo().refund_ids.mapped("amount_total"), [3.33, 3.34, 3.33])
        self.assertEqual((rma.state, rma.refunded_total), ("done", 10))

    def test_without_a_value_nothing_goes_back(self):
        rma = self._approved()
        self._receive(rma)
        rma.action_settle()
        self.assertEqual((rma.remedy_ids.state, rma.refund_ids.ids), ("failed", []))
        self.assertIn("a manager says what it is worth", rma.remedy_ids.error)
        with self.assertRaises(AccessError):
            rma.line_ids.declared_value = 40
        rma.with_user(self.manager).line_ids.declared_value = 40
        rma.action_settle()
        self.assertEqual((rma.state, rma.refunded_total), ("done", 40))

    def test_only_a_manager_turns_it_into_a_refund(self):
        rma = self._approved(value=40, code="repair")
        with self.assertRaises(AccessError):
            rma.remedy_ids._change(self._remedy("refund"))

    def test_what_was_refunded_keeps_its_value(self):
        rma = self._approved(value=40)
        self._receive(rma)
        rma.action_settle()
        with self.assertRaisesRegex(UserError, "refunded already"):
            rma.with_user(self.manager).line_ids.declared_value = 50
        rma.sudo().refund_ids.button_draft()
        self.assertEqual((rma.state, rma.refunded_total), ("approved", 0))
        rma.action_settle()
        self.assertIn("post or cancel it first", rma.remedy_ids.error)
        rma.sudo().refund_ids.button_cancel()
        rma.with_user(self.manager).line_ids.declared_value = 50
        rma.action_settle()
        self.assertEqual((rma.state, rma.refunded_total), ("done", 50))

    def test_who_keeps_the_goods_gets_a_part(self):
        rma = self._approved(value=40, code="keep", agreed_amount=15)
        rma.action_settle()
        self.assertEqual((rma.remedy_ids.error, rma.state, rma.refunded_total), (False, "done", 15))

    def test_a_replacement_is_delivered_at_no_price(self):
        for sent in (self.env["product.product"], self.washer):
            with self.subTest(sent=sent.name):
                rma = self._approved(value=40, code="replacement", sent_product_id=sent.id)
                self._receive(rma)
                rma.action_settle()
                moves = rma.remedy_ids.sudo().move_ids
                self.assertEqual((rma.remedy_ids.error, rma.remedy_ids.state), (False, "pending"))
                self.assertEqual((moves.product_id, moves.sale_line_id.ids), (sent or self.kettle, []))
                self.assertFalse(rma.remedy_ids.sudo().exchange_order_id)

    def test_a_second_company_gives_back_in_its_own_money(self):
        company = self.env["res.company"].create({"name": "Second shop", "country_id": self.poland.id})
        self.env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
        company.currency_id = self.env.ref("base.EUR")
        (self.agent | self.manager).write({"company_ids": [(4, company.id)]})
        both = [self.company.id, company.id]
        item = {"product": self.kettle, "quantity": 1, "reason": self._reason("defective"), "proofs": [PROOF]}
        rmas = self.env["aftersales.rma"].with_user(self.agent).with_context(allowed_company_ids=both)
        rma = rmas._request(self.customer, [item], {"company_id": company.id})
        manager = rma.with_user(self.manager)
        manager.line_ids.declared_value = 40
        manager.action_approve()
        manager.remedy_ids._change(self._remedy("refund"))
        self._receive(rma)
        rma.action_settle()
        note = rma.sudo().refund_ids
        self.assertEqual(
            (rma.remedy_ids.error, note.company_id, note.currency_id), (False, company, company.currency_id)
        )
        self.assertEqual((note.amount_total, note.line_ids.account_id.company_ids), (40, company))
