from odoo import fields, models


class ResCompany(models.Model):
    # How many points agents may give and take by hand.

    _inherit = "res.company"

    aftersales_grant_limit = fields.Float(
        "Points by hand: agents",
        digits=(16, 2),
        groups="base.group_user",
        help="So many points of one customer an agent gives or takes in 30 days. 0: a manager is always asked.",
    )

    _aftersales_grant_limit_positive = models.Constraint(
        "CHECK(aftersales_grant_limit >= 0)", "The limit of points by hand counts from zero on."
    )
