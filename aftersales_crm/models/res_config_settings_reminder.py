from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_reminder_days = fields.Integer(related="company_id.aftersales_reminder_days", readonly=False)
