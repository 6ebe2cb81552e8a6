from odoo import models


class RepairOrder(models.Model):
    _name = "repair.order"
    _inherit = ["repair.order", "aftersales.document.mixin"]

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            # Whoever repairs needs no rights on the return behind it.
            self.aftersales_remedy_id.sudo()._sync_documents()
        return result
