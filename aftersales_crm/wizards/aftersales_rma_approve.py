from odoo import fields, models


class AftersalesRmaApprove(models.TransientModel):
    """Ask why a return is approved that is not eligible."""

    _name = "aftersales.rma.approve"
    _description = "Approve a Return as Goodwill"

    rma_id = fields.Many2one("aftersales.rma", required=True, ondelete="cascade")
    approval_problems = fields.Text(related="rma_id.approval_problems")
    reason = fields.Text(required=True)

    def action_approve(self):
        self.ensure_one()
        self.rma_id.action_approve(self.reason)
        return {"type": "ir.actions.act_window_close"}
