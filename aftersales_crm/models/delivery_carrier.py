from odoo import fields, models


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    aftersales_standard_price = fields.Float(
        "Refunded at most",
        digits="Product Price",
        help="When a whole order comes back, its delivery is refunded up to the price of standard delivery. "
        "0: this is standard delivery.",
    )

    _aftersales_standard_price_positive = models.Constraint(
        "CHECK(aftersales_standard_price >= 0)", "The price of standard delivery cannot be negative."
    )
