from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import SQL

# What counts towards a tier of what an account of points holds: earned, not given.
QUALIFYING = ("earn", "takeback")
# As many periods as are caught up in one go; the next run goes on.
MOST_PERIODS = 50


class AftersalesLoyaltyTier(models.Model):
    """Members move between tiers: in SQL, all cards of a program at once."""

    _inherit = "aftersales.loyalty.tier"

    @api.model
    def _cron_update(self):
        """Put all members into the tiers they are due; safe to repeat, and to leave out for a while."""
        programs_sudo = self.env["loyalty.program"].sudo().browse(self._programs())
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(programs_sudo))
        for program_sudo in programs_sudo:
            self._update(program_sudo)
            if not cron._commit_progress(1):
                return
        self.env.ref("aftersales_loyalty.ir_cron_tier_news")._trigger()

    @api.model
    def _update(self, program):
        """Bring the tiers of all members of a program up to date."""
        self._end_periods(program)
        self._raise(program)
        if not program.aftersales_tier_started:
            self._start(program)
        self._note_drops(program)

    # === What counts === #

    @api.model
    def _have_sql(self, program, condition, first, last):
        """What counts for the members of a program: common table expressions, the last one ``have``.

        Points of cards that were merged count for the card that is left; what was taken back counts on the day
        on which it had been earned.

        :param SQL condition: which ``card`` of `loyalty_card`
        :param SQL first: first day that counts, may name ``card``
        :param SQL last: last day
        """
        members = SQL(
            """member AS (
                   SELECT card.id, card.partner_id, %(first)s AS first, %(last)s AS last
                     FROM loyalty_card card
                    WHERE card.program_id = %(program)s AND card.active AND card.partner_id IS NOT NULL
                      AND %(condition)s)""",
            program=program.id,
            condition=condition,
            first=first,
            last=last,
        )
        self.env["loyalty.card"].flush_model()
        if program.aftersales_tier_basis == "spend":
            return SQL("%s, %s", members, self._spend_sql(program))
        self.env["aftersales.loyalty.entry"].flush_model()
        return SQL(
            """%(members)s, owner AS (
                   SELECT id, id AS card_id, first, last FROM member
                    UNION ALL
                   SELECT merged.id, owner.card_id, owner.first, owner.last
                     FROM owner JOIN loyalty_card merged ON merged.aftersales_merged_into_id = owner.id),
               have AS (
                   SELECT owner.card_id, SUM(entry.points) AS have
                     FROM owner
                     JOIN aftersales_loyalty_entry entry ON entry.card_id = owner.id
                     LEFT JOIN LATERAL (
                          SELECT MIN(date) AS date FROM aftersales_loyalty_entry earned
                           WHERE entry.kind = 'takeback' AND earned.sale_line_id = entry.sale_line_id
                             AND earned.kind = 'earn') earned ON entry.kind = 'takeback'
                    WHERE entry.kind IN %(kinds)s AND entry.state IN ('posted', 'pending')
                      AND COALESCE(earned.date, entry.date) BETWEEN owner.first AND owner.last
                    GROUP BY owner.card_id)""",
            members=members,
            kinds=QUALIFYING,
        )

    @api.model
    def _spend_sql(self, program):
        """Posted invoices less credit notes of each member's company, in the currency of the program."""
        self.env["account.move"].flush_model()
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        companies = self.env["res.company"].sudo().search([("id", "child_of", program.company_id.ids)])
        own = SQL("AND move.company_id IN %s", tuple(companies.ids)) if program.company_id else SQL()
        return SQL(
            """have AS (
                   SELECT member.id AS card_id,
                          ROUND(SUM(CASE WHEN move.currency_id = %(currency)s
                                         THEN move.amount_total_in_currency_signed
                                         ELSE move.amount_total_signed * %(rate)s
                                    END)::numeric, 2) AS have
                     FROM member
                     JOIN res_partner partner ON partner.id = member.partner_id
                     JOIN account_move move ON move.commercial_partner_id = partner.commercial_partner_id
                     JOIN res_company company ON company.id = move.company_id
                    WHERE move.move_type IN ('out_invoice', 'out_refund', 'out_receipt') AND move.state = 'posted'
                      AND move.invoice_date BETWEEN member.first AND member.last %(own)s
                    GROUP BY member.id)""",
            currency=program.currency_id.id,
            rate=self._rate_sql(program.currency_id),
            own=own,
        )

    @api.model
    def _rate_sql(self, currency):
        """How much of a currency one unit of the company's is worth on the day of an invoice, as Odoo converts."""

        def rate(wanted):
            return SQL(
                """COALESCE((SELECT rate.rate FROM res_currency_rate rate
                              WHERE rate.currency_id = %(wanted)s AND rate.name <= move.invoice_date
                                AND (rate.company_id IS NULL OR rate.company_id = %(root)s)
                              ORDER BY rate.company_id, rate.name DESC LIMIT 1),
                            (SELECT rate.rate FROM res_currency_rate rate
                              WHERE rate.currency_id = %(wanted)s
                                AND (rate.company_id IS NULL OR rate.company_id = %(root)s)
                              ORDER BY rate.company_id, rate.name LIMIT 1), 1.0)""",
                wanted=wanted,
                root=SQL("split_part(company.parent_path, '/', 1)::int"),
            )

        return SQL(
            "CASE WHEN company.currency_id = %(currency)s THEN 1.0 ELSE %(to)s / %(own)s END",
            currency=currency.id,
            to=rate(SQL("%s", currency.id)),
            own=rate(SQL("company.currency_id")),
        )

    @api.model
    def _period_sql(self, program):
        """First and last day of the period that a card's tier ends with (two SQL)."""
        if program.aftersales_tier_period == "year":
            first = SQL("date_trunc('year', card.aftersales_tier_until)::date")
        else:
            months = program.aftersales_tier_months
            first = SQL("(card.aftersales_tier_until - make_interval(months => %s) + interval '1 day')::date", months)
        return first, SQL("card.aftersales_tier_until")

    # === Moving === #

    @api.model
    def _raise(self, program, cards=None):
        """Members who reached a higher tier are in it from today until the end of the period.

        :param cards: `loyalty.card`; None: all
        """
        if cards is not None and not cards:
            return
        today = program._aftersales_today()
        self.flush_model()
        have = self._have_sql(
            program,
            SQL("card.id IN %s", tuple(cards.ids)) if cards is not None else SQL("TRUE"),
            SQL("%s::date", program._aftersales_tier_first_day(today)),
            SQL("%s::date", today),
        )
        self.env.cr.execute(
            SQL(
                """WITH RECURSIVE %(have)s, target AS (
                       SELECT card.id, tier.id AS tier_id, tier.threshold
                         FROM member
                         JOIN loyalty_card card ON card.id = member.id
                         LEFT JOIN have ON have.card_id = member.id
                         LEFT JOIN aftersales_loyalty_tier held ON held.id = card.aftersales_tier_id
                        CROSS JOIN LATERAL (%(best)s) tier
                        WHERE tier.threshold > COALESCE(held.threshold, -1))
                   UPDATE loyalty_card card
                      SET aftersales_tier_before = CASE WHEN card.aftersales_tier_since = %(today)s
                                                        THEN card.aftersales_tier_before
                                                        ELSE jsonb_build_object(
                                                            'tier', card.aftersales_tier_id,
                                                            'since', card.aftersales_tier_since,
                                                            'until', card.aftersales_tier_until) END,
                          aftersales_tier_id = target.tier_id, aftersales_tier_since = %(today)s,
                          aftersales_tier_until = %(until)s, aftersales_tier_notice = NULL,
                          aftersales_tier_told_id = CASE WHEN target.threshold = 0 OR NOT %(told)s THEN target.tier_id
                                                         ELSE card.aftersales_tier_told_id END
                     FROM target
                    WHERE card.id = target.id""",
                have=have,
                best=self._best_sql(program),
                today=today,
                until=program._aftersales_tier_last_day(today),
                told=bool(program.aftersales_tier_started),
            )
        )
        if self.env.cr.rowcount:
            self._forget_cards()
            self.env.ref("aftersales_loyalty.ir_cron_tier_news").sudo()._trigger()  # members are told

    @api.model
    def _best_sql(self, program):
        """The highest tier of a program that a member's ``have`` reaches."""
        return SQL(
            """SELECT id, threshold FROM aftersales_loyalty_tier
                WHERE program_id = %s AND active AND threshold <= COALESCE(have.have, 0)
                ORDER BY threshold DESC LIMIT 1""",
            program.id,
        )

    @api.model
    def _end_periods(self, program):
        """Where a member's period is over, what counted in it decides about the next; one period after the other."""
        today = program._aftersales_today()
        for _period in range(MOST_PERIODS):
            if not self._end_period(program, today):
                break
        self._forget_cards()

    @api.model
    def _end_period(self, program, today):
        """Decide about one period of each member whose period is over; how many there were (int)."""
        self.flush_model()
        if program.aftersales_tier_period == "year":
            until = SQL("(date_trunc('year', card.aftersales_tier_until + 1) + interval '1 year - 1 day')::date")
        else:
            months = program.aftersales_tier_months
            until = SQL("(card.aftersales_tier_until + make_interval(months => %s))::date", months)
        condition = SQL("card.aftersales_tier_until < %s AND card.aftersales_tier_id IS NOT NULL", today)
        self.env.cr.execute(
            SQL(
                """WITH RECURSIVE %(have)s, target AS (
                       SELECT member.id, tier.id AS tier_id
                         FROM member
                         LEFT JOIN have ON have.card_id = member.id
                         LEFT JOIN LATERAL (%(best)s) tier ON TRUE)
                   UPDATE loyalty_card card
                      SET aftersales_tier_id = target.tier_id, aftersales_tier_notice = NULL,
                          aftersales_tier_since = CASE WHEN target.tier_id = card.aftersales_tier_id
                                                       THEN card.aftersales_tier_since
                                                       WHEN target.tier_id IS NOT NULL
                                                       THEN card.aftersales_tier_until + 1 END,
                          aftersales_tier_until = CASE WHEN target.tier_id IS NOT NULL THEN %(until)s END
                     FROM target
                    WHERE card.id = target.id""",
                have=self._have_sql(program, condition, *self._period_sql(program)),
                best=self._best_sql(program),
                until=until,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _start(self, program):
        """The first time members are put into tiers; nobody is told of what was before."""
        self.env.cr.execute(
            SQL(
                """UPDATE loyalty_card SET aftersales_tier_told_id = aftersales_tier_id
                    WHERE program_id = %s AND aftersales_tier_told_id IS DISTINCT FROM aftersales_tier_id""",
                program.id,
            )
        )
        self._forget_cards()
        program.aftersales_tier_started = program._aftersales_today()

    @api.model
    def _note_drops(self, program):
        """Note who will drop at the end of the period unless something is added, once per period."""
        if not program.aftersales_tier_notice_days:
            return
        today = program._aftersales_today()
        condition = SQL(
            """card.aftersales_tier_until BETWEEN %s AND %s AND card.aftersales_tier_notice IS NULL
               AND card.aftersales_tier_id IS NOT NULL""",
            today,
            today + relativedelta(days=program.aftersales_tier_notice_days),
        )
        self.env.cr.execute(
            SQL(
                """WITH RECURSIVE %(have)s
                   UPDATE loyalty_card card SET aftersales_tier_notice = 'due'
                     FROM member
                     LEFT JOIN have ON have.card_id = member.id, aftersales_loyalty_tier tier
                    WHERE card.id = member.id AND tier.id = card.aftersales_tier_id
                      AND tier.threshold > COALESCE(have.have, 0)""",
                have=self._have_sql(program, condition, *self._period_sql(program)),
            )
        )
        self._forget_cards()

    @api.model
    def _forget_cards(self):
        names = ("tier_id", "tier_since", "tier_until", "tier_told_id", "tier_notice", "tier_before")
        self.env["loyalty.card"].invalidate_model([f"aftersales_{name}" for name in names], flush=False)
