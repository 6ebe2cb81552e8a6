from odoo import models


class ResPartner(models.Model):
    # The page where customers end the follow-up.

    _inherit = "res.partner"

    def _aftersales_stop_url(self):
        self.ensure_one()
        return f"{self.get_base_url()}/followup/stop/{self._aftersales_stop_token()}"
