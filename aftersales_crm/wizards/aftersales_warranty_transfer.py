from odoo import api, fields, models


class AftersalesWarrantyTransfer(models.TransientModel):
    """Staff record that a product has a new owner."""

    _name = "aftersales.warranty.transfer"
    _description = "Hand a Warranty Over"

    warranty_id = fields.Many2one("aftersales.warranty", required=True, ondelete="cascade")
    covered = fields.Float(related="warranty_id.quantity", string="Units covered")
    quantity = fields.Float(
        "Units", compute="_compute_quantity", store=True, readonly=False, precompute=True, digits="Product Unit"
    )
    partner_id = fields.Many2one("res.partner", "New owner", required=True, ondelete="cascade")
    on = fields.Date("Since", required=True, default=lambda self: self.env.company._aftersales_today())
    reason = fields.Char("Note")

    @api.depends("warranty_id")
    def _compute_quantity(self):
        for wizard in self:
            wizard.quantity = wizard.warranty_id.quantity

    def action_transfer(self):
        """Hand over what the terms let go; both owners get a mail."""
        self.ensure_one()
        self.warranty_id._ensure_may_transfer()
        self.partner_id.check_access("read")
        # An agent hands over without the right to change warranties.
        self.warranty_id.sudo()._hand_over(self.partner_id, self.on, self.quantity, self.reason)
        return {"type": "ir.actions.act_window_close"}
