from odoo import fields, models


class AftersalesWithdrawalMatch(models.TransientModel):
    """Ask which order a statement of withdrawal is about."""

    _name = "aftersales.withdrawal.match"
    _description = "Order of a Withdrawal"

    withdrawal_id = fields.Many2one("aftersales.withdrawal", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="withdrawal_id.company_id")
    contract = fields.Char(related="withdrawal_id.contract")
    person_name = fields.Char(related="withdrawal_id.person_name")
    email = fields.Char(related="withdrawal_id.email")
    parts = fields.Text(related="withdrawal_id.parts")
    sale_order_id = fields.Many2one(
        "sale.order", "Order", required=True, domain="[('state', '=', 'sale'), ('company_id', '=', company_id)]"
    )

    def action_match(self):
        self.ensure_one()
        self.sale_order_id.check_access("read")
        self.withdrawal_id._for_agent()._match(self.sale_order_id.sudo())  # see _for_agent
        return {"type": "ir.actions.act_window_close"}
