from odoo import fields, models


class AftersalesRmaReject(models.TransientModel):
    """Ask for the reason that the customer will read."""

    _name = "aftersales.rma.reject"
    _description = "Refuse a Return"

    rma_id = fields.Many2one("aftersales.rma", required=True, ondelete="cascade")
    answer_status = fields.Selection(related="rma_id.answer_status")
    answer_words = fields.Text(related="rma_id.answer_words")
    reason = fields.Text(required=True)

    def action_reject(self):
        self.ensure_one()
        self.rma_id.action_reject(self.reason)
        return {"type": "ir.actions.act_window_close"}
