import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, models
from odoo.tools import SQL, split_every

_logger = logging.getLogger(__name__)

# Cards whose customers are reminded in one transaction.
BATCH = 50
# So many days a reminder leaves at least, however late it goes out.
LEFT = 7


class AftersalesLoyaltyEntry(models.Model):
    """Customers learn before points expire: once for each lot, however long the job was down."""

    _inherit = "aftersales.loyalty.entry"

    @api.model
    def _remind(self, program):
        """Announce what expires soon.

        :return: whether all of it was done; else the job goes on later
        """
        if not program.aftersales_reminder_days:
            return True
        soon = self._soon_sql(program)
        crons, ids = self.env["ir.cron"], self._ids_of_cards(soon)
        crons._commit_progress(remaining=len(ids))
        for batch in split_every(BATCH, ids, list):
            for card in self.env["loyalty.card"].browse(batch).try_lock_for_update():
                self._remind_of_card(card, soon)
            if not crons._commit_progress(len(batch)):
                return False
        return True

    @api.model
    def _soon_sql(self, program):
        return SQL(
            """lot.program_id = %s AND lot.remaining > 0 AND lot.expires_on <= %s
               AND lot.state = 'posted' AND lot.reminded_on IS NULL""",
            program.id,
            program._aftersales_today() + timedelta(days=program.aftersales_reminder_days),
        )

    @api.model
    def _remind_of_card(self, card, soon):
        """Tell one customer; a mail that cannot be made stops no other, and its points do not expire."""
        try:
            with self.env.cr.savepoint():
                self._announce(card, soon)
                card._aftersales_mail_expiring()
        except OperationalError:
            raise  # somebody else works on it: the job runs again
        except Exception:  # whatever a template that somebody edited may raise
            _logger.warning("The reminder of points on %s cannot be made", card.code, exc_info=True)

    @api.model
    def _announce(self, card, soon):
        """Mark what is announced; what is late already stays good for some days more."""
        program = card.program_id
        today, left = program._aftersales_today(), min(LEFT, program.aftersales_reminder_days)
        self.env.cr.execute(
            SQL(
                """UPDATE aftersales_loyalty_entry lot
                      SET reminded_on = %s, expires_on = GREATEST(lot.expires_on, %s)
                    WHERE lot.card_id = %s AND %s""",
                today,
                today + timedelta(days=left),
                card.id,
                soon,
            )
        )
        self.invalidate_model(["reminded_on", "expires_on"])


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    def _aftersales_expiring(self):
        """What was announced to expire, as (points in words, last day), the first to expire first (list)."""
        self.ensure_one()
        announced = [("card_id", "=", self.id), ("remaining", ">", 0), ("reminded_on", "!=", False)]
        # The mail tells the customer about their own points, whoever has it made.
        groups = (
            self.env["aftersales.loyalty.entry"]
            .sudo()
            ._read_group(announced, ["expires_on:day"], ["remaining:sum"], order="expires_on:day")
        )
        return [(self._format_points(points), day) for day, points in groups]

    def _aftersales_expires_first(self):
        """The first day on which announced points are good for the last time; False when there are none."""
        self.ensure_one()
        return next((day for _points, day in self._aftersales_expiring()), False)

    def _aftersales_mail_expiring(self):
        """Hand the reminder to the mail queue; none for closed cards and customers without address."""
        self.ensure_one()
        template = self.env.ref("aftersales_loyalty.mail_template_points_expiring", raise_if_not_found=False)
        if template and self.active and self.program_id.active and self.partner_id.email:
            company = self.program_id.company_id or self.env.company
            template.with_company(company).send_mail(
                self.id, email_values={"auto_delete": True, "is_notification": True}
            )
