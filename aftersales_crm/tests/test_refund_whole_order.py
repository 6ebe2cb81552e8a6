from odoo.fields import Command

from .common import AftersalesCommon


class TestRefundWholeOrder(AftersalesCommon):
    """Delivery costs and down payments: what belongs to an order as a whole."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        fee = cls._product("Delivery", type="service", is_storable=False, list_price=12.0)
        cls.carrier = cls.env["delivery.carrier"].create({"name": "Courier", "product_id": fee.id, "fixed_price": 12.0})

    def _with_delivery(self, *items, invoiced=True, **vals):
        order = self._order(*items, confirm=False, **vals)
        order.set_delivery_line(self.carrier, 12.0)
        order.action_confirm()
        self._deliver(order)
        if invoiced:
            self._invoice(order)
        return order

    def _returned(self, order, quantity, user=None, **item):
        rma = self._rma(order, quantity, **item)
        rma.with_user(user or self.manager).action_approve()
        self._receive(rma)
        rma.action_settle()
        self.assertEqual(rma.remedy_ids.filtered("error").mapped("error"), [])
        return rma

    # === Delivery === #

    def test_delivery_goes_back_with_the_last_unit_once(self):
        order = self._with_delivery((self.kettle, 2))
        self.assertEqual(self._returned(order, 1, self.agent).refunded_total, 100)
        last = self._returned(order, 1, self.agent)
        self.assertEqual(last.refunded_total, 112)
        delivery = order.order_line.filtered("is_delivery")
        self.assertEqual((delivery.qty_to_invoice, delivery.invoice_status), (0, "invoiced"))
        last.sudo().refund_ids.button_draft()
        self.assertEqual(last.refunded_total, 0)
        last.sudo().refund_ids.button_cancel()
        last.action_settle()
        self.assertEqual(last.refunded_total, 112)
        self.assertEqual(sum(order.invoice_ids.filtered(lambda m: m.state == "posted").mapped("amount_residual")), 0)

    def test_only_standard_delivery_goes_back(self):
        self.carrier.aftersales_standard_price = 5.0
        order = self._with_delivery((self.kettle, 1))
        self.assertEqual(self._returned(order, 1).refunded_total, 105)

    def test_delivery_stays_paid_where_neither_law_nor_policy_give_it_back(self):
        company = self.env["res.partner"].create({"name": "ACME", "is_company": True})
        order = self._with_delivery((self.kettle, 1), partner=company)
        rma = self._returned(order, 1)
        self.assertEqual((rma.line_ids.basis, rma.refunded_total), ("policy", 100))
        self.env.ref("aftersales_crm.return_policy_standard").refund_delivery = True
        order = self._with_delivery((self.kettle, 1), partner=company)
        self.assertEqual(self._returned(order, 1).refunded_total, 112)

    def test_delivery_that_was_not_invoiced_is_not_invoiced_any_more(self):
        order = self._with_delivery((self.kettle, 1), invoiced=False)
        rma = self._returned(order, 1)
        self.assertEqual((rma.state, rma.refunded_total), ("done", 0))
        self.assertEqual(order.order_line.mapped("qty_to_invoice"), [0, 0])

    # === Down payments === #

    def _down_payment(self, order, percent=30):
        wizard = self.env["sale.advance.payment.inv"].create(
            {"advance_payment_method": "percentage", "amount": percent, "sale_order_ids": [Command.set(order.ids)]}
        )
        invoice = wizard._create_invoices(order)
        invoice.action_post()
        return invoice

    def _pay(self, invoice):
        register = self.env["account.payment.register"]
        register.with_context(active_model="account.move", active_ids=invoice.ids).create({})._create_payments()

    def test_a_down_payment_goes_back_when_nothing_is_left_to_invoice(self):
        order = self._order((self.kettle, 2))
        self._pay(self._down_payment(order))
        self._deliver(order)
        self.assertEqual(self._returned(order, 1).refunded_total, 0, "the last invoice deducts it")
        rma = self._returned(order, 1)
        self.assertEqual((rma.refunded_total, rma.payout_status), (60, "to_pay"))
        self.assertFalse(order.order_line.filtered(lambda line: line.qty_to_invoice > 0))

    def test_a_down_payment_that_was_never_paid_is_set_off(self):
        order = self._order((self.kettle, 1))
        down = self._down_payment(order)
        self._deliver(order)
        final = order._create_invoices(final=True)
        final.action_post()
        rma = self._returned(order, 1)
        self.assertEqual((rma.refunded_total, rma.payout_status), (100, "paid"))
        self.assertEqual((down | final).mapped("amount_residual"), [0, 0])
