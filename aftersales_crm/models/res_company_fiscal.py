from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if {"country_id", "account_fiscal_country_id"} & vals.keys():
            # Some menus are for companies of one country only, see ir.ui.menu.
            self.env.registry.clear_cache()
        return result
