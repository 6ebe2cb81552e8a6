from odoo import fields, models

# Customers read companies; from where on they are looked at is none of it.
STAFF = "base.group_user"


class ResCompany(models.Model):
    # From where on a return is unusual.

    _inherit = "res.company"

    aftersales_flags = fields.Boolean(
        "Point out unusual returns",
        groups=STAFF,
        help="An unusual return is decided by a person. It is never refused for that.",
    )
    aftersales_flag_rate = fields.Float(
        "Return rate (%)",
        default=50.0,
        groups=STAFF,
        help="Units that a customer brings back of those delivered in twelve months.",
    )
    aftersales_flag_units = fields.Integer(
        "From so many units",
        default=5,
        groups=STAFF,
        help="Who brings back fewer units in twelve months has no return rate yet.",
    )
    aftersales_flag_value = fields.Monetary(
        "Value of returns",
        groups=STAFF,
        help="What a customer brings back in twelve months, taxes included. 0: not looked at.",
    )
    aftersales_flag_no_goods = fields.Integer(
        "Refunds without goods", default=3, groups=STAFF, help="So many in twelve months. 0: not looked at."
    )

    _aftersales_flags_positive = models.Constraint(
        """CHECK(aftersales_flag_rate >= 0 AND aftersales_flag_units >= 0
                 AND aftersales_flag_value >= 0 AND aftersales_flag_no_goods >= 0)""",
        "What makes a return unusual is counted from zero on.",
    )
