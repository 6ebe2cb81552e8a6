from odoo import models


class ProductProduct(models.Model):
    # Cases about a product.

    _name = "product.product"
    _inherit = ["product.product", "aftersales.case.links"]

    _aftersales_case_field = "product_id"
