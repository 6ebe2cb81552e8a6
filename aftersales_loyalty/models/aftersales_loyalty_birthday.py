import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# Between two birthdays of a member lie so many days, even if the date was corrected meanwhile.
APART_DAYS = 300


class AftersalesLoyaltyBonus(models.Model):
    """Birthdays of members: once a year, also after the job stood still for some days."""

    _inherit = "aftersales.loyalty.bonus"

    @api.model
    def _cron_birthdays(self, limit=500):
        """Give members their birthday bonus."""
        cron = self.env["ir.cron"]
        due = [(bonus, *row) for bonus in self._rules("birthday") for row in bonus._birthdays(limit)]
        cron._commit_progress(remaining=len(due))
        for bonus, partner, day in due:
            try:
                with self.env.cr.savepoint():
                    bonus._give_birthday(self.env["res.partner"].sudo().browse(partner), day)
            except UserError as error:
                _logger.warning("The birthday of customer %s was not honoured: %s", partner, error)
            if not cron._commit_progress(1):
                return
        if len(due) >= limit:
            self.env.ref("aftersales_loyalty.ir_cron_birthday")._trigger()

    def _birthdays(self, limit):
        """Members whose birthday it is, or was while nobody looked: list of ``(id of the partner, day)``.

        Who was born on 29 February has it on the 28th in other years.
        """
        company = self.company_id or self.program_id.company_id or self.env.company
        today = company._aftersales_today()
        since = max(company._aftersales_date(self.since), today - relativedelta(days=self.late_days))
        self.env["res.partner"].flush_model(["aftersales_birthday", "active"])
        self.env["loyalty.card"].flush_model()
        return self.env.execute_query(
            SQL(
                """SELECT partner.id, birthday.day
                     FROM res_partner partner
                    CROSS JOIN LATERAL (
                          SELECT (partner.aftersales_birthday
                                  + make_interval(years => year - extract(year FROM partner.aftersales_birthday)::int)
                                 )::date AS day
                            FROM unnest(%(years)s) year) birthday
                    WHERE partner.aftersales_birthday IS NOT NULL AND partner.active
                      AND birthday.day BETWEEN %(since)s AND %(today)s
                      AND EXISTS (SELECT FROM loyalty_card card
                                   WHERE card.partner_id = partner.id AND card.program_id = %(program)s AND card.active)
                      AND NOT EXISTS (SELECT FROM aftersales_loyalty_award award
                                       WHERE award.bonus_id = %(bonus)s AND award.partner_id = partner.id
                                         AND award.day > birthday.day - %(apart)s)
                    ORDER BY partner.id LIMIT %(limit)s""",
                years=sorted({since.year, today.year}),
                since=since,
                today=today,
                program=self.program_id.id,
                bonus=self.id,
                apart=APART_DAYS,
                limit=limit,
            )
        )

    def _give_birthday(self, partner, day):
        gift = {
            "key": f"birthday:{partner.id}:{day.year}",
            "partner": partner,
            "company": self.company_id or self.program_id.company_id or self.env.company,
            "at": fields.Datetime.now(),
            "origin": partner,
        }
        return self._give(gift)
