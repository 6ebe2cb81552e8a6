from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL, split_every

# Expiry is written by SQL, past the hooks: what a job that was stopped left out is made up for in so many days.
CATCH_UP_DAYS = 7
BATCH = 1000


class AftersalesLoyaltyEntry(models.Model):
    """What reaches a card appears in the customer's history."""

    _name = "aftersales.loyalty.entry"
    _inherit = ["aftersales.loyalty.entry", "aftersales.event.source"]

    _aftersales_event_fields = frozenset({"state", "points", "card_id", "reason", "posted_at"})

    @api.model
    def _cron_expire(self):
        result = super()._cron_expire()
        self._tell_expired()
        return result

    @api.model
    def _tell_expired(self):
        """Write what has expired into the history, in batches."""
        self.env.cr.execute(
            SQL(
                """SELECT MIN(entry.id) FROM aftersales_loyalty_entry entry
                    WHERE entry.kind = 'expire' AND entry.date > %s
                 GROUP BY entry.card_id, entry.create_date
                   HAVING NOT EXISTS (SELECT FROM aftersales_event event
                                       WHERE event.source_key = 'aftersales.loyalty.entry,' || MIN(entry.id))
                 ORDER BY 1""",
                self.env.company._aftersales_today() - timedelta(days=CATCH_UP_DAYS),
            )
        )
        events_sudo = self.env["aftersales.event"].sudo()  # the projection belongs to the system
        for ids in split_every(BATCH, [row[0] for row in self.env.cr.fetchall()], tuple):
            events_sudo._project({self._name: ids})
            self.env["ir.cron"]._commit_progress()
