from dateutil.relativedelta import relativedelta

from odoo import fields, models

# What says which programs have tiers.
SWITCHES = {"active", "aftersales_ledger", "company_id", "aftersales_tier_basis"}


class LoyaltyProgram(models.Model):
    # Tiers: by what and within which period members reach them.

    _name = "loyalty.program"
    _inherit = ["loyalty.program", "aftersales.system.mixin"]

    _aftersales_system_fields = frozenset({"aftersales_tier_started"})

    aftersales_tier_ids = fields.One2many("aftersales.loyalty.tier", "program_id", "Tiers", copy=True)
    aftersales_tier_basis = fields.Selection(
        [("points", "Points earned"), ("spend", "Money spent")],
        "Tiers by",
        required=True,
        default="points",
        help="Points: what orders earned less what returns took back, from the day of the order, also while points "
        "still wait. Money: posted invoices less credit notes, taxes included.",
    )
    aftersales_tier_period = fields.Selection(
        [("rolling", "the last months"), ("year", "the calendar year")], "Within", required=True, default="rolling"
    )
    aftersales_tier_months = fields.Integer("Months", default=12, required=True)
    aftersales_tier_notice_days = fields.Integer(
        "Tell before a drop (days)",
        default=30,
        required=True,
        help="So many days before the end of the period, members who would drop are told. 0: they are not.",
    )
    aftersales_tier_started = fields.Date(
        "Tiers since",
        readonly=True,
        copy=False,
        help="When members were first put into tiers. That first time nobody gets a mail.",
    )

    _aftersales_tier_months_range = models.Constraint(
        "CHECK(aftersales_tier_months BETWEEN 1 AND 120)", "The period of the tiers is 1 to 120 months."
    )
    _aftersales_tier_notice_range = models.Constraint(
        "CHECK(aftersales_tier_notice_days BETWEEN 0 AND 365)", "Members are told 0 to 365 days before a drop."
    )

    def write(self, vals):
        if SWITCHES & vals.keys():
            self.env.registry.clear_cache()
        return super().write(vals)

    def _aftersales_tier_first_day(self, last):
        """First day of the period of the tiers that ends with a day."""
        self.ensure_one()
        if self.aftersales_tier_period == "year":
            return last.replace(month=1, day=1)
        return last - relativedelta(months=self.aftersales_tier_months) + relativedelta(days=1)

    def _aftersales_tier_last_day(self, first):
        """Until when a tier that is reached on a day is kept: the end of the period that the day is in, or begins."""
        self.ensure_one()
        if self.aftersales_tier_period == "year":
            return first.replace(month=12, day=31)
        return first + relativedelta(months=self.aftersales_tier_months) - relativedelta(days=1)
