from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_send_from = fields.Float(related="company_id.aftersales_send_from", readonly=False)
    aftersales_send_until = fields.Float(related="company_id.aftersales_send_until", readonly=False)
    aftersales_send_weekends = fields.Boolean(related="company_id.aftersales_send_weekends", readonly=False)
