from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# Goodwill that was carried out; what was undone waits as a draft and is off the budget.
SPENT_STATES = ("pending", "done")


class AftersalesGoodwillBudget(models.Model):
    """What a company gives away in a month, and what is left of it."""

    _name = "aftersales.goodwill.budget"
    _description = "Goodwill Budget"
    _order = "month desc, company_id"
    _rec_name = "month"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    month = fields.Date(required=True, readonly=True, help="Its first day.")
    amount = fields.Monetary("Budget", help="For this month. 0: no budget, only the limits of agents.")
    spent = fields.Monetary(compute="_compute_spent")
    left = fields.Monetary(compute="_compute_spent")
    touched_at = fields.Datetime(readonly=True)

    _month_unique = models.UniqueIndex("(company_id, month)", "There is one budget per company and month.")
    _amount_positive = models.Constraint("CHECK (amount >= 0)", "A budget is no debt.")

    @api.depends("amount")
    def _compute_spent(self):
        for budget in self:
            budget.spent = self._spent_in(budget.company_id, budget.month)
            budget.left = budget.amount - budget.spent

    @api.model
    def _spent_in(self, company, month):
        """What a company has given in a month (float).

        :param datetime.date month: its first day
        """
        # The sum tells what is left, whoever gave it.
        ((total,),) = (
            self.env["aftersales.remedy"]
            .sudo()
            ._read_group(
                [
                    ("case_id", "!=", False),
                    ("state", "in", SPENT_STATES),
                    ("company_id", "=", company.id),
                    ("granted_on", ">=", month),
                    ("granted_on", "<", month + relativedelta(months=1)),
                ],
                [],
                ["goodwill_cost:sum"],
            )
        )
        return total or 0.0

    @api.model
    def _left_of(self, company, day):
        """The budget of a month and what is left of it: ``(amount, left)``, made or not."""
        month = day.replace(day=1)
        # Agents see what is left of their company's budget.
        budget_sudo = self.sudo().search([("company_id", "=", company.id), ("month", "=", month)])
        amount = budget_sudo.amount if budget_sudo else company.sudo().aftersales_goodwill_budget
        return amount, amount - self._spent_in(company, month)

    @api.model
    def _of(self, company, day):
        """The budget of a company for the month of a day, made when it is the first.

        :return: the budget, in sudo mode
        """
        month = day.replace(day=1)
        company.flush_recordset(["aftersales_goodwill_budget"])
        self.env.cr.execute(
            SQL(
                """INSERT INTO aftersales_goodwill_budget (company_id, month, amount)
                   SELECT id, %(month)s, aftersales_goodwill_budget FROM res_company WHERE id = %(company)s
                       ON CONFLICT DO NOTHING""",
                month=month,
                company=company.id,
            )
        )
        # Agents see what is left; the row itself is the system's.
        return self.sudo().search([("company_id", "=", company.id), ("month", "=", month)])

    @api.model
    def _ensure_left(self, company, day, cost):
        """Serialize who spends on one row, and refuse what the month has not left.

        :param float cost: in the company's currency
        :raise UserError: when less is left
        """
        budget_sudo = self._of(company, day)
        budget_sudo.touched_at = fields.Datetime.now()
        budget_sudo.flush_recordset(["touched_at"])
        budget_sudo.invalidate_recordset(["spent", "left"])
        if budget_sudo.amount and company.currency_id.compare_amounts(cost, budget_sudo.left) > 0:
            raise UserError(
                self.env._(
                    "This takes %(cost)s off the goodwill budget of the month, and only %(left)s is left.",
                    cost=company.currency_id.format(cost),
                    left=company.currency_id.format(max(budget_sudo.left, 0.0)),
                )
            )
