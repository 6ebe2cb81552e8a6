from odoo import fields, models


class ResPartner(models.Model):
    # How a customer wants to hear from the shop.

    _inherit = "res.partner"

    aftersales_sms_optout = fields.Boolean(
        "No text messages", help="Steps of orders and returns are told by mail alone.", copy=False
    )
