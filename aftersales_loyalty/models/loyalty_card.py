from dataclasses import dataclass, field
from typing import Any

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..ledger import CENT, ZERO, rounded

# What a document moves on a card, by what it is about and by its direction.
KINDS = {
    ("earned", True): "earn",
    ("earned", False): "takeback",
    ("spent", True): "giveback",
    ("spent", False): "spend",
}


@dataclass
class Cause:
    """Why Odoo is about to change balances; told through the context, where nobody can send an object.

    :param str gain: kind of what is added
    :param str loss: kind of what is taken
    :param origin: record that it comes from
    :param str reason: words for people
    :param bool by_document: only ``parts`` have this cause; whatever else happens meanwhile has its own
    :param dict parts: id of the card → list of (document, ``earned`` or ``spent``, points) that Odoo writes as one sum
    """

    gain: str = "adjust"
    loss: str = "adjust"
    origin: Any = None
    reason: str | None = None
    by_document: bool = False
    parts: dict = field(default_factory=dict)


@dataclass
class Noted:
    """A new balance that the ledger has noted already; good for one write."""

    card: int
    points: float

    def settles(self, cards, vals):
        """Whether it is about this write; it is used up by it."""
        known = cards.ids == [self.card] and vals.get("points") == self.points
        self.card = self.card and not known and self.card
        return known


