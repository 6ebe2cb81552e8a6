from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_aftersales_record(self):
        """Download the customer's whole after-sales record."""
        self.ensure_one()
        self.env["aftersales.privacy"]._ensure_may()
        return {"type": "ir.actions.act_url", "url": f"/aftersales/record/{self.id}", "target": "download"}
