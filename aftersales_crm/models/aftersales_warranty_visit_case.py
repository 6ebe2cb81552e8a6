from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .visits import moved_day

BATCH = 100


class AftersalesCase(models.Model):
    """Maintenance visits of service plans."""

    _inherit = "aftersales.case"

    visit_plan_date = fields.Date(
        "Day of the plan",
        readonly=True,
        copy=False,
        help="The visit's own day by its service plan, before holidays move it.",
    )

    _visit_once_per_plan_date = models.UniqueIndex(
        "(warranty_id, visit_plan_date) WHERE visit_plan_date IS NOT NULL", "The plan has a visit for this day already."
    )

    @api.model
    def _refused_fields(self):
        return super()._refused_fields() | {"visit_plan_date"}

    @api.model
    def _cron_plan_maintenance(self):
        """Make the visits that service plans promise for the coming days, each once, whenever the job last ran."""
        cron = self.env["ir.cron"]
        companies = self.env["res.company"].search([("aftersales_visits_since", "!=", False)])
        due = {company: self._maintenance_due(company) for company in companies}
        cron._commit_progress(remaining=sum(map(len, due.values())))
        for company, rows in due.items():
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                self.with_company(company)._make_maintenance(company, batch)
                if not cron._commit_progress(len(batch)):
                    return

    def _maintenance_due(self, company):
        """The visits of service plans that are due and not made yet, in one statement.

        :return: list of ``(warranty id, day of the plan)``
        """
        until = company._aftersales_today() + timedelta(days=company.aftersales_visit_days)
        self.env["aftersales.warranty"].flush_model()
        self.flush_model(["warranty_id", "visit_plan_date"])
        self.env.cr.execute(
            SQL(
                """SELECT plan.id, due.day::date
                     FROM aftersales_warranty plan
               CROSS JOIN LATERAL (
                              SELECT (plan.coverage ->> 'visit_months')::int AS months,
                                     plan.start_date - CASE WHEN plan.coverage ->> 'start' = 'end' THEN 1 ELSE 0 END
                                     AS begins
                          ) terms
               CROSS JOIN LATERAL (
                              SELECT terms.begins + make_interval(months => terms.months * number) AS day
                                FROM generate_series(
                                         1,
                                         ((plan.end_date - terms.begins) / 28 + 1) / NULLIF(terms.months, 0)
                                     ) number
                          ) due
                    WHERE plan.company_id = %(company)s AND plan.closing IS NULL AND plan.is_verified
                      AND (plan.coverage ->> 'visit_months')::int > 0
                      AND plan.start_date >= %(since)s
                      AND due.day <= LEAST(plan.end_date, %(until)s)
                      AND NOT EXISTS (SELECT FROM aftersales_case visit
                                       WHERE visit.warranty_id = plan.id AND visit.visit_plan_date = due.day::date)
                 ORDER BY due.day, plan.id""",
                company=company.id,
                since=company.aftersales_visits_since,
                until=until,
            )
        )
        return self.env.cr.fetchall()

    def _make_maintenance(self, company, rows):
        """Make visits of service plans.

        :param list rows: as `_maintenance_due` gives them
        """
        plans = {plan.id: plan for plan in self.env["aftersales.warranty"].browse({plan for plan, _day in rows})}
        self._open([plans[plan]._prepare_visit_vals(day) for plan, day in rows])


class AftersalesWarranty(models.Model):
    """The visits that a service plan promises, as cases."""

    _inherit = "aftersales.warranty"

    visit_ids = fields.One2many("aftersales.case", "warranty_id", "Visits", domain=[("type", "=", "visit")])

    _service_plans = models.Index(
        "(company_id, start_date) WHERE closing IS NULL AND (coverage ->> 'visit_months')::int > 0"
    )

    def _moved_visit_day(self, day):
        """The day on which a visit of the plan really is: the working one next to its own."""
        self.ensure_one()
        return moved_day(day, self.end_date, self._working_days().__contains__)

    def _prepare_visit_vals(self, day):
        """Hook: values of a maintenance visit.

        :param datetime.date day: of the plan
        """
        self.ensure_one()
        return {
            "type": "visit",
            "visit_kind": "maintenance",
            "subject": self.env._("Maintenance: %(product)s", product=self.product_id.display_name),
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "sale_order_id": self.sale_order_id.id,
            "product_id": self.product_id.id,
            "lot_id": self.lot_id.id,
            "warranty_id": self.id,
            "visit_plan_date": day,
            "visit_due": self._moved_visit_day(day),
            "channel": "system",
        }

    def _close(self, closing, reason, on=None, move=None):
        result = super()._close(closing, reason, on, move)
        plans = self.filtered(lambda warranty: (warranty.coverage or {}).get("visit_months"))
        if plans:
            # A plan that ends promises no visit any more: who ends it needs no rights on cases.
            visits_sudo = plans.sudo().visit_ids.filtered(lambda visit: visit.visit_plan_date and visit.state == "new")
            visits_sudo._transition("cancelled")
        return result
