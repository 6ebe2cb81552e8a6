from odoo import fields, models


class ProductTemplate(models.Model):
    # Machines that nobody carries to a shop.

    _inherit = "product.template"

    aftersales_home_repair = fields.Boolean(
        "Repaired at the customer's home", help="Customers may ask for a visit when it is broken."
    )
