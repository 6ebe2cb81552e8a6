from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.misc import format_date

# How many days of a kind (release, expiry) and rows of the statement stand on the page.
SHOWN_DAYS = 4
SHOWN_ROWS = 5
# Rows on paper.
PRINTED_ROWS = 500
# Days ahead that count as soon.
SOON = 90


class LoyaltyCard(models.Model):
    # A card in its holder's words.

    _inherit = "loyalty.card"

    # === Whose === #

    @api.model
    def _portal_cards(self, partner, companies):
        """The cards that a customer sees: their own, of programs that run and keep a ledger.

        A card belongs to the contact that holds it: colleagues do not see it.

        :param partner: `res.partner`, the visitor's
        :param companies: `res.company` that the visitor is in
        :return: `loyalty.card` in sudo mode, by program, the newest first
        """
        programs = self.env["loyalty.program"]._portal_domain(companies)
        domain = Domain("partner_id", "=", partner.id) & Domain("program_id", "any", programs)
        # Customers have no right on cards; the domain is their own.
        cards_sudo = self.sudo().search(domain, order="id desc")
        return cards_sudo.sorted(lambda card: (card.program_id.sequence, card.program_id.id))

    # === Words === #

    def _portal_points(self, points, signed=False):
        """See `loyalty.program`."""
        self.ensure_one()
        return self.program_id._portal_points(points, signed)

    def _portal_day(self, day):
        return format_date(self.env, day, date_format="medium")

    def _portal_today(self):
        return self.program_id._aftersales_today()

    def _portal_ending(self, cards):
        """The end of the code, where it is needed to tell the card from others; else ""."""
        self.ensure_one()
        return self.code[-4:] if len(cards.filtered(lambda card: card.program_id == self.program_id)) > 1 else ""

    def _portal_is_money(self):
        """Whether a point is a piece of money, as in a wallet."""
        self.ensure_one()
        return self.program_id.program_type == "ewallet"

    def _portal_worth(self):
        """What the balance is worth, in the program's currency; 0 where nobody said.

        :rtype: float
        """
        self.ensure_one()
        value = 0.0 if self._portal_is_money() else self.program_id.aftersales_point_value
        return self.currency_id.round(max(self.points, 0.0) * value)

    def _portal_notice(self):
        """Why the points are of no use any more; "" while they are."""
        self.ensure_one()
        today, valid, program_ends = self._portal_today(), self.expiration_date, self.program_id.date_to
        if valid and valid < today:
            return self.env._("This card was valid until %(day)s.", day=self._portal_day(valid))
        if program_ends and program_ends < today:
            return self.env._("This program ended on %(day)s.", day=self._portal_day(program_ends))
        return ""

    def _get_report_base_filename(self):
        self.ensure_one()
        return self.env._("Statement of points %(code)s", code=self.code)

    # === The page === #

    def _portal_overviews(self):
        """What the page shows of each card.

        :return: list of dicts with ``card``, ``ending`` (of the code, where the customer holds several cards of the
            program), ``worth`` (float), ``notice``, ``owed`` (whether the next points go to what was taken back),
            ``pending`` and ``expiring`` (lists of dicts with ``words`` and ``points``), ``tier`` (dict or None),
            ``rewards`` (list of dicts), ``referral`` (dict or None) and ``rows`` (the latest of the statement)
        """
        pending, expiring, rewards = self._portal_pending(), self._portal_expiring(), self._portal_rewards()
        owing, entries = self._portal_owing(), self.env["aftersales.loyalty.entry"]
        return [
            {
                "card": card,
                "ending": card._portal_ending(self),
                "worth": card._portal_worth(),
                "notice": card._portal_notice(),
                "owed": card.points < 0 or card in owing,
                "pending": pending[card],
                "expiring": expiring[card],
                "tier": card._portal_tier(),
                "rewards": rewards[card],
                "referral": card._portal_referral(),
                "rows": entries._portal_rows(card, limit=SHOWN_ROWS),
            }
            for card in self
        ]

    def _portal_statement(self):
        """What is printed.

        :return: dict with ``rows`` and ``is_cut`` (whether there are older ones)
        """
        self.ensure_one()
        rows = self.env["aftersales.loyalty.entry"]._portal_rows(self, limit=PRINTED_ROWS + 1)
        return {"rows": rows[:PRINTED_ROWS], "is_cut": len(rows) > PRINTED_ROWS}

    def _portal_pending(self):
        """Points that wait, by the day on which they become usable.

        :return: dict card → list of dicts with ``words`` and ``points``
        """
        groups = self.env["aftersales.loyalty.entry"]._read_group(
            Domain("card_id", "in", self.ids) & Domain("state", "=", "pending") & Domain("points", ">", 0),
            ["card_id", "release_on:day"],
            ["points:sum"],
            order="release_on:day",
        )
        days = defaultdict(list)
        for card, day, points in groups:
            days[card].append((day, points))
        return {card: card._portal_waits(days[card]) for card in self}

    def _portal_owing(self):
        """Cards of programs that stay at zero, from whose next points something is taken."""
        domain = Domain("card_id", "in", self.ids) & Domain("state", "=", "pending") & Domain("points", "<", 0)
        groups = self.env["aftersales.loyalty.entry"]._read_group(domain, ["card_id"])
        return self.browse(card.id for (card,) in groups)

    def _portal_waits(self, days):
        """What waits, in words.

        :param days: list of ``(date or False, points)``, by date
        """
        known = [(day, points) for day, points in days if day]
        waits = [(self._portal_release(day), points) for day, points in known[:SHOWN_DAYS]]
        waits.append((self.env._("usable later"), sum(points for _day, points in known[SHOWN_DAYS:])))
        waits.append((self._portal_release(False), sum(points for day, points in days if not day)))
        return [{"words": words, "points": points} for words, points in waits if points]

    def _portal_release(self, day):
        """When points that wait become usable.

        :param day: date, or False while nobody knows
        """
        if day:
            return self.env._("usable from %(day)s", day=self._portal_day(day))
        return self.env._("usable when your return period has ended")

    def _portal_end(self, day):
        """Until when points are of use."""
        return self.env._("valid until %(day)s", day=self._portal_day(day))

    def _portal_expiring(self):
        """Points with their last day: those that end soon, else the next ones to end.

        :return: dict card → list of dicts with ``words``, ``points`` and ``soon``
        """
        groups = self.env["aftersales.loyalty.entry"]._read_group(
            Domain("card_id", "in", self.ids)
            & Domain("state", "=", "posted")
            & Domain("remaining", ">", 0)
            & Domain("expires_on", "!=", False),
            ["card_id", "expires_on:day"],
            ["remaining:sum"],
            order="expires_on:day",
        )
        found = defaultdict(list)
        for card, day, points in groups:
            ahead = (day - card._portal_today()).days
            if ahead >= 0 and len(found[card]) < SHOWN_DAYS and (ahead <= SOON or not found[card]):
                found[card].append({"words": card._portal_end(day), "points": points, "soon": ahead <= SOON})
        return found
