from odoo import fields, models


class AftersalesWarrantyVoid(models.TransientModel):
    """Ask why a warranty ends before its time."""

    _name = "aftersales.warranty.void"
    _description = "Void a Warranty"

    warranty_id = fields.Many2one("aftersales.warranty", required=True, ondelete="cascade")
    reason = fields.Char(required=True)

    def action_void(self):
        """Void the warranty; the record and the reason stay."""
        self.ensure_one()
        self.env["aftersales.rma"]._ensure_manager(self.env._("Only an after-sales manager voids a warranty."))
        self.warranty_id._close("void", self.reason)
        return {"type": "ir.actions.act_window_close"}
