from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_portal_products = fields.Boolean(related="company_id.aftersales_portal_products", readonly=False)
    aftersales_portal_history = fields.Boolean(related="company_id.aftersales_portal_history", readonly=False)
    aftersales_portal_track = fields.Boolean(related="company_id.aftersales_portal_track", readonly=False)
