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

    def test_approving_again_what_is_done_changes_nothing(self):
        rma = self._rma(self._sold((self.kettle, 1)))
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        rma.action_approve()
        self.assertEqual((rma.state, len(rma.remedy_ids), len(rma.picking_ids)), ("done", 1, 1))

    def test_what_is_to_settle_follows_policy_and_reason(self):
        self.env.ref("aftersales_crm.return_policy_standard").refund_timing = "sent"
        rma = self._rma(self._sold((self.kettle, 1)))
        rma.action_approve()
        self.assertFalse(rma.is_to_settle)
        rma.action_mark_sent("PL1")
        self.assertTrue(rma.is_to_settle)
        rma.tracking_ref = False
        self.assertFalse(rma.is_to_settle)
        self._reason("changed_mind").goods_missing = True
        self.assertTrue(rma.is_to_settle)
        rma.action_settle()
        self.assertFalse(rma.is_to_settle)

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
        with self.assertRaisesRegex(UserError, "say why"):
            rma.with_user(self.manager).action_approve()
        rma.with_user(self.manager).action_approve("A customer of ten years")
        self.assertEqual(rma.line_ids.basis, "goodwill")
        self.assertEqual(rma.line_ids.decision_reason, "A customer of ten years")

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
        self.assertEqual(rma.remedy_ids.state, "pending", "it is on its way home")
        home = rma.remedy_ids.sudo().move_ids
        self.assertEqual(home.move_line_ids.lot_id, lots[1])
        home.picked = True
        home.picking_id._action_done()
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

    def test_a_replacement_of_several_steps_is_followed_to_the_customer(self):
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.company.id)])
        warehouse.delivery_steps = "pick_ship"
        self._stock(self.kettle, 5)
        order = self._order((self.kettle, 1))

        def ship():
            for _step in range(2):
                picking = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
                picking.action_assign()
                picking.move_ids.picked = True
                picking._action_done()

        ship()
        rma = self._rma(order, reason=self._reason("wrong_item"))
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        ship()
        self.assertEqual((rma.remedy_ids.state, rma.state), ("done", "done"))

    def test_a_basis_changed_by_a_manager_is_judged_anew(self):
        policy = self.env.ref("aftersales_crm.return_policy_standard")
        policy.write({"fee_type": "percent", "fee_amount": 10})
        company = self.env["res.partner"].create({"name": "ACME", "is_company": True})
        rma = self._rma(self._sold((self.kettle, 1), partner=company))
        self.assertEqual((rma.line_ids.basis, rma.line_ids.fee), ("policy", 10))
        line = rma.with_user(self.manager).line_ids
        self.assertEqual((line.verdict_by, bool(line.verdict_at)), (self.agent, True))
        for reason in ({}, {"decision_reason": "  "}, {"decision_reason": False}):
            with self.assertRaisesRegex(UserError, "give a reason"):
                line.write({"basis": "goodwill", **reason})
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            line.decision_reason = "Just so"
        line.write({"basis": "goodwill", "decision_reason": "It arrived late"})
        self.assertEqual((line.basis, line.fee), ("goodwill", 0))
        self.assertEqual((line.decision_reason, line.verdict_by), ("It arrived late", self.manager))
        self.assertIn("It arrived late", rma.message_ids[0].body)

    def test_a_fault_nobody_named_is_reviewed(self):
        order = self._sold((self.kettle, 1))
        rma = self._rma(order, reason=self.env["aftersales.reason"], basis="guarantee")
        self.assertEqual((rma.line_ids.basis, rma.eligibility), ("guarantee", "review"))

    def test_an_agent_keeps_to_the_remedies_that_were_judged(self):
        rma = self._rma(self._sold((self.kettle, 1)))
        rma.action_approve()
        with self.assertRaisesRegex(AccessError, "its basis does not offer that"):
            rma.remedy_ids.type_id = self._remedy("repair")
        with self.assertRaises(AccessError):
            rma.remedy_ids.unlink()
        rma.with_user(self.manager).remedy_ids.type_id = self._remedy("repair")
