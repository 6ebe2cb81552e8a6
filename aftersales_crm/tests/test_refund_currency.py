from odoo.fields import Command

from .common import AftersalesCommon


class TestRefundCurrency(AftersalesCommon):
    """Invoices in another currency than their order, and discounts of orders that nobody invoiced."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.env.ref("base.GBP")
        cls.foreign.active = True
        cls.env["res.currency.rate"].create(
            [
                {"currency_id": cls.foreign.id, "rate": 0.5, "name": "2020-01-01"},
                {"currency_id": cls.foreign.id, "rate": 0.4, "name": cls.company._aftersales_today()},
            ]
        )
        cls.towel = cls._product("Towel", list_price=30.0)

    def _abroad(self, quantity, price):
        """An order in the company's currency whose invoice asks for another one, at another rate than today's."""
        order = self._order((self.kettle, quantity, {"price_unit": price, "tax_ids": [Command.set(self.tax.ids)]}))
        self._deliver(order)
        invoice = self._invoice(order, post=False)
        invoice.currency_id = self.foreign
        invoice.invoice_date = "2026-01-15"
        invoice.action_post()
        return order

    def _settled(self, order, quantity, user=None, code=None, **terms):
        rma = self._rma(order, quantity, reason=self._reason("defective"), remedy=self._remedy("refund"))
        rma.with_user(self.manager).action_approve()
        if code:
            rma.remedy_ids.with_user(self.manager)._change(self._remedy(code), None, terms)
        if rma.reception_status == "waiting":
            self._receive(rma)
        rma.action_settle()
        self.assertEqual(rma.remedy_ids.filtered("error").mapped("error"), [])
        return rma

    def test_the_customer_gets_what_was_charged_and_the_return_tells_it_in_the_money_of_the_order(self):
        order = self._abroad(3, 33.33)
        charged = order.invoice_ids.amount_total
        notes = [self._settled(order, 1).sudo().refund_ids for _unit in range(3)]
        self.assertEqual([note.currency_id for note in notes], [self.foreign] * 3)
        self.assertAlmostEqual(sum(note.amount_total for note in notes), charged, 2)
        self.assertAlmostEqual(sum(note.aftersales_rma_id.refunded_total for note in notes), charged * 2, 1)
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_a_credit_note_posted_again_tells_the_same_amount(self):
        rma = self._settled(self._abroad(1, 33.33), 1)
        refunded = rma.refunded_total
        note = rma.sudo().refund_ids
        note.button_draft()
        self.assertEqual((rma.state, rma.refunded_total), ("approved", 0))
        note.action_post()
        self.assertEqual((rma.state, rma.refunded_total), ("done", refunded))
        note.button_draft()
        note.invoice_line_ids.price_unit = 10
        note.action_post()
        self.assertEqual((rma.state, rma.refunded_total), ("done", 24.6))

    def test_a_part_of_the_price_is_agreed_in_the_money_of_the_order(self):
        order = self._abroad(1, 100)
        rma = self._settled(order, 1, code="keep", agreed_amount=41)
        self.assertEqual((rma.refunded_total, rma.sudo().refund_ids.amount_total), (41, 20.5))
        rest = self._settled(order, 1)
        self.assertAlmostEqual(rest.sudo().refund_ids.amount_total, 123 - 20.5, 2)

    def test_another_product_is_paid_by_what_was_charged_in_other_money(self):
        order = self._abroad(1, 100)
        register = self.env["account.payment.register"]
        register.with_context(active_model="account.move", active_ids=order.invoice_ids.ids).create(
            {}
        )._create_payments()
        rma = self._settled(order, 1, code="replacement", sent_product_id=self.towel.id)
        self.assertEqual(rma.sudo().refund_ids.currency_id, self.foreign)
        self.assertEqual(rma.remedy_ids.sudo().exchange_order_id.invoice_ids.amount_residual, 0)

    # === Discounts of what was never invoiced === #

    def _discounted(self, *items):
        order = self._order(*items, confirm=False)
        self.env["sale.order.discount"].create(
            {"sale_order_id": order.id, "discount_type": "so_discount", "discount_percentage": 0.1}
        ).action_apply_discount()
        order.action_confirm()
        self._deliver(order)
        return order

    def test_a_discount_ends_with_what_is_given_back_before_the_invoice(self):
        for policy in ("order", "delivery"):
            with self.subTest(policy=policy):
                self.kettle.invoice_policy = policy
                order = self._discounted((self.kettle, 3, {"tax_ids": [Command.set(self.tax.ids)]}))
                rma = self._settled(order, 1)
                self.assertEqual((rma.refunded_total, rma.sudo().refund_ids.ids), (0, []))
                invoice = self._invoice(order)
                self.assertAlmostEqual(invoice.amount_total, 2 * 123 * 0.9, 2)
                self.assertFalse(any(order.order_line.mapped("qty_to_invoice")))
                self.assertAlmostEqual(self._settled(order, 1).refunded_total, 110.7, 2)
                self.assertAlmostEqual(self._settled(order, 1).refunded_total, 110.7, 2)

    def test_nothing_is_left_to_invoice_of_an_order_given_back_as_a_whole(self):
        order = self._discounted((self.kettle, 2), (self.towel, 1))
        self._settled(order, 2)
        self.assertEqual(order.invoice_status, "to invoice")
        line = order.order_line.filtered(lambda line: line.product_id == self.towel)
        item = {"sale_line": line, "quantity": 1, "reason": self._reason("changed_mind")}
        rma = self.env["aftersales.rma"].with_user(self.agent)._request(self.customer, [item])
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        self.assertEqual(rma.state, "done")
        self.assertEqual(order.order_line.mapped("qty_to_invoice"), [0, 0, 0])
        self.assertEqual(order.invoice_status, "invoiced")
