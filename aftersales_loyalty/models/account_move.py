from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        # Invoices and credit notes say what the customer kept, and so what was earned.
        result = super().write(vals)
        if "state" in vals and self.env["loyalty.program"]._aftersales_kept():
            self.invoice_line_ids.sale_line_ids.order_id._aftersales_touch_points()
        return result
