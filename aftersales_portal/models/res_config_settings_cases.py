from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_portal_cases = fields.Boolean(related="company_id.aftersales_portal_cases", readonly=False)
