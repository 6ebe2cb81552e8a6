from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_portal_register = fields.Boolean(related="company_id.aftersales_portal_register", readonly=False)
    aftersales_portal_transfer = fields.Boolean(related="company_id.aftersales_portal_transfer", readonly=False)