class LoyaltyCard(models.Model):
    _name = "loyalty.card"
    _inherit = ["loyalty.card", "aftersales.system.mixin"]

    _aftersales_system_fields = frozenset({"aftersales_merged_into_id"})

    aftersales_entry_ids = fields.One2many("aftersales.loyalty.entry", "card_id", "Ledger")
    aftersales_merged_into_id = fields.Many2one(
        "loyalty.card", "Merged into", readonly=True, copy=False, index="btree_not_null"
    )
    aftersales_pending = fields.Float(
        "Pending points", compute="_compute_aftersales_pending", compute_sudo=True, digits=(16, 2)
    )

    # === Computes === #

    @api.depends("aftersales_entry_ids.state", "aftersales_entry_ids.points")
    def _compute_aftersales_pending(self):
        pending = dict(
            self.env["aftersales.loyalty.entry"]._read_group(
                [("card_id", "in", self.ids), ("state", "=", "pending"), ("points", ">", 0)],
                ["card_id"],
                ["points:sum"],
            )
        )
        for card in self:
            card.aftersales_pending = pending.get(card._origin, 0.0)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        self._aftersales_check_balances(vals_list)
        cards = super().create(vals_list)
        kept = cards.filtered(lambda card: card._aftersales_is_kept() and card.points)
        kept._aftersales_note(dict.fromkeys(kept, ZERO), self.env.context.get("aftersales_points"))
        return cards

    def write(self, vals):
        self._aftersales_check_balances([vals])
        if "program_id" in vals:
            self._aftersales_refuse_program(vals["program_id"])
        cause = self.env.context.get("aftersales_points")
        # Whoever reacts to the write has causes of their own.
        cards = self.with_context(aftersales_points=None) if cause else self
        if "points" not in vals or (isinstance(cause, Noted) and cause.settles(self, vals)):
            return super(LoyaltyCard, cards).write(vals)
        kept = cards.filtered(lambda card: card._aftersales_is_kept())
        self.env["aftersales.loyalty.entry"].sudo()._lock_cards(kept)  # see _aftersales_note
        before = {card: rounded(card.points or 0.0) for card in kept}
        result = super(LoyaltyCard, cards).write(vals)
        kept._aftersales_note(before, cause)
        return result

    def _aftersales_check_balances(self, vals_list):
        for vals in vals_list:
            if vals.get("points"):
                self.env["aftersales.loyalty.entry"]._checked_points(vals["points"])

    def _aftersales_refuse_program(self, program):
        moved_sudo = self.filtered(lambda card: card.program_id.id != program).sudo()  # entries are not everybody's
        keeps = self.env["loyalty.program"].sudo().browse(program).aftersales_ledger
        if moved_sudo.aftersales_entry_ids or (keeps and any(moved_sudo.mapped("points"))):
            raise UserError(self.env._("A card with a ledger stays in its program."))

    # === Business === #

    def _aftersales_is_kept(self):
        """Whether the program of a card keeps a ledger."""
        self.ensure_one()
        # Not the cache: another worker may have switched it on since.
        return self.program_id.sudo().aftersales_ledger

    def _aftersales_final(self):
        """The card that goes on for one that was merged into another."""
        self.ensure_one()
        card_sudo = self.sudo()  # whoever moves points of the one moves them on the other
        seen = card_sudo
        while card_sudo.aftersales_merged_into_id and card_sudo.aftersales_merged_into_id not in seen:
            card_sudo = card_sudo.aftersales_merged_into_id
            seen |= card_sudo
        return card_sudo

    def _aftersales_write_balance(self, points):
        """Change the balance for the ledger, that has noted it already."""
        points = float(points)
        self.with_context(aftersales_points=Noted(self.id, points)).points = points

    def _aftersales_note(self, before, cause=None):
        """Note in the ledger what changed the balances, whoever changed them.

        :param dict before: card → balance before (Decimal)
        :param cause: `Cause`, if it is known
        """
        if not self:
            return
        cause = cause if isinstance(cause, Cause) else Cause()
        # Odoo moves points with the rights of who sells, who may not edit the ledger.
        entries_sudo = self.env["aftersales.loyalty.entry"].sudo()._with_system()
        moves = []
        for card in self:
            change = rounded(card.points or 0.0) - before[card]
            own = card._aftersales_moves(change, cause)
            if any(move["points"] < 0 and move["kind"] == "adjust" for move in own):
                card._aftersales_ensure_not_below()
            moves += own
        entries_sudo._book([entries_sudo._prepare_move(move, follow=False) for move in moves])
        taken = self.browse(move["card"].id for move in moves if move["kind"] == "takeback")
        entries_sudo._lift(taken)
        entries_sudo._collect(self - taken)
        for card in self.filtered("aftersales_merged_into_id"):
            card._aftersales_move_on(card._aftersales_final())

    def _aftersales_moves(self, change, cause):
        """One change of a balance as movements, one per document if they are known."""
        self.ensure_one()
        parts = [(origin, what, rounded(points)) for origin, what, points in cause.parts.pop(self.id, [])]
        rest = change - sum((points for _origin, _what, points in parts), ZERO)
        if parts and abs(rest) <= len(parts) * CENT:  # parts are rounded each, the change as a whole
            parts[-1] = (*parts[-1][:2], parts[-1][2] + rest)
            rest = ZERO
        moves = []
        for origin, what, points in parts:
            moves += self._aftersales_move(KINDS[what, points > 0], points, origin, cause.reason)
        if rest:
            known = Cause(reason=cause.reason) if cause.by_document else cause
            moves += self._aftersales_move(known.gain if rest > 0 else known.loss, rest, known.origin, known.reason)
        return [move for move in moves if move["points"]]

    def _aftersales_move(self, kind, points, origin, reason):
        move = {"card": self, "kind": kind, "points": points, "origin": origin, "reason": reason}
        return self._aftersales_giveback(move) if kind == "giveback" and origin else [move]

    def _aftersales_giveback(self, move):
        """A giveback as movements that restore the lots its order spent, the last spent first, with their old end."""
        self.ensure_one()
        entries_sudo = self.env["aftersales.loyalty.entry"].sudo()  # as _aftersales_note
        origin, left, moves = move["origin"], move["points"], []
        spent_sudo = entries_sudo.search(
            [
                ("origin_model", "=", origin._name),
                ("origin_id", "=", origin.id),
                ("card_id", "in", self._aftersales_family().ids),
                ("kind", "=", "spend"),
                ("state", "=", "posted"),
            ]
        )
        given = dict(entries_sudo._read_group([("reverses_id", "in", spent_sudo.ids)], ["reverses_id"], ["points:sum"]))
        for spent in spent_sudo:
            back = min(left, -rounded(spent.points) - rounded(given.get(spent, 0)))
            if back > 0:
                moves.append({**move, "points": back, "reverses": spent, **spent.lot_id._end()})
                left -= back
        return [*moves, {**move, "points": left}] if left else moves

    def _aftersales_family(self):
        """The card and those that were merged into it."""
        family_sudo = merged_sudo = self.sudo().with_context(active_test=False)  # see _aftersales_final
        while merged_sudo:
            merged_sudo = merged_sudo.search([("aftersales_merged_into_id", "in", merged_sudo.ids)]) - family_sudo
            family_sudo |= merged_sudo
        return family_sudo

    def _aftersales_ensure_not_below(self):
        """Refuse what brought cards below zero where the program keeps them at zero."""
        for card_sudo in self.sudo().filtered(lambda card: card._aftersales_is_kept()):  # as _aftersales_note
            if card_sudo.program_id.aftersales_below_zero == "block" and rounded(card_sudo.points or 0.0) < 0:
                message = self.env._("The card %(card)s has fewer points than this.", card=card_sudo.code)
                raise UserError(message)

    def _aftersales_move_on(self, final):
        """Move what came back to a merged card on to the one that goes on."""
        if final != self and rounded(self.points or 0.0):
            self._aftersales_merge_into(final)

    def _aftersales_merge_into(self, final):
        """Move points to another card of the program: lots keep their end, what waits goes on waiting.

        :param final: `loyalty.card`
        """
        entries_sudo = self.env["aftersales.loyalty.entry"].sudo()._with_system()  # as _aftersales_note
        for card_sudo in self.sudo():
            entries_sudo._lock_cards(card_sudo | final.sudo())
            opened_sudo = entries_sudo.search([("card_id", "=", card_sudo.id), ("remaining", "!=", 0)], order="id")
            parts = [(rounded(entry.remaining), entry._end()) for entry in opened_sudo]
            moved = {"kind": "merge", "reason": card_sudo.code, "pending": False, "expires_on": False}
            moves = [{**moved, "card": final.sudo(), "points": left, **end} for left, end in parts]
            total = sum((left for left, _end in parts), ZERO)
            if total:
                moves.append({**moved, "card": card_sudo, "points": -total, "reason": final.code})
            entries_sudo._carry_out(moves)
            waiting_sudo = entries_sudo.search([("card_id", "=", card_sudo.id), ("state", "=", "pending")])
            waiting_sudo.write({"card_id": final.id})
            card_sudo.aftersales_merged_into_id = final
            entries_sudo._collect(final.sudo())
