from dataclasses import dataclass, field
from typing import Any

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.aftersales_crm.models.aftersales_state_mixin import SYSTEM

from ..ledger import ZERO, rounded


@dataclass
class Cause:
    """Why Odoo is about to change balances; told through the context, where nobody can send an object."""

    gain: str = "adjust"
    loss: str = "adjust"
    origin: Any = None
    reason: str | None = None
    # What each document moves on a card where Odoo writes one sum: id of the card → list of (document, points).
    parts: dict = field(default_factory=dict)


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
        kept._aftersales_note(dict.fromkeys(kept, ZERO))
        return cards

    def write(self, vals):
        self._aftersales_check_balances([vals])
        if "program_id" in vals:
            self._aftersales_refuse_program(vals["program_id"])
        if "points" not in vals or self.env.context.get("aftersales_points") is SYSTEM:
            return super().write(vals)
        kept = self.filtered(lambda card: card._aftersales_is_kept())
        self.env["aftersales.loyalty.entry"].sudo()._lock_cards(kept)  # see _aftersales_note
        before = {card: rounded(card.points or 0.0) for card in kept}
        result = super().write(vals)
        kept._aftersales_note(before)
        return result

    def _aftersales_check_balances(self, vals_list):
        for vals in vals_list:
            if vals.get("points"):
                self.env["aftersales.loyalty.entry"]._checked_points(vals["points"])

    def _aftersales_refuse_program(self, program):
        if self.filtered(lambda card: card.program_id.id != program).sudo().aftersales_entry_ids:
            raise UserError(self.env._("A card with a ledger stays in its program."))

    # === Business === #

    def _aftersales_is_kept(self):
        """Whether the program of a card keeps a ledger."""
        self.ensure_one()
        return self.program_id.id in self.env["loyalty.program"]._aftersales_kept()

    def _aftersales_final(self):
        """The card that goes on for one that was merged into another."""
        self.ensure_one()
        card_sudo = self.sudo()  # whoever moves points of the one moves them on the other
        while card_sudo.aftersales_merged_into_id:
            card_sudo = card_sudo.aftersales_merged_into_id
        return card_sudo

    def _aftersales_write_balance(self, points):
        """Change the balance for the ledger, that has noted it already."""
        self.with_context(aftersales_points=SYSTEM).points = float(points)

    def _aftersales_note(self, before):
        """Note in the ledger what changed the balances, whoever changed them.

        :param dict before: card → balance before (Decimal)
        """
        cause = self.env.context.get("aftersales_points")
        cause = cause if isinstance(cause, Cause) else Cause()
        # Odoo moves points with the rights of who sells, who may not edit the ledger.
        entries_sudo = self.env["aftersales.loyalty.entry"].sudo()._with_system()
        moves = []
        for card in self:
            change = rounded(card.points or 0.0) - before[card]
            if change < 0 and cause.loss == "adjust":
                card._aftersales_ensure_not_below()
            moves += card._aftersales_moves(change, cause)
        entries_sudo._book([entries_sudo._prepare_move(move, follow=False) for move in moves])
        for card in self.filtered("aftersales_merged_into_id"):
            card._aftersales_move_on(card._aftersales_final())

    def _aftersales_moves(self, change, cause):
        """One change of a balance as movements, one per document if they are known."""
        self.ensure_one()
        parts = [(origin, rounded(points)) for origin, points in cause.parts.pop(self.id, [])]
        if not parts or sum(points for _origin, points in parts) != change:
            parts = [(cause.origin, change)]
        moves = []
        for origin, points in parts:
            kind = cause.gain if points > 0 else cause.loss
            move = {"card": self, "kind": kind, "points": points, "origin": origin, "reason": cause.reason}
            moves += self._aftersales_giveback(move) if kind == "giveback" and origin else [move]
        return [move for move in moves if move["points"]]

    def _aftersales_giveback(self, move):
        """A giveback as movements that restore the lots its order spent, the last spent first, with their old end."""
        self.ensure_one()
        entries_sudo = self.env["aftersales.loyalty.entry"].sudo()  # as _aftersales_note
        origin, left, moves = move["origin"], move["points"], []
        spent_sudo = entries_sudo.search(
            [
                ("origin_model", "=", origin._name),
                ("origin_id", "=", origin.id),
                ("card_id", "=", self.id),
                ("kind", "=", "spend"),
                ("state", "=", "posted"),
            ]
        )
        given = dict(entries_sudo._read_group([("reverses_id", "in", spent_sudo.ids)], ["reverses_id"], ["points:sum"]))
        for spent in spent_sudo:
            back = min(left, -rounded(spent.points) - rounded(given.get(spent, 0)))
            if back > 0:
                end = {"expires_on": spent.lot_id.expires_on} if spent.lot_id else {}
                moves.append({**move, "points": back, "reverses": spent, **end})
                left -= back
        return [*moves, {**move, "points": left}] if left else moves

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
            parts = [(rounded(entry.remaining), entry.expires_on) for entry in opened_sudo]
            moved = {"kind": "merge", "reason": card_sudo.code, "pending": False, "expires_on": False}
            moves = [{**moved, "card": final.sudo(), "points": left, "expires_on": end} for left, end in parts]
            total = sum((left for left, _end in parts), ZERO)
            if total:
                moves.append({**moved, "card": card_sudo, "points": -total, "reason": final.code})
            entries_sudo._carry_out(moves)
            waiting_sudo = entries_sudo.search([("card_id", "=", card_sudo.id), ("state", "=", "pending")])
            waiting_sudo.write({"card_id": final.id})
            card_sudo.aftersales_merged_into_id = final
