from odoo import api, fields, models

# Customers read companies; how visits are planned is none of it.
STAFF = "base.group_user"


class ResCompany(models.Model):
    # Visits of service plans.

    _inherit = "res.company"

    aftersales_visits_since = fields.Date(
        "Plans begun since",
        groups=STAFF,
        help="Service plans that began before make no visits. Set an earlier day if you want them to.",
    )
    aftersales_visits_on = fields.Boolean(
        "Visits of service plans",
        compute="_compute_aftersales_visits_on",
        inverse="_inverse_aftersales_visits_on",
        groups=STAFF,
    )
    aftersales_visit_days = fields.Integer(
        "Make visits ahead (days)",
        default=14,
        groups=STAFF,
        help="So many days before it is due a visit waits for its window.",
    )

    _aftersales_visit_days_positive = models.Constraint(
        "CHECK(aftersales_visit_days >= 0)", "Days ahead are counted from zero on."
    )

    @api.depends("aftersales_visits_since")
    def _compute_aftersales_visits_on(self):
        for company in self:
            company.aftersales_visits_on = bool(company.aftersales_visits_since)

    def _inverse_aftersales_visits_on(self):
        for company in self:
            since = company.aftersales_visits_since or company._aftersales_today()
            company.aftersales_visits_since = company.aftersales_visits_on and since
