from datetime import UTC, datetime, time, timedelta

from odoo import api, fields, models
from odoo.tools.misc import format_date

from .visits import MOST_DAYS, visit_days


class AftersalesWarranty(models.Model):
    """Service plans: the days of their visits."""

    _inherit = "aftersales.warranty"

    visit_words = fields.Char("Planned visits", compute="_compute_visit_words")

    @api.depends("start_date", "end_date", "closing", "coverage")
    def _compute_visit_words(self):
        for warranty in self:
            warranty.visit_words = ", ".join(format_date(self.env, day) for day in warranty._visit_days()) or False

    def _visit_days(self):
        """The days of the visits that the service plan promises; none once it is void.

        :return: list of `datetime.date`
        """
        self.ensure_one()
        months = (self.coverage or {}).get("visit_months")
        if not months or self.closing or not self.start_date:
            return []
        # What follows the end of another warranty counts from that end.
        follows = (self.coverage or {}).get("start") == "end"
        begin = self.start_date - timedelta(days=1) if follows else self.start_date
        return visit_days(begin, self.end_date, months, self._working_days().__contains__)

    def _working_days(self):
        """The days around the warranty on which its company works, public holidays left out (set of dates)."""
        first, last = (
            datetime.combine(day, time.min, UTC)
            for day in (self.start_date - timedelta(days=MOST_DAYS), self.end_date + timedelta(days=MOST_DAYS))
        )
        # Customers read when somebody comes; the calendar itself is not for them.
        company_sudo = self.company_id.sudo()
        calendar_sudo = company_sudo.resource_calendar_id
        if not calendar_sudo:
            return {first.date() + timedelta(days=count) for count in range((last - first).days)}
        calendar_sudo = calendar_sudo.with_company(company_sudo)
        intervals = calendar_sudo._work_intervals_batch(first, last)[False]
        return {begin.date() for begin, _end, _attendance in intervals}
