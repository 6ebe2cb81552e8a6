from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_flags = fields.Boolean(related="company_id.aftersales_flags", readonly=False)
    aftersales_flag_rate = fields.Float(related="company_id.aftersales_flag_rate", readonly=False)
    aftersales_flag_units = fields.Integer(related="company_id.aftersales_flag_units", readonly=False)
    aftersales_flag_value = fields.Monetary(
        related="company_id.aftersales_flag_value", readonly=False, currency_field="currency_id"
    )
    aftersales_flag_no_goods = fields.Integer(related="company_id.aftersales_flag_no_goods", readonly=False)
