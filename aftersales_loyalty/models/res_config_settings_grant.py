from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_grant_limit = fields.Float(related="company_id.aftersales_grant_limit", readonly=False)
