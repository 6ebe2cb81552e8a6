from odoo import fields, models
from odoo.exceptions import UserError


class AftersalesWarrantyVoid(models.TransientModel):
    """Ask why a warranty ends before its time."""

    _name = "aftersales.warranty.void"
    _description = "Void a Warranty"

    warranty_id = fields.Many2one("aftersales.warranty", required=True, ondelete="cascade")
    since = fields.Date(
        "From",
        required=True,
        default=lambda self: self.env.company._aftersales_today(),
        help="First day without cover.",
    )
    reason = fields.Char(required=True)

    def action_void(self):
        """Void the warranty; the record and the reason stay."""
        self.ensure_one()
        self.env["aftersales.rma"]._ensure_manager(self.env._("Only an after-sales manager voids a warranty."))
        if self.since > self.warranty_id.company_id._aftersales_today():
            raise UserError(self.env._("A warranty is made void from today or from a day in the past."))
        self.warranty_id._void_by_hand(self.reason, self.since)
        return {"type": "ir.actions.act_window_close"}
