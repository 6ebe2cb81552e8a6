from odoo import fields, models


class SaleOrder(models.Model):
    # Poland: sales that were recorded on a cash register.

    _inherit = "sale.order"

    aftersales_fiscal_receipt = fields.Char(
        "Fiscal receipt",
        copy=False,
        help="Number of the receipt when the sale was recorded on a cash register: returns and accepted "
        "complaints are then entered in the register of returns.",
    )
