from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_tells = fields.Boolean(related="company_id.aftersales_tells", readonly=False)
    aftersales_tells_since = fields.Date(related="company_id.aftersales_tells_since", readonly=False)
