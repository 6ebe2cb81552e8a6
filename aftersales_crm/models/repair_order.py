from odoo import models


class RepairOrder(models.Model):
    _name = "repair.order"
    _inherit = ["repair.order", "aftersales.document.mixin"]

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            # Whoever repairs needs no rights on the return behind it.
            remedies_sudo = self.aftersales_remedy_id.sudo()
            if vals["state"] == "done":
                remedies_sudo._send_repaired_home()
            remedies_sudo._sync_documents()
            if vals["state"] in ("done", "cancel"):
                remedies_sudo.rma_line_id._book_costs()
        return result
