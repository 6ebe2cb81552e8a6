from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        # Invoices and credit notes say what the customer kept, and so what was earned.
        result = super().write(vals)
        if "state" in vals and self.env["loyalty.program"]._aftersales_moves_points():
            lines = self.invoice_line_ids
            # Money for goods that the customer kept is credited without an order line.
            kept_sudo = lines.sudo().aftersales_remedy_id.rma_line_id.sale_line_id  # accountants see no returns
            (lines.sale_line_ids | kept_sudo.with_env(self.env)).order_id._aftersales_touch_points()
        return result
