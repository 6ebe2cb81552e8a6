from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

PROMISED, MOVED, TOMORROW = "visit_promised", "visit_moved", "visit_tomorrow"


class AftersalesVisitMail(models.Model):
    """What a customer is told about a visit: when its window is promised, when it moves, and the day before."""

    _name = "aftersales.visit.mail"
    _description = "Mail of a Visit"
    _inherit = ["aftersales.case.step.mail"]

    _looks_at = ("company_id", "opened_at", "visit_from", "visit_promises", "state")
    _job = "aftersales_crm.aftersales_visit_mail_cron"

    case_id = fields.Many2one("aftersales.case", "Visit", required=True, readonly=True, index=True, ondelete="cascade")

    _once = models.UniqueIndex("(case_id, step_id, occasion)")
    _waiting = models.Index("(case_id, id) WHERE state = 'waiting'")

    # === The day before === #

    @api.model
    def _cron_remind(self):
        """Note the visits of tomorrow, and those still to come today after a pause of this job; each window once."""
        step = self.env["aftersales.mail.step"].search([("code", "=", TOMORROW)])
        for company in self.env["res.company"].search(Domain.TRUE):
            since = step.with_company(company).since
            if since:
                self._note_tomorrow(step, company, since)
        self._trigger()

    def _note_tomorrow(self, step, company, since):
        """Note the visits of one company, unless their window was told today.

        :param datetime.date since: visits from before get no mail
        """
        now = fields.Datetime.now()
        self.env["aftersales.case"].flush_model()
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """INSERT INTO aftersales_visit_mail (case_id, step_id, occasion, state, noted_at)
                   SELECT visit.id, %(step)s, visit.visit_promises::text, 'waiting', %(now)s
                     FROM aftersales_case visit
                    WHERE visit.company_id = %(company)s AND visit.is_open AND visit.type = 'visit'
                      AND visit.visit_started_at IS NULL
                      AND visit.visit_from > %(now)s AND visit.visit_from < %(until)s
                      AND %(opened_on)s >= %(since)s
                      AND NOT EXISTS (SELECT FROM aftersales_visit_mail told
                                       WHERE told.case_id = visit.id
                                         AND told.occasion = visit.visit_promises::text
                                         AND told.noted_at >= %(today)s)
                 ORDER BY visit.id
                       ON CONFLICT DO NOTHING""",
                step=step.id,
                company=company.id,
                now=now,
                since=since,
                opened_on=self._day_sql("visit", "opened_at"),
                today=self._midnight(company, 0),
                until=self._midnight(company, 2),
            )
        )

    def _midnight(self, company, days):
        """The beginning of a day so many days from today where the company is, in UTC (naive)."""
        zone = pytz.timezone(company._aftersales_zone())
        begin = datetime.combine(company._aftersales_today() + timedelta(days=days), time.min)
        return zone.localize(begin).astimezone(pytz.utc).replace(tzinfo=None)

    # === Sending === #

    def _send_last(self):
        """Nothing is said about a visit that is over or called off, nor about a window that moved since."""
        visit = self.case_id
        if not visit.is_open or not visit.visit_from or visit.visit_to < fields.Datetime.now():
            self._close("skipped", self.env._("The visit is over or has no window any more."))
            return
        super()._send_last()

    # === Actions === #

    def action_retry(self):
        """Try again what failed."""
        self._retry()
        return True


class AftersalesCase(models.Model):
    """Visits whose customer is told."""

    _inherit = "aftersales.case"

    visit_promises = fields.Integer("Windows promised", readonly=True, copy=False, help="How often the window was set.")

    @api.model
    def _refused_fields(self):
        return super()._refused_fields() | {"visit_promises"}

    def _window_promised(self):
        result = super()._window_promised()
        for visit in self:
            # Whoever plans it, the count is the system's.
            visit.sudo()._write_guarded({"visit_promises": visit.visit_promises + 1})
            code = MOVED if visit.visit_promises > 1 else PROMISED
            self.env["aftersales.visit.mail"]._note(visit.id, code, str(visit.visit_promises))
        return result
