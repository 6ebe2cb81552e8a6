from datetime import timedelta

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..ledger import rounded

AGENT = "aftersales_crm.aftersales_crm_group_agent"
# What somebody moves by hand: given, and taken.
BY_HAND = ("grant", "adjust")
# Days over which the limit of an agent counts.
LIMIT_DAYS = 30
# No grant by hand is larger than this, a manager's neither: it is a slip of the keyboard.
MAX_POINTS = 1_000_000_000


class AftersalesLoyaltyEntry(models.Model):
    """Points given and taken by hand: agents within the company's limit, managers above it."""

    _inherit = "aftersales.loyalty.entry"

    @api.model
    def _grant(self, card, points, reason, **more):
        """Give points to a member, or take them, by hand.

        :param card: `loyalty.card` of a program with a ledger
        :param float points: what is given; below zero: what is taken
        :param str reason: why, for people
        :param more: ``expires_on`` (date, False: never; left out: by the program), ``external_ref``
        :return: the entries
        :raise AccessError: above the limit of the user
        :raise UserError: when the input makes no sense, the program has ended or the card has less than what is taken
        """
        points, reason = self._checked_grant(points), self._checked_reason(reason)
        # Agents have no rights on Odoo's cards, and what they may do is checked here.
        card_sudo = card.sudo()._aftersales_final()
        self._ensure_may_grant(card_sudo, points)
        if more.get("expires_on"):
            self._ensure_expiry(card_sudo, points, more["expires_on"])
        if points < 0:
            self._ensure_enough(card_sudo, points)
        kind = "grant" if points > 0 else "adjust"
        entries_sudo = self.sudo()._post(
            [{"card": card_sudo, "kind": kind, "points": points, "reason": reason, **more}]
        )
        return entries_sudo.with_env(self.env)

    # === Checks === #

    @api.model
    def _checked_grant(self, points):
        """Points as the ledger counts them.

        :raise UserError: when they are no number, none at all, or more than anybody gives
        """
        points = self._checked_points(points)
        if abs(points) > MAX_POINTS:
            raise UserError(self.env._("So many points nobody has: at most %(most)s.", most=self._shown(MAX_POINTS)))
        if not points:
            raise UserError(self.env._("Say how many points: at least 0.01."))
        return points

    @api.model
    def _checked_reason(self, reason):
        reason = isinstance(reason, str) and reason.strip()
        if not reason:
            raise UserError(self.env._("Say why: the customer reads it on the statement."))
        return reason

    @api.model
    def _ensure_may_grant(self, card, points):
        """Refuse what is above the limit of the user, who cannot pass it by several small steps."""
        if not (self.env.su or self.env.user.has_group(AGENT)):
            raise AccessError(self.env._("Only agents of After-Sales give and take points."))
        self.env["loyalty.card"].browse(card.id).check_access("read")  # of the companies that the user works for
        left = self._grant_left(card)
        if left is not None and abs(points) > left:
            raise AccessError(
                self.env._(
                    "You may move %(left)s more points of this customer (%(limit)s in %(days)s days): ask a manager.",
                    left=self._shown(left),
                    limit=self._shown(self._grant_limit(card)),
                    days=LIMIT_DAYS,
                )
            )

    @api.model
    def _grant_limit(self, card):
        return rounded(self._grant_company(card).aftersales_grant_limit)

    @api.model
    def _grant_company(self, card):
        # What a company allows its agents is for its agents to know.
        return (card.sudo().company_id or self.env.company).sudo()

    @api.model
    def _grant_left(self, card):
        """How many points of a card the user may still move by hand; None for managers, who have no limit."""
        if self.env["aftersales.rma"]._is_manager():
            return None
        since = self._grant_company(card)._aftersales_today() - timedelta(days=LIMIT_DAYS)
        # What the user has moved counts, also where they may not look now.
        moved_sudo = self.sudo().search_fetch(
            [
                ("card_id", "in", card._aftersales_family().ids),
                ("user_id", "=", self.env.uid),
                ("kind", "in", BY_HAND),
                ("date", ">", since),
            ],
            ["points"],
        )
        moved = sum(abs(rounded(entry.points)) for entry in moved_sudo)
        return max(self._grant_limit(card) - moved, rounded(0))

    @api.model
    def _ensure_enough(self, card, points):
        if rounded(card.points) + points < 0:
            raise UserError(
                self.env._(
                    "%(customer)s has %(points)s points: no more can be taken.",
                    customer=card.partner_id.display_name or card.code,
                    points=self._shown(card.points),
                )
            )

    @api.model
    def _shown(self, points):
        """Points as people write them: 1,250 or 12.5."""
        return f"{float(points):,.12g}"

    @api.model
    def _ensure_expiry(self, card, points, expires_on):
        if points < 0:
            raise UserError(self.env._("What is taken has no last day: leave it out."))
        if expires_on < self._grant_company(card)._aftersales_today():
            raise UserError(self.env._("These points would have expired already: give a later day."))
