from datetime import timedelta

from odoo.fields import Command

from .common import AftersalesCommon


class TestRefund(AftersalesCommon):
    def _returned(self, order, quantity, **item):
        rma = self._rma(order, quantity, **item)
        rma.with_user(self.manager).action_approve()
        self._receive(rma)
        rma.action_settle()
        return rma

    def _taxed(self, price, **line):
        return {"price_unit": price, "tax_ids": [Command.set(self.tax.ids)], **line}

    def test_units_one_by_one_add_up_to_the_cent(self):
        for price, discount in ((9.99, 0), (3.33, 7), (0.07, 0), (1234.56, 33.3)):
            with self.subTest(price=price, discount=discount):
                order = self._sold((self.kettle, 3, self._taxed(price, discount=discount)))
                refunds = [self._returned(order, 1) for _i in range(3)]
                self.assertEqual([rma.state for rma in refunds], ["done"] * 3)
                paid = order.invoice_ids.filtered(lambda m: m.move_type == "out_invoice").amount_total
                credits = sum(rma.sudo().refund_ids.amount_total for rma in refunds)
                self.assertAlmostEqual(credits, paid, 2)
                self.assertAlmostEqual(sum(rma.refunded_total for rma in refunds), paid, 2)

    def test_one_credit_note_for_one_invoice(self):
        order = self._sold((self.kettle, 2, self._taxed(10)), (self._product("Towel"), 1))
        rma = self.env["aftersales.rma"]._request(
            self.customer, [{"sale_line": line, "quantity": 1} for line in order.order_line]
        )
        rma.action_approve()
        rma._receive([{"line": line, "quantity": 1} for line in rma.line_ids])
        rma.action_settle()
        self.assertEqual(len(rma.refund_ids), 1)
        self.assertEqual(rma.refund_ids.amount_total, 12.3 + 1)
        self.assertEqual(rma.remedy_ids.mapped("amount"), [12.3, 1])

    def test_units_are_credited_on_the_invoices_that_charged_them(self):
        self.kettle.invoice_policy = "delivery"
        order = self._order((self.kettle, 4, self._taxed(10)))
        self._deliver(order, {self.kettle: 2})
        first = self._invoice(order)
        self._deliver(order)
        second = self._invoice(order)
        rma = self._rma(order, 3)
        rma.action_approve()
        rma._receive([{"line": line, "quantity": line.quantity} for line in rma.line_ids])
        rma.action_settle()
        self.assertEqual(rma.refund_ids.reversed_entry_id, first | second)
        self.assertEqual(rma.refunded_total, 36.9)
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_a_refund_before_the_goods_is_not_invoiced_again(self):
        for policy in ("order", "delivery"):
            with self.subTest(policy=policy):
                self.kettle.invoice_policy = policy
                self.env.ref("aftersales_crm.return_policy_standard").refund_timing = "approval"
                order = self._sold((self.kettle, 2))
                rma = self._rma(order, 1)
                rma.action_approve()
                rma.action_settle()
                self.assertEqual((rma.state, rma.reception_status), ("approved", "waiting"))
                self.assertEqual((rma.settlement_status, rma.refunded_total), ("settled", 100))
                self.assertEqual(order.order_line.qty_to_invoice, 0)
                picking = rma.picking_ids.sudo()
                picking.move_ids.picked = True
                picking._action_done()
                self.assertEqual((rma.state, rma.reception_status), ("done", "received"))
                self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_what_was_never_invoiced_is_neither_refunded_nor_invoiced(self):
        for policy in ("order", "delivery"):
            with self.subTest(policy=policy):
                self.kettle.invoice_policy = policy
                order = self._order((self.kettle, 2))
                self._deliver(order)
                rma = self._returned(order, 2)
                self.assertEqual((rma.state, rma.refunded_total, rma.refund_ids.ids), ("done", 0, []))
                self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_a_draft_invoice_stops_the_refund_with_a_reason(self):
        order = self._order((self.kettle, 1))
        self._deliver(order)
        invoice = self._invoice(order, post=False)
        rma = self._returned(order, 1)
        self.assertEqual((rma.state, rma.remedy_ids.state), ("approved", "failed"))
        self.assertIn("post or cancel it first", rma.remedy_ids.error)
        invoice.action_post()
        rma.action_settle()
        self.assertEqual((rma.state, rma.remedy_ids.error), ("done", False))

    def test_an_archived_account_leaves_everything_untouched(self):
        order = self._sold((self.kettle, 1))
        self.env["account.journal"].search([("type", "=", "sale")]).refund_sequence = True
        account = order.invoice_ids.invoice_line_ids.account_id
        account.active = False
        rma = self._returned(order, 1)
        self.assertEqual((rma.remedy_ids.state, rma.refund_ids.ids), ("failed", []))
        self.assertTrue(rma.remedy_ids.error)
        account.active = True
        rma.action_settle()
        self.assertEqual(rma.state, "done")

    def test_a_fee_is_kept_back_by_policy_never_by_law(self):
        policy = self.env.ref("aftersales_crm.return_policy_standard")
        policy.write({"fee_type": "percent", "fee_amount": 10})
        company = self.env["res.partner"].create({"name": "ACME", "is_company": True})
        rma = self._returned(self._sold((self.kettle, 2, self._taxed(50)), partner=company), 1)
        self.assertEqual(rma.line_ids.basis, "policy")
        self.assertEqual((rma.line_ids.paid_total, rma.line_ids.fee), (61.5, 6.15))
        self.assertEqual((rma.refunded_total, rma.sudo().refund_ids.amount_total), (55.35, 55.35))
        rma = self._returned(self._sold((self.kettle, 2, self._taxed(50))), 1)
        self.assertEqual((rma.line_ids.basis, rma.refunded_total), ("withdrawal", 61.5))

    def test_the_fee_of_a_sold_line_outlives_the_policy(self):
        policy = self.env.ref("aftersales_crm.return_policy_standard")
        company = self.env["res.partner"].create({"name": "ACME", "is_company": True})
        order = self._sold((self.kettle, 1), partner=company)
        policy.write({"fee_type": "percent", "fee_amount": 50, "window_days": 0})
        rma = self._rma(order)
        self.assertEqual((rma.eligibility, rma.line_ids.fee), ("pass", 0))

    def test_refused_units_are_not_refunded(self):
        order = self._sold((self.kettle, 2))
        rma = self._rma(order, 2)
        rma.action_approve()
        line = rma.line_ids
        rma._receive([{"line": line, "quantity": 1}, {"line": line, "quantity": 1, "accepted": False}])
        self.assertEqual((line.accepted_quantity, line.rejected_quantity), (1, 1))
        rma.action_settle()
        self.assertEqual((rma.state, rma.refunded_total), ("done", 100))
        self.assertEqual(rma.remedy_ids.mapped("state"), ["done", "cancelled"])

    def test_undoing_the_credit_note_opens_the_return_again(self):
        rma = self._returned(self._sold((self.kettle, 1)), 1)
        credit = rma.sudo().refund_ids
        credit.button_draft()
        self.assertEqual((rma.state, rma.remedy_ids.state, rma.refunded_total), ("approved", "draft", 0))
        credit.action_post()
        self.assertEqual((rma.state, rma.remedy_ids.state), ("done", "done"))
        credit.button_draft()
        credit.button_cancel()
        rma.action_settle()
        self.assertEqual((rma.state, rma.refunded_total, len(rma.refund_ids)), ("done", 100, 2))

    def test_paid_means_that_the_money_went(self):
        order = self._sold((self.kettle, 1))
        invoice = order.invoice_ids
        pay = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids)
        pay.create({"payment_date": "2026-01-05"})._create_payments()
        rma = self._returned(order, 1)
        self.assertEqual((rma.payout_status, rma.paid_at), ("to_pay", False))
        pay = pay.with_context(active_ids=rma.sudo().refund_ids.ids)
        paid_on = rma.sudo().refund_ids.date + timedelta(days=3)
        pay.create({"payment_date": paid_on})._create_payments()
        self.assertEqual((rma.payout_status, rma.paid_at), ("paid", paid_on))

    def test_order_wide_discounts_come_off_what_is_refunded(self):
        towel = self._product("Towel")
        for kind in ("so_discount", "amount"):
            with self.subTest(kind=kind):
                order = self._order((self.kettle, 2, self._taxed(50)), (towel, 1, {"price_unit": 30}), confirm=False)
                wizard = self.env["sale.order.discount"].create(
                    {
                        "sale_order_id": order.id,
                        "discount_type": kind,
                        **({"discount_percentage": 0.1} if kind == "so_discount" else {"discount_amount": 15.3}),
                    }
                )
                wizard.action_apply_discount()
                order.action_confirm()
                self._deliver(order)
                invoice = self._invoice(order)
                kettles, towels = order.order_line[:2]
                first = self._returned(order, 1)
                self.assertAlmostEqual(first.line_ids.paid_total, first.refunded_total, 2)
                self.assertAlmostEqual(first.refunded_total, 61.5 * invoice.amount_total / 153, 1)
                rest = self.env["aftersales.rma"]._request(
                    self.customer, [{"sale_line": line, "quantity": 1} for line in (kettles, towels)]
                )
                rest.with_user(self.manager).action_approve()
                rest._receive([{"line": line, "quantity": 1} for line in rest.line_ids])
                rest.action_settle()
                self.assertEqual(rest.remedy_ids.mapped("error"), [False, False])
                credits = sum((first | rest).sudo().refund_ids.mapped("amount_total"))
                self.assertAlmostEqual(credits, invoice.amount_total, 2)
                self.assertAlmostEqual(first.refunded_total + rest.refunded_total, invoice.amount_total, 2)

    def test_rounding_over_the_whole_invoice_is_met_at_its_last_unit(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        products = [self._product(f"Bead {number}") for number in range(3)]
        order = self._sold(*((product, 1, self._taxed(0.07)) for product in products))
        invoice = order.invoice_ids
        refunds = []
        for line in order.order_line:
            rma = self.env["aftersales.rma"]._request(self.customer, [{"sale_line": line, "quantity": 1}])
            rma.action_approve()
            self._receive(rma)
            rma.action_settle()
            refunds.append(rma)
        self.assertAlmostEqual(sum(rma.refunded_total for rma in refunds), invoice.amount_total, 2)
        self.assertAlmostEqual(sum(rma.refund_ids.amount_total for rma in refunds), invoice.amount_total, 2)

    def test_one_of_a_dozen_is_refunded_at_its_price(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._sold((self.kettle, 1, {"product_uom_id": dozen.id, "price_unit": 120}))
        rma = self._returned(order, 1)
        self.assertEqual((rma.state, rma.refunded_total), ("done", 10))
        rest = self._returned(order, 11)
        self.assertEqual((rest.state, rest.refunded_total), ("done", 110))

    def test_a_rebate_in_money_is_not_paid_twice(self):
        order = self._sold((self.kettle, 1))
        self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.customer.id,
                "reversed_entry_id": order.invoice_ids.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.kettle.id,
                            "quantity": 1,
                            "price_unit": 10,
                            "tax_ids": False,
                            "sale_line_ids": [Command.set(order.order_line.ids)],
                        }
                    )
                ],
            }
        ).action_post()
        rma = self._returned(order, 1)
        self.assertEqual((rma.state, rma.refunded_total), ("done", 90))

    def test_units_that_somebody_credited_are_not_credited_again(self):
        order = self._sold((self.kettle, 1))
        order.invoice_ids._reverse_moves()._post()
        rma = self._returned(order, 1)
        self.assertEqual((rma.state, rma.remedy_ids.state), ("approved", "failed"))
        self.assertIn("already credited by", rma.remedy_ids.error)

    def test_a_credit_note_in_draft_is_settled_by_nobody_else(self):
        rma = self._returned(self._sold((self.kettle, 1)), 1)
        credit = rma.sudo().refund_ids
        credit.button_draft()
        rma.action_settle()
        self.assertEqual((rma.state, rma.remedy_ids.state), ("approved", "failed"))
        credit.action_post()
        self.assertEqual((rma.state, rma.refunded_total), ("done", 100))

    def test_a_credit_note_that_is_reversed_was_never_paid(self):
        rma = self._returned(self._sold((self.kettle, 1)), 1)
        credit = rma.sudo().refund_ids
        credit._reverse_moves(cancel=True)
        self.assertEqual((rma.state, rma.payout_status, rma.refunded_total), ("approved", "not_due", 0))
        rma.action_settle()
        self.assertEqual((rma.state, rma.refunded_total, len(rma.refund_ids)), ("done", 100, 2))
