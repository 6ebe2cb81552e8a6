from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_goodwill_limit = fields.Monetary(
        related="company_id.aftersales_goodwill_limit", readonly=False, currency_field="currency_id"
    )
    aftersales_goodwill_limit_all = fields.Monetary(
        related="company_id.aftersales_goodwill_limit_all", readonly=False, currency_field="currency_id"
    )
    aftersales_goodwill_budget = fields.Monetary(
        related="company_id.aftersales_goodwill_budget", readonly=False, currency_field="currency_id"
    )
