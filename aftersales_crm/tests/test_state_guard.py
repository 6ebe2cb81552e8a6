from odoo.exceptions import AccessError, UserError

from .common import AftersalesCommon


class TestStateGuard(AftersalesCommon):
    """A state is reached by its transitions only, whatever the caller sends."""

    def test_nobody_writes_a_state(self):
        rma = self._rma(self._sold((self.kettle, 1)))
        for user in (self.agent, self.manager, self.env.ref("base.user_admin")):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                rma.with_user(user).write({"state": "done"})
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            rma.line_ids.write({"claimed_quantity": 0})
        rma.action_approve()
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            rma.remedy_ids.write({"state": "done", "amount": 1000})
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            rma.write({"line_ids": [(1, rma.line_ids.id, {"eligibility": "pass"})]})

    def test_nobody_creates_a_state(self):
        vals = {"partner_id": self.customer.id, "state": "approved"}
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self.env["aftersales.rma"].with_user(self.manager).create(vals)

    def test_context_cannot_set_a_state(self):
        rmas = self.env["aftersales.rma"].with_user(self.manager)
        forged = {"default_state": "done", "aftersales_system": True}
        rma = rmas.with_context(**forged).create({"partner_id": self.customer.id})
        self.assertEqual(rma.state, "draft")
        for flag in (True, 1, "SYSTEM", {"object": 1}):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                rma.with_context(aftersales_system=flag).write({"state": "done"})

    def test_an_import_cannot_set_a_state(self):
        result = (
            self.env["aftersales.rma"].with_user(self.manager).load(["partner_id", "state"], [["Ada Kowalska", "Done"]])
        )
        self.assertFalse(result["ids"])
        self.assertIn("cannot be set directly", result["messages"][0]["message"])

    def test_a_copy_begins_anew(self):
        rma = self._rma(self._sold((self.kettle, 2)))
        rma.action_approve()
        copy = rma.copy()
        self.assertEqual((copy.state, copy.decided_at, copy.line_ids.claimed_quantity), ("draft", False, 0))

    def test_steps_that_the_table_does_not_know_are_refused(self):
        rma = self._rma(self._sold((self.kettle, 1)), submit=False)
        for action in ("action_approve", "action_settle", "action_close_short"):
            with self.assertRaises(UserError):
                getattr(rma, action)()
        rma.action_submit()
        rma.action_cancel()
        with self.assertRaisesRegex(UserError, "cannot become"):
            rma.action_approve()

    def test_what_was_asked_for_is_not_rewritten(self):
        rma = self._rma(self._sold((self.kettle, 2)))
        with self.assertRaisesRegex(UserError, "not changed any more"):
            rma.line_ids.quantity = 2
        with self.assertRaisesRegex(UserError, "not changed any more"):
            rma.requested_on = "2020-01-01"
        with self.assertRaisesRegex(UserError, "not changed any more"):
            rma.write({"line_ids": [(0, 0, {"product_id": self.kettle.id})]})
        with self.assertRaisesRegex(UserError, "cancel it instead"):
            rma.with_user(self.manager).unlink()

    def test_repeating_a_step_changes_nothing(self):
        rma = self._rma(self._sold((self.kettle, 1)))
        rma.action_approve()
        pickings, remedies, decided = rma.picking_ids, rma.remedy_ids, rma.decided_at
        rma.action_approve()
        self.assertEqual((rma.picking_ids, rma.remedy_ids, rma.decided_at), (pickings, remedies, decided))
        self._receive(rma)
        rma.action_settle()
        refunds = rma.refund_ids
        rma.action_settle()
        self.assertEqual(rma.refund_ids, refunds)

    def test_a_warranty_is_voided_with_a_reason_only(self):
        warranty = self._sold((self.kettle, 1)).order_line.move_ids and self.env["aftersales.warranty"].search(
            [("partner_id", "=", self.customer.id)], limit=1
        )
        with self.assertRaises(UserError):
            warranty.with_user(self.manager).closing = "void"
        with self.assertRaises(UserError):
            warranty.with_user(self.manager).unlink()

    def test_nobody_writes_what_is_computed(self):
        rma = self._rma(self._sold((self.kettle, 2)), 2)
        rma.action_approve()
        for record, vals in (
            (rma.line_ids, {"received_quantity": 2}),
            (rma.line_ids, {"paid_total": 0.01}),
            (rma.line_ids, {"state": "draft"}),
            (rma.remedy_ids, {"rma_id": rma.copy().id}),
            (rma, {"payout_status": "paid"}),
            (rma, {"name": "RMA/1"}),
            (rma, {"company_id": self.company.id}),
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                record.with_user(self.manager).write(vals)
        forged = {"default_received_quantity": 5, "default_eligibility": "pass", "default_claimed_quantity": 1}
        line = self._rma(self._sold((self.kettle, 1)), submit=False).with_context(**forged).copy().line_ids
        self.assertEqual((line.received_quantity, line.eligibility, line.claimed_quantity), (0, False, 0))

    def test_links_of_documents_are_kept_by_the_system(self):
        order = self._sold((self.kettle, 1))
        rma = self._rma(order)
        admin = self.env.ref("base.user_admin")
        repair = self.env["repair.order"].create({"product_id": self.kettle.id})
        for record, vals in (
            (order.order_line.move_ids, {"aftersales_claimed_qty": 0}),
            (order.order_line.move_ids, {"aftersales_rma_line_id": rma.line_ids.id}),
            (order.order_line, {"aftersales_policy_terms": {"refund_timing": "approval"}}),
            (order.order_line, {"aftersales_return_until": "2099-01-01"}),
            (order.picking_ids, {"aftersales_rma_id": rma.id}),
            (order.invoice_ids, {"aftersales_rma_id": rma.id}),
            (repair, {"aftersales_remedy_id": 1}),
            (order.invoice_ids.invoice_line_ids, {"aftersales_remedy_id": 1}),
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                record.with_user(admin).write(vals)
