from collections import defaultdict
from itertools import count

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..ledger import ZERO, Account, Debt, Lot, rounded, taken_now

# Keys of what is not written yet come after all ids of the database, in the order in which it happens.
UNWRITTEN = 2**40
# What a takeback of the same document is drawn from first; what was given back to the customer is not.
OWN = ("earn", "bonus", "grant")
# Rewards are for members: they are not given on what is closed.
GIFTS = ("bonus", "grant")


class AftersalesLoyaltyEntry(models.Model):
    """The one way in which points move: cards locked, lots drawn first to expire first out."""

    _inherit = "aftersales.loyalty.entry"

    # === Posting === #

    @api.model
    def _post(self, vals_list):
        """Move points on cards and note why.

        :param list vals_list: dicts of ``card`` (`loyalty.card` of a program that keeps a ledger), ``kind``, ``points``
            (signed number, rounded to two places) and, each optional: ``reason`` (str), ``origin`` (record),
            ``sale_line`` (`sale.order.line`), ``expires_on`` (date, False for good; left out: as the program says),
            ``pending`` (bool: wait outside of the card), ``release_on`` (date), ``external_ref`` (str, once per card),
            ``reverses`` (entry) and names of further fields
        :return: the entries; a negative movement makes one per lot it draws from, none at all when it rounds to zero
        :raise UserError: no number, a card without ledger, a gift on an archived card or an expired program
        """
        entries = self.sudo()._with_system()  # who may call this may not edit the ledger; rights are the caller's part
        moves = [entries._prepare_move(vals) for vals in vals_list]
        moves = [move for move in moves if move["points"]]
        entries._lock_cards(entries._cards(moves))
        waiting = [move for move in moves if move["pending"]]
        made = entries.create([entries._prepare_entry(move, state="pending") for move in waiting])
        made |= entries._carry_out([move for move in moves if not move["pending"]])
        return made.with_env(self.env)

    def _release(self):
        """Give pending points to their cards.

        :return: the entries that were still pending
        """
        entries = self.sudo()._with_system()  # as _post
        entries._lock_cards(entries.card_id)
        entries.invalidate_recordset(["state"])
        waiting = entries.filtered(lambda entry: entry.state == "pending")
        moves = [entries._prepare_release(entry) for entry in waiting]
        entries._carry_out(moves)
        return waiting.with_env(self.env)

    def _void(self):
        """Drop pending points."""
        entries = self.sudo()._with_system()  # as _post
        entries._lock_cards(entries.card_id)
        entries.invalidate_recordset(["state"])
        entries.filtered(lambda entry: entry.state == "pending")._transition("void")

    def _prepare_release(self, entry):
        return {
            "entry": entry,
            "card": entry.card_id._aftersales_final(),
            "kind": entry.kind,
            "points": rounded(entry.points),
            "expires_on": entry.expires_on or entry.program_id._aftersales_expires_on(self._today(entry.company_id)),
            "pending": False,
            "origin": None,
        }

    def _carry_out(self, moves):
        """Book moves and change the balances of their cards."""
        moves = [move for index, move in enumerate(moves) if not self._hold_back(move, moves[:index])]
        entries = self._book(moves)
        changes = defaultdict(lambda: ZERO)
        for move in moves:
            changes[move["card"]] += move["points"]
        for card, change in changes.items():
            card._aftersales_write_balance(rounded(card.points or 0.0) + change)
        gained = self._cards([move for move in moves if move["points"] > 0])
        return entries | self._collect(gained)

    # === Below zero === #

    def _hold_back(self, move, before):
        """Whether nothing of a move is taken now: the program stays at zero, the rest waits for the next points.

        :param list before: the moves before it
        """
        program = move["card"].program_id
        if move["kind"] != "takeback" or move["points"] > 0 or program.aftersales_below_zero == "allow":
            return False
        balance = rounded(move["card"].points or 0.0)
        balance += sum((other["points"] for other in before if other["card"] == move["card"]), ZERO)
        taken = taken_now(-move["points"], balance, below_zero=False)
        if rest := -move["points"] - taken:
            self.create([self._prepare_entry({**move, "points": -rest}, state="pending")])
            move["points"] = -taken
        return not taken

    def _lift(self, cards):
        """Bring cards back to zero that Odoo took below it where they stay at zero; what is missing waits."""
        for card in cards:
            program, balance = card.program_id.sudo(), rounded(card.points or 0.0)  # see _post
            if program.aftersales_below_zero != "block":
                continue
            if balance < 0:
                missing = {"card": card, "kind": "takeback", "points": -balance, "expires_on": False}
                self.create([self._prepare_entry({**missing, "points": balance}, state="pending")])
                self._carry_out([missing])
            elif balance > 0:
                self._collect(card)

    def _collect(self, cards):
        """Take what cards still owe from the points they have now."""
        made = self.browse()
        cards = cards.filtered(lambda card: card.program_id.aftersales_below_zero == "block" and card.points > 0)
        owed = self.search([("card_id", "in", cards.ids), ("state", "=", "pending"), ("points", "<", 0)], order="id")
        for entry in owed:
            taken = taken_now(-entry.points, entry.card_id.points, below_zero=False)
            if taken:
                move = self._as_move(entry)
                entry._transition("void")
                made |= self._carry_out([move])  # what is still missing waits again
        return made

    def _as_move(self, entry):
        return {
            "card": entry.card_id,
            "kind": entry.kind,
            "points": rounded(entry.points),
            "reason": entry.reason,
            "origin": entry._document(),
            "sale_line": entry.sale_line_id,
            "pending": False,
        }

    # === Booking === #

    @api.model
    def _book(self, moves):
        """Entries for moves of points, drawn from the lots of their cards; balances are left to the caller."""
        if not moves:
            return self.browse()
        accounts = self._accounts(self._cards(moves))
        unwritten = count(UNWRITTEN)
        rows = {}
        for move in moves:
            account = accounts[move["card"]]
            key = next(unwritten)
            if move["points"] > 0:
                account.credit(move["points"], key, move["expires_on"] or None)
                rows[key] = move
                continue
            own = [lot.key for lot in account.lots if self._is_own(lot, move, rows)]
            for lot, points in account.debit(-move["points"], key, first=own):
                rows[key if lot is None else next(unwritten)] = {**move, "points": -points, "lot": lot}
        left = {lot.key: lot.remaining for account in accounts.values() for lot in account.lots}
        left |= {debt.key: -debt.owed for account in accounts.values() for debt in account.debts}
        self._write_left(accounts, left)
        return self._write_rows(rows, left)

    def _accounts(self, cards):
        """The accounts of cards (dict), from what their entries have left; keys are ids."""
        opened = self.search([("card_id", "in", cards.ids), ("remaining", "!=", 0)], order="id")
        by_card = opened.grouped("card_id")
        return {
            card: Account(
                (
                    Lot(entry.id, entry.remaining, entry.expires_on or None)
                    for entry in by_card.get(card, opened.browse())
                    if entry.remaining > 0
                ),
                (
                    Debt(entry.id, -entry.remaining)
                    for entry in by_card.get(card, opened.browse())
                    if entry.remaining < 0
                ),
            )
            for card in cards
        }

    def _is_own(self, lot, move, rows):
        """Whether a lot came in by the document that a takeback is about."""
        origin = move.get("origin")
        if move["kind"] != "takeback" or not origin:
            return False
        if lot.key in rows:
            return rows[lot.key]["kind"] in OWN and rows[lot.key].get("origin") == origin
        entry = self.browse(lot.key)
        return entry.kind in OWN and (entry.origin_model, entry.origin_id) == (origin._name, origin.id)

    def _write_left(self, accounts, left):
        opened = self.search([("card_id", "in", [card.id for card in accounts]), ("remaining", "!=", 0)])
        for entry in opened:
            if rounded(entry.remaining) != left.get(entry.id, ZERO):
                entry.remaining = left.get(entry.id, ZERO)

    def _write_rows(self, rows, left):
        """Write new entries, those that others draw from first."""
        ids = {}
        gains = {key: move for key, move in rows.items() if move["points"] > 0}
        for part in (gains, {key: move for key, move in rows.items() if key not in gains}):
            fresh = {key: move for key, move in part.items() if "entry" not in move}
            vals_list = [
                {
                    **self._prepare_entry(move),
                    "remaining": left.get(key, ZERO),
                    "lot_id": ids.get(move.get("lot"), move.get("lot")),
                }
                for key, move in fresh.items()
            ]
            ids |= dict(zip(fresh, self.create(vals_list).ids, strict=True))
            for key, move in part.items():
                if "entry" in move:
                    ids[key] = move["entry"].id
                    self._write_released(move, left.get(key, ZERO))
        return self.browse(ids.values())

    def _write_released(self, move, remaining):
        move["entry"]._transition(
            "posted",
            {
                "card_id": move["card"].id,
                "remaining": remaining,
                "posted_at": fields.Datetime.now(),
                "expires_on": move["expires_on"],
            },
        )

    # === Values === #

    def _prepare_move(self, vals, follow=True):
        """Checked values of one movement.

        :param bool follow: whether points for a merged card go to the one that goes on
        """
        card_sudo = vals["card"].sudo()  # cards are read by who may post
        card_sudo = card_sudo._aftersales_final() if follow else card_sudo
        program = card_sudo.program_id
        if not card_sudo._aftersales_is_kept():
            raise UserError(self.env._("“%(program)s” keeps no ledger of points.", program=program.name))
        if vals["kind"] in GIFTS:
            self._ensure_open(card_sudo)
        day = program._aftersales_today()
        expires_on = vals["expires_on"] if "expires_on" in vals else program._aftersales_expires_on(day)
        points = self._checked_points(vals["points"])
        return {"pending": False, **vals, "card": card_sudo, "points": points, "expires_on": expires_on}

    @api.model
    def _checked_points(self, points):
        """Points as the ledger keeps them.

        :raise UserError: it is no number, or too large a one
        """
        try:
            return rounded(points)
        except ValueError:
            message = self.env._("%(points)s is no number of points that a card can have.", points=points)
            raise UserError(message) from None

    @api.model
    def _ensure_open(self, card):
        program = card.program_id
        today = program._aftersales_today()
        if not card.active:
            raise UserError(self.env._("The card %(card)s is archived: it takes no points.", card=card.code))
        if not program.active or (program.date_to and program.date_to < today):
            raise UserError(self.env._("“%(program)s” has ended: it gives no points.", program=program.name))

    def _prepare_entry(self, move, state="posted"):
        known = {"card", "pending", "origin", "sale_line", "lot", "reverses", "entry"}
        origin, sale_line = move.get("origin"), move.get("sale_line")
        company = self._company(move)
        return {
            **{name: value for name, value in move.items() if name not in known},
            "card_id": move["card"].id,
            "company_id": company.id,
            "state": state,
            "date": move.get("date") or self._today(company),
            "posted_at": fields.Datetime.now() if state == "posted" else False,
            "expires_on": move["expires_on"] if state == "posted" and move["points"] > 0 else False,
            "origin_model": origin._name if origin else False,
            "origin_id": origin.id if origin else False,
            "sale_line_id": sale_line.id if sale_line else False,
            "reverses_id": move["reverses"].id if move.get("reverses") else False,
            "user_id": self.env.uid,
        }

    def _company(self, move):
        origin = move.get("origin")
        own = origin["company_id"] if origin and "company_id" in origin._fields else False
        return move["card"].program_id.company_id or own or self.env.company

    def _today(self, company):
        return (company or self.env.company)._aftersales_today()

    def _cards(self, moves):
        return self.env["loyalty.card"].union(*(move["card"] for move in moves))

    def _lock_cards(self, cards):
        """Serialize movements of cards, in one order; who comes second is repeated by Odoo with the new balance."""
        if cards:
            cards.flush_recordset(["points"])
            # A real update: who waits here for movements that leave the balance alone is repeated, too.
            self.env.cr.execute(
                SQL(
                    """UPDATE loyalty_card SET points = points
                         FROM (SELECT id FROM loyalty_card WHERE id IN %s ORDER BY id FOR NO KEY UPDATE) AS held
                        WHERE loyalty_card.id = held.id""",
                    tuple(cards.ids),
                )
            )
            cards.invalidate_recordset(["points"])
