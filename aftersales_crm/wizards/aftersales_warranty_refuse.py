from odoo import fields, models


class AftersalesWarrantyRefuse(models.TransientModel):
    """Ask why a proof of purchase is refused."""

    _name = "aftersales.warranty.refuse"
    _description = "Refuse a Proof of Purchase"

    warranty_ids = fields.Many2many("aftersales.warranty", required=True)
    reason = fields.Char(required=True)

    def action_refuse(self):
        """Refuse the proof: the registration never counted."""
        self.ensure_one()
        self.warranty_ids._refuse_proof(self.reason)
        return {"type": "ir.actions.act_window_close"}
