from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_portal_withdrawal = fields.Boolean(related="company_id.aftersales_portal_withdrawal", readonly=False)
    aftersales_portal_guests = fields.Boolean(related="company_id.aftersales_portal_guests", readonly=False)
