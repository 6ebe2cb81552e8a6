from odoo import fields, models


class ProductCategory(models.Model):
    _inherit = "product.category"

    aftersales_term_ids = fields.Many2many(
        "aftersales.warranty.term",
        string="Warranty",
        help="Commercial warranties of products in this category that have none of their own.",
    )
