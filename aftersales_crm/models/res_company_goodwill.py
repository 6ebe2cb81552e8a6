from odoo import fields, models

# Customers read companies; what a shop gives away is none of it.
STAFF = "base.group_user"


class ResCompany(models.Model):
    # How much agents may give away.

    _inherit = "res.company"

    aftersales_goodwill_limit = fields.Monetary(
        "Goodwill per case: agents",
        groups=STAFF,
        help="Up to so much in all an agent gives on one case without asking. 0: a manager is always asked.",
    )
    aftersales_goodwill_limit_all = fields.Monetary(
        "Goodwill per case: agents of all cases", groups=STAFF, help="The same for agents who handle every case."
    )
    aftersales_goodwill_budget = fields.Monetary(
        "Goodwill per month", groups=STAFF, help="For the whole company. 0: no budget, only the limits above."
    )

    _aftersales_goodwill_positive = models.Constraint(
        """CHECK(aftersales_goodwill_limit >= 0 AND aftersales_goodwill_limit_all >= 0
                 AND aftersales_goodwill_budget >= 0)""",
        "Limits and budgets are counted from zero on.",
    )

    def _aftersales_goodwill_limit(self):
        """Up to how much the user gives on one case without asking (float); None for managers, who decide."""
        self.ensure_one()
        user = self.env.user
        if user.has_group("aftersales_crm.aftersales_crm_group_manager"):
            return None
        if user.has_group("aftersales_crm.aftersales_crm_group_agent_all"):
            return max(self.aftersales_goodwill_limit_all, self.aftersales_goodwill_limit)
        return self.aftersales_goodwill_limit
