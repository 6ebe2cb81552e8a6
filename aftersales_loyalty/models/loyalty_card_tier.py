from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date


class LoyaltyCard(models.Model):
    # The tier of a member. It changes by SQL for many cards at once, see `aftersales.loyalty.tier`.

    _name = "loyalty.card"
    _inherit = ["loyalty.card", "aftersales.system.mixin"]

    _aftersales_system_fields = frozenset(
        {
            "aftersales_tier_id",
            "aftersales_tier_since",
            "aftersales_tier_until",
            "aftersales_tier_told_id",
            "aftersales_tier_notice",
            "aftersales_tier_before",
        }
    )

    aftersales_tier_id = fields.Many2one(
        "aftersales.loyalty.tier", "Tier", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
    aftersales_tier_since = fields.Date("Tier since", readonly=True, copy=False)
    aftersales_tier_until = fields.Date(
        "Tier until", readonly=True, copy=False, help="Last day of the period. Nobody drops before it is over."
    )
    aftersales_tier_told_id = fields.Many2one(
        "aftersales.loyalty.tier",
        "Tier the member knows of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    aftersales_tier_notice = fields.Selection(
        [("due", "To be told"), ("sent", "Told")], "Told of the drop", readonly=True, copy=False
    )

    # What the member had before the last rise, for an order that is cancelled: tier, since, until.
    aftersales_tier_before = fields.Json(copy=False, groups="base.group_system")

    _aftersales_tier_ends = models.Index("(program_id, aftersales_tier_until) WHERE aftersales_tier_until IS NOT NULL")
    _aftersales_tier_news = models.Index(
        "(id) WHERE aftersales_tier_id IS DISTINCT FROM aftersales_tier_told_id OR aftersales_tier_notice = 'due'"
    )

    # === Progress === #

    def _aftersales_tier_progress(self):
        """Where a member stands on the way to the next tier.

        :return: dict with ``tier`` and ``next`` (`aftersales.loyalty.tier`, may be empty), ``have``, ``need`` (of the
            next tier; 0 without one) and ``missing`` (points or money, float), ``basis`` (``points`` or ``spend``),
            ``until`` (last day that the tier is sure, ``YYYY-MM-DD`` or False) and ``keep_missing`` (what is missing
            to keep the tier after that day)
        """
        self.ensure_one()
        return self._aftersales_tier_progresses()[self]

    def _aftersales_tier_progresses(self):
        """As `_aftersales_tier_progress`, for many cards: dict of card to dict."""
        # Members and agents may know of a card's tier what they cannot read of entries and invoices.
        progresses = {}
        for program, cards_sudo in self.sudo().grouped("program_id").items():
            tiers = program.aftersales_tier_ids.filtered("active").sorted("threshold") if program else []
            have = cards_sudo._aftersales_tier_have() if tiers else {}
            for card_sudo in cards_sudo:
                progress = card_sudo._aftersales_tier_standing(tiers, *have.get(card_sudo.id, (0.0, 0.0)))
                progresses[card_sudo.with_env(self.env)] = progress
        return progresses

    def _aftersales_tier_standing(self, tiers, have, kept):
        tier, until = self.aftersales_tier_id, self.aftersales_tier_until
        above = [one for one in tiers if one.threshold > (tier.threshold if tier else -1.0)]
        following = above[0] if above else tier.browse()
        return {
            "tier": tier,
            "next": following,
            "have": have,
            "need": following.threshold,
            "missing": max(round(following.threshold - have, 2), 0.0),
            "basis": self.program_id.aftersales_tier_basis,
            "until": until and fields.Date.to_string(until),
            "keep_missing": max(round(tier.threshold - kept, 2), 0.0) if until else 0.0,
        }

    def _aftersales_tier_have(self):
        """What counts for cards of one program: dict of card id to ``[up to today, for the period of the tier]``."""
        program = self.program_id
        today = program._aftersales_today()
        now = self.env["aftersales.loyalty.tier"]._have_sql(
            program,
            SQL("card.id IN %s", tuple(self.ids)),
            SQL("%s::date", program._aftersales_tier_first_day(today)),
            SQL("%s::date", today),
        )
        later = self.env["aftersales.loyalty.tier"]._have_sql(
            program,
            SQL("card.id IN %s AND card.aftersales_tier_until IS NOT NULL", tuple(self.ids)),
            *self.env["aftersales.loyalty.tier"]._period_sql(program),
        )
        have = defaultdict(lambda: [0.0, 0.0])
        for index, query in enumerate((now, later)):
            for card, total in self.env.execute_query(SQL("WITH RECURSIVE %s SELECT card_id, have FROM have", query)):
                have[card][index] = float(total)
        return have

    def _aftersales_tier_words(self, progress):
        """What is missing for the next tier, short, for staff; "" where nothing is.

        :param dict progress: of `_aftersales_tier_progress`
        """
        self.ensure_one()
        following, until = progress["next"], progress["until"]
        words = []
        if following:
            missing = self._aftersales_tier_amount(progress["missing"])
            words.append(self.env._("%(missing)s to %(tier)s", missing=missing, tier=following.name))
        if until and progress["keep_missing"]:
            day = format_date(self.env, until)
            missing = self._aftersales_tier_amount(progress["keep_missing"])
            words.append(self.env._("%(missing)s by %(day)s to stay", missing=missing, day=day))
        return ", ".join(words)

    def _aftersales_tier_amount(self, amount):
        """An amount of what the program's tiers count, in words."""
        program_sudo = self.sudo().program_id  # its currency and what its points are called are no secret
        if program_sudo.aftersales_tier_basis == "spend":
            return program_sudo.currency_id.format(amount)
        return self.sudo()._format_points(amount)

    # === Up at once === #

    def _aftersales_undo_rise(self, day):
        """Members whom a cancelled order has lifted are where they were before, unless they have enough without it.

        :param datetime.date day: of the order
        """
        # Who cancels an order has no rights on tiers.
        risen_sudo = self.sudo().filtered(
            lambda card: card.aftersales_tier_id and card.aftersales_tier_since and card.aftersales_tier_since >= day
        )
        for card_sudo in risen_sudo:
            if card_sudo._aftersales_tier_progress()["have"] >= card_sudo.aftersales_tier_id.threshold:
                continue
            before = card_sudo.aftersales_tier_before or {}
            card_sudo.write(
                {
                    "aftersales_tier_id": before.get("tier"),
                    "aftersales_tier_since": before.get("since"),
                    "aftersales_tier_until": before.get("until"),
                    "aftersales_tier_before": False,
                }
            )
        risen_sudo._aftersales_raise_tiers()

    def _aftersales_raise_tiers(self):
        """Put members who reached a higher tier into it."""
        programs = self.env["aftersales.loyalty.tier"]._programs()
        if not programs:
            return
        # Whoever sells, invoices or takes back moves a customer's tier, without rights on cards.
        for program_sudo, cards_sudo in self.sudo().grouped("program_id").items():
            if program_sudo.id in programs:
                self.env["aftersales.loyalty.tier"]._raise(program_sudo, cards_sudo)
