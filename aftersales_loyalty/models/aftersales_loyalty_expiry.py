from odoo import api, fields, models
from odoo.tools import SQL, split_every

from .aftersales_loyalty_post import GIFTS

# Cards whose points expire in one transaction.
BATCH = 10_000


class AftersalesLoyaltyEntry(models.Model):
    """Points whose last day is over leave their cards, many cards in one statement."""

    _inherit = "aftersales.loyalty.entry"

    keeps_end = fields.Boolean(
        "Ends on a named day",
        readonly=True,
        help="Whoever gave these points named their last day: no activity moves it.",
    )

    def _prepare_move(self, vals, follow=True):
        move = super()._prepare_move(vals, follow)
        named = vals["kind"] in GIFTS and vals.get("expires_on")
        return {**move, "keeps_end": True} if named else move

    # === The job === #

    @api.model
    def _cron_expire(self):
        """Remind of points that expire soon, let those expire whose last day is over; what is done stays done."""
        self.env.flush_all()
        kept = self.env["loyalty.program"].browse(sorted(self.env["loyalty.program"]._aftersales_kept()))
        expiring = self.sudo()._with_system()  # a job of the system, on all cards
        for program in kept.sudo():
            expiring._prolong_active(program)
            if not (expiring._remind(program) and expiring._expire(program)):
                self.env.ref("aftersales_loyalty.aftersales_loyalty_expire_cron")._trigger()
                break

    @api.model
    def _prolong_active(self, program):
        """Where points last as long as the customer is active, move their last day on; they are announced anew.

        An order of which nothing was kept was no activity.
        """
        if program.aftersales_expiry != "activity":
            return
        self.env.cr.execute(
            SQL(
                """UPDATE aftersales_loyalty_entry lot SET expires_on = active.until, reminded_on = NULL
                     FROM (SELECT card_id, (MAX(date) + make_interval(months => %(months)s))::date AS until
                             FROM (SELECT card_id, MAX(date) FILTER (WHERE kind IN ('earn', 'spend')) AS date
                                     FROM aftersales_loyalty_entry
                                    WHERE program_id = %(program)s AND state <> 'void'
                                      AND kind IN ('earn', 'takeback', 'spend', 'giveback')
                                 GROUP BY card_id, origin_model, origin_id
                                   HAVING SUM(points) FILTER (WHERE kind IN ('earn', 'takeback')) <> 0
                                       OR SUM(points) FILTER (WHERE kind IN ('spend', 'giveback')) <> 0) kept
                         GROUP BY card_id) active
                    WHERE lot.card_id = active.card_id AND lot.program_id = %(program)s AND lot.remaining > 0
                      AND lot.expires_on < active.until AND lot.keeps_end IS NOT TRUE""",
                months=program.aftersales_expiry_months,
                program=program.id,
            )
        )
        self.invalidate_model(["expires_on", "reminded_on"])
        self.env["ir.cron"]._commit_progress()

    @api.model
    def _expire(self, program):
        """Let what is over expire.

        :return: whether all of it was done; else the job goes on later
        """
        today = program._aftersales_today()
        over = self._over_sql(program, today)
        crons, ids = self.env["ir.cron"], self._ids_of_cards(over)
        crons._commit_progress(remaining=len(ids))
        for batch in split_every(BATCH, ids, list):
            self._expire_cards(batch, over, today)
            if not crons._commit_progress(len(batch)):
                return False
        return True

    @api.model
    def _over_sql(self, program, today):
        """Condition: a lot is over. Where customers are reminded, nothing expires that was not announced."""
        announced = SQL("AND lot.reminded_on IS NOT NULL") if program.aftersales_reminder_days else SQL()
        return SQL(
            "lot.program_id = %s AND lot.remaining > 0 AND lot.expires_on < %s AND lot.state = 'posted' %s",
            program.id,
            today,
            announced,
        )

    @api.model
    def _ids_of_cards(self, condition):
        """Ids of the cards with such lots (list of int)."""
        self.env.cr.execute(
            SQL("SELECT DISTINCT lot.card_id FROM aftersales_loyalty_entry lot WHERE %s ORDER BY 1", condition)
        )
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _expire_cards(self, ids, over, today):
        """Empty lots of some cards, note it and lower the balances, in one statement.

        Cards that somebody else is about to change are left to the next run. Nobody is named as the one who did it:
        the database would look up the same user millions of times.
        """
        self.env.cr.execute(
            SQL(
                """WITH held AS (
                       SELECT id FROM loyalty_card WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
                   ), due AS (
                       SELECT lot.id, lot.card_id, lot.program_id, lot.company_id, lot.remaining
                         FROM held JOIN aftersales_loyalty_entry lot ON lot.card_id = held.id
                        WHERE %(over)s
                   ), emptied AS (
                       UPDATE aftersales_loyalty_entry lot SET remaining = 0, write_date = %(now)s
                         FROM due WHERE lot.id = due.id
                   ), lowered AS (
                       UPDATE loyalty_card card
                          SET points = ROUND(card.points::numeric, 2) - lost.points, write_date = %(now)s
                         FROM (SELECT card_id, SUM(remaining) AS points FROM due GROUP BY card_id) lost
                        WHERE card.id = lost.card_id
                   )
                   INSERT INTO aftersales_loyalty_entry
                          (card_id, program_id, company_id, kind, points, remaining, state, date, posted_at, lot_id,
                           create_date, write_date)
                   SELECT card_id, program_id, company_id, 'expire', -remaining, 0, 'posted', %(today)s, %(now)s, id,
                          %(now)s, %(now)s
                     FROM due
                 ORDER BY id""",
                ids=ids,
                over=over,
                today=today,
                now=fields.Datetime.now(),
            )
        )
        self.env.invalidate_all()
