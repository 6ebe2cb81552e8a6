from odoo import fields, models


class ResCompany(models.Model):
    # When customers are reminded that a warranty ends.

    _inherit = "res.company"

    aftersales_reminder_days = fields.Integer(
        "Remind before the end (days)",
        default=30,
        help="So many days before a warranty ends its owner gets the reminder, where that mail is switched on. "
        "0: none.",
    )

    _aftersales_reminder_days_positive = models.Constraint(
        "CHECK(aftersales_reminder_days >= 0)", "Days cannot be negative."
    )
