from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        # Who sets up a company need not know of service teams.
        self.env["aftersales.team"].sudo()._ensure_teams(companies)
        return companies
