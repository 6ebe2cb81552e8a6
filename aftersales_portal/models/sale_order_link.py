from odoo import models


class SaleOrder(models.Model):
    # Signed links to orders for customers without login.

    _name = "sale.order"
    _inherit = ["sale.order", "aftersales.link.mixin"]
