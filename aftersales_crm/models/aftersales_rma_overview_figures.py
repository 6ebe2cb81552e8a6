from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_amount, formatLang

DAYS = 30


class AftersalesRma(models.Model):
    """The opening page: how well the shop does, in the last days and in those before them.

    Each source is asked once, for all days, whatever it holds.
    """

    _inherit = "aftersales.rma"

    @api.model
    def _figures(self):
        return [
            *super()._figures(),
            *self._promise_figures(),
            *self._feedback_figures(),
            *self._return_figures(),
            self._cost_figure(),
        ]

    # === Sources === #

    @api.model
    def _promise_figures(self):
        rows = self.env["aftersales.commitment"]._read_group(
            [("kept_on", ">", self._figures_since())],
            ["kept_on:day", "kind"],
            ["kept_rate:sum", "hours_taken:sum", "__count"],
        )
        kept, answers = self._periods(), self._periods()
        for day, kind, rate, hours, count in rows:
            self._add(kept, day, rate, count)
            if kind == "first_answer":
                self._add(answers, day, hours, count)
        action = "aftersales_crm.aftersales_commitment_action_kept"
        return [
            self._figure(
                "promises",
                self.env._("Promises kept"),
                self.env._("On or before the time that was promised first, of all that was done."),
                self._means(kept),
                action,
                self._as_percent,
            ),
            self._figure(
                "first_answer",
                self.env._("First answer"),
                self.env._("Working hours until a case was first answered, pauses excluded."),
                self._means(answers),
                action,
                self._as_hours,
                less=True,
            ),
        ]

    @api.model
    def _feedback_figures(self):
        rows = self.env["aftersales.feedback"]._read_group(
            [("answered_at", ">", self._figures_since())],
            ["answered_at:day"],
            ["csat_score:sum", "csat_score:count", "nps_score:sum", "nps_score:count"],
        )
        csat, nps = self._periods(), self._periods()
        for day, satisfied, rated, promoters, recommended in rows:
            self._add(csat, day, satisfied, rated)
            self._add(nps, day, promoters, recommended)
        action = "aftersales_crm.aftersales_feedback_report_action"
        return [
            self._figure(
                "csat",
                self.env._("Satisfied (CSAT)"),
                self.env._("Answers 4 and 5 of 5, of all answers."),
                self._means(csat),
                action,
                self._as_percent,
            ),
            self._figure(
                "nps",
                self.env._("Recommend us (NPS)"),
                self.env._("The share of 9 and 10 less the share of 0 to 6, from −100 to 100."),
                self._means(nps),
                action,
                self._as_number,
            ),
        ]

    @api.model
    def _return_figures(self):
        report = self.env["aftersales.return.report"]
        turnaround = self._periods()
        rows = report._read_group(
            [("kind", "=", "remedy"), ("date", ">", self._figures_since())], ["date:day"], ["days:sum", "days:count"]
        )
        for day, days, count in rows:
            self._add(turnaround, day, days, count)
        year = [("kind", "in", ("delivery", "return")), ("delivered_on", ">=", "today -12m")]
        rate = report._read_group(year, [], ["return_rate:avg"])[0][0]
        return [
            self._figure(
                "turnaround",
                self.env._("Turnaround"),
                self.env._("Days from the arrival of the goods to the remedy."),
                self._means(turnaround),
                "aftersales_crm.aftersales_return_report_action",
                self._as_days,
                less=True,
            ),
            self._figure(
                "return_rate",
                self.env._("Return rate"),
                self.env._("Units returned of those delivered in the last twelve months."),
                (None if rate is None else float(rate), None),
                "aftersales_crm.aftersales_return_rate_action",
                self._as_percent,
                less=True,
            ),
        ]

    @api.model
    def _cost_figure(self):
        company, costs = self.env.company, self._periods()
        rows = self.env["aftersales.claim.cost"]._read_group(
            [("date", ">", self._figures_since().date())], ["date:day", "company_id"], ["amount:sum"]
        )
        for day, owner, amount in rows:
            self._add(costs, day, owner.currency_id._convert(amount, company.currency_id, company, day), 1)
        return self._figure(
            "warranty_cost",
            self.env._("Cost of guarantee and warranty"),
            self.env._("What claims have cost: remedies, parts, labour and carriers."),
            tuple(costs[late][0] if costs[late][1] else None for late in (True, False)),
            "aftersales_crm.aftersales_claim_cost_action",
            self._as_money,
            less=True,
        )

    # === Sums === #

    @api.model
    def _figures_since(self):
        return fields.Datetime.now() - timedelta(days=2 * DAYS)

    @api.model
    def _periods(self):
        """Sum and count of the last days (True) and of those before them (False)."""
        return defaultdict(lambda: [0.0, 0])

    @api.model
    def _add(self, periods, day, total, count):
        day = day.date() if hasattr(day, "date") else day
        period = periods[day > self._figures_since().date() + timedelta(days=DAYS)]
        period[0] += total or 0.0
        period[1] += count

    @api.model
    def _means(self, periods):
        """Means of the last days and of those before; None where nothing was counted."""
        return tuple(periods[late][0] / periods[late][1] if periods[late][1] else None for late in (True, False))

    # === Words === #

    @api.model
    def _figure(self, key, name, explained, values, action, words, less=False):
        """One of `_figures`.

        :param tuple values: now and before, None where nothing is known
        :param words: makes words of a value
        :param bool less: whether less of it is better
        """
        now, before = values
        trend = False
        if now is not None and before is not None and words(now) != words(before):
            trend = "better" if (now < before) == less else "worse"
        return {
            "key": key,
            "name": name,
            "help": explained,
            "value": False if now is None else words(now),
            "before": False if before is None else words(before),
            "trend": trend,
            "action": action,
        }

    @api.model
    def _as_percent(self, value):
        return self.env._("%(number)s %%", number=formatLang(self.env, value, digits=1 if 0 < value < 10 else 0))

    @api.model
    def _as_hours(self, value):
        return self.env._("%(number)s h", number=formatLang(self.env, value, digits=1))

    @api.model
    def _as_days(self, value):
        return self.env._("%(number)s days", number=formatLang(self.env, value, digits=1))

    @api.model
    def _as_number(self, value):
        return formatLang(self.env, value, digits=0)

    @api.model
    def _as_money(self, value):
        return format_amount(self.env, value, self.env.company.currency_id)
