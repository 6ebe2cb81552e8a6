from odoo import api, fields, models


class ResCompany(models.Model):
    # Whether the papers of an order tell the customer's rights.

    _inherit = "res.company"

    aftersales_tells = fields.Boolean(
        "Tell customers their rights", compute="_compute_aftersales_tells", inverse="_inverse_aftersales_tells"
    )
    aftersales_tells_since = fields.Date("From orders of", help="Older orders stay as they were.")

    @api.depends("aftersales_tells_since")
    def _compute_aftersales_tells(self):
        for company in self:
            company.aftersales_tells = bool(company.aftersales_tells_since)

    def _inverse_aftersales_tells(self):
        for company in self:
            since = company.aftersales_tells_since or company._aftersales_today()
            company.aftersales_tells_since = company.aftersales_tells and since
