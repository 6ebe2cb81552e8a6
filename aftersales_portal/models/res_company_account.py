from odoo import fields, models


class ResCompany(models.Model):
    # What customers find on their account page.

    _inherit = "res.company"

    aftersales_portal_products = fields.Boolean("Customers see their products and warranties", default=True)
    aftersales_portal_history = fields.Boolean("Customers see their history", default=True)
    aftersales_portal_track = fields.Boolean("Customers follow their orders", default=True)
