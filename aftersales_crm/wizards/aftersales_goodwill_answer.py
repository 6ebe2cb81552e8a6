from odoo import fields, models


class AftersalesGoodwillAnswer(models.TransientModel):
    """A manager's word on a goodwill above the agent's limit."""

    _name = "aftersales.goodwill.answer"
    _description = "Decide about a Goodwill"

    remedy_id = fields.Many2one("aftersales.remedy", required=True, readonly=True, ondelete="cascade")
    case_id = fields.Many2one(related="remedy_id.case_id")
    asked_by = fields.Many2one(related="remedy_id.choice_by", string="Offered by")
    asked_reason = fields.Char(related="remedy_id.goodwill_reason")
    type_id = fields.Many2one(related="remedy_id.type_id", string="What")
    product_id = fields.Many2one(related="remedy_id.sent_product_id", string="Gift")
    currency_id = fields.Many2one(related="remedy_id.currency_id")
    amount = fields.Monetary(related="remedy_id.agreed_amount")
    company_currency_id = fields.Many2one(related="remedy_id.company_currency_id", string="Currency of the company")
    cost = fields.Monetary(related="remedy_id.goodwill_cost", currency_field="company_currency_id")
    reason = fields.Char("Because")

    def action_approve(self):
        self.ensure_one()
        return self._answered(self.remedy_id.action_approve_goodwill(self.reason))

    def action_refuse(self):
        self.ensure_one()
        return self._answered(self.remedy_id.action_refuse_goodwill(self.reason))

    def _answered(self, _done):
        return {"type": "ir.actions.client", "tag": "soft_reload"}
