from odoo.exceptions import AccessError, UserError

from .common import AftersalesCommon


class TestRma(AftersalesCommon):
    def test_a_kettle_comes_back_and_is_refunded_in_full(self):
        order = self._sold((self.kettle, 2, {"tax_ids": [(6, 0, self.tax.ids)]}))
        rma = self._rma(order, 1)
        self.assertEqual(rma.state, "submitted")
        self.assertEqual(rma.line_ids.basis, "withdrawal")
        self.assertEqual(rma.eligibility, "pass")
        self.assertEqual(rma.reception_status, "waiting")
        rma.action_approve()
        self.assertEqual(rma.state, "approved")
        self.assertEqual(rma.picking_ids.state, "assigned")
        self.assertEqual(rma.remedy_ids.state, "draft")
        with self.assertRaisesRegex(UserError, "goods come first"):
            rma.action_settle()
        self._receive(rma)
        self.assertEqual(rma.reception_status, "received")
        rma.action_settle()
        self.assertEqual(rma.remedy_ids.mapped("error"), [False])
        self.assertEqual(rma.state, "done")
        credit = rma.sudo().refund_ids
        self.assertEqual(credit.state, "posted")
        self.assertEqual(credit.amount_total, 123.0)
        self.assertEqual(credit.reversed_entry_id, order.invoice_ids - credit)
        self.assertEqual(rma.refunded_total, 123.0)
        line = order.order_line
        self.assertEqual((line.qty_delivered, line.qty_invoiced, line.qty_to_invoice), (1, 1, 0))
        self.assertEqual(rma.payout_status, "paid")

    def test_more_than_was_delivered_is_refused(self):
        order = self._sold((self.kettle, 2))
        self._rma(order, 2)
        with self.assertRaisesRegex(UserError, "only 0 can still be returned"):
            self._rma(order, 1)

    def test_an_agent_cannot_approve_what_is_not_eligible(self):
        order = self._sold((self.kettle, 1))
        rma = self._rma(order, vals={"requested_on": "2099-01-01"})
        self.assertEqual(rma.eligibility, "fail")
        with self.assertRaises(AccessError):
            rma.action_approve()
        rma.with_user(self.manager).action_approve()
        self.assertEqual(rma.line_ids.basis, "goodwill")

    def test_a_broken_washer_is_repaired_under_guarantee(self):
        lots = self._lots(self.washer, "W1", "W2")
        order = self._sold((self.washer, 2), lots={self.washer: lots})
        rma = self._rma(order, lot=lots[1], reason=self._reason("defective"))
        self.assertEqual(rma.line_ids.basis, "guarantee")
        self.assertEqual(rma.line_ids.warranty_verdict, "covered")
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        repair = rma.sudo().repair_ids
        self.assertEqual((repair.state, repair.lot_id, repair.under_warranty), ("confirmed", lots[1], True))
        self.assertEqual(rma.remedy_ids.state, "pending")
        repair.action_repair_start()
        repair.action_repair_end()
        self.assertEqual(rma.remedy_ids.state, "done")
        self.assertEqual(rma.state, "done")

    def test_a_replacement_is_delivered_without_charge(self):
        order = self._sold((self.kettle, 1))
        rma = self._rma(order, reason=self._reason("wrong_item"))
        self.assertEqual(rma.line_ids.basis, "delivery")
        rma.action_approve()
        self._receive(rma)
        self._stock(self.kettle, 1)
        rma.action_settle()
        self.assertEqual(rma.remedy_ids.state, "pending")
        picking = rma.remedy_ids.sudo().move_ids.picking_id
        self._deliver(order)
        self.assertEqual(picking.state, "done")
        self.assertEqual(rma.state, "done")
        self.assertEqual(order.order_line.qty_to_invoice, 0)
