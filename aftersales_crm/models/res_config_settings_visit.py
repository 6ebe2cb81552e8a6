from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_visits_on = fields.Boolean(related="company_id.aftersales_visits_on", readonly=False)
    aftersales_visits_since = fields.Date(related="company_id.aftersales_visits_since", readonly=False)
    aftersales_visit_days = fields.Integer(related="company_id.aftersales_visit_days", readonly=False)
