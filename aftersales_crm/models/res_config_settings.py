from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_tz = fields.Selection(related="company_id.aftersales_tz", readonly=False)
    aftersales_return_location_id = fields.Many2one(related="company_id.aftersales_return_location_id", readonly=False)
    aftersales_refund_online = fields.Boolean(related="company_id.aftersales_refund_online", readonly=False)
    aftersales_refund_days = fields.Integer(related="company_id.aftersales_refund_days", readonly=False)
    aftersales_portal_returns = fields.Boolean(related="company_id.aftersales_portal_returns", readonly=False)
