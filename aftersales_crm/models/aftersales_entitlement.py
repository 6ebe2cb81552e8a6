from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from .aftersales_warranty_term import PARTS
from .warranty_clock import last_day

JUDGED_FIELDS = (
    "origin_move_id",
    "lot_id",
    "source",
    "start_date",
    "end_date",
    "closing",
    "closed_on",
    "closing_reason",
    "coverage",
    "suspended_days",
    "suspended_since",
    "is_verified",
)
# Kinds of reasons that are no fault of the product at all, and no fault that a promise of the shop is about.
NO_FAULT = ("mind",)
NO_FAULT_IN_USE = ("mind", "delivery")
# What a return uses up of a warranty that allows so many claims.
CLAIM_STATES = ("submitted", "approved", "done")


class AftersalesEntitlement(models.AbstractModel):
    """The one place that says whether a unit is covered on a day, and why.

    A warranty is looked at by the methods of `_obstacles`: the first that finds something in the
    way decides; where none does, it covers.
    """

    _name = "aftersales.entitlement"
    _description = "Warranty Verdict"

    @api.model
    def _judge(self, units, on):
        """Judge several units with one search.

        :param list units: dicts with ``move`` (`stock.move`, may be empty), ``lot``
            (`stock.lot`, may be empty), ``product`` (`product.product`) and ``reason``
            (`aftersales.reason`, may be empty); optional: ``warranty`` (`aftersales.warranty`, of
            a unit that has neither), ``claim`` (`aftersales.rma.line` that asks: it does not
            use itself up) and ``on`` (`datetime.date` asked for of this unit)
        :param datetime.date on: the day asked for
        :return: one dict per unit, in the same order: ``verdict`` (``covered``,
            ``not_covered`` or ``unknown``), ``reasons`` (list of sentences), ``warranties``
            (`aftersales.warranty`, all of the unit), ``covering`` (those that cover it),
            ``coverage`` (percent of ``parts``, ``labour`` and ``shipping``), ``rights`` (what
            each warranty gives, see `_right`) and ``burden`` (see `_burden`; False where nobody asks)
        """
        found_sudo = self._warranties_of(units)
        index = {
            "warranty": {warranty: warranty for warranty in found_sudo},
            "move": found_sudo.grouped("origin_move_id"),
            "lot": found_sudo.grouped("lot_id"),
        }
        claims = self._claims(found_sudo)
        return [
            self._judge_unit(unit, self._pick(unit, index, found_sudo), claims, unit.get("on", on)) for unit in units
        ]

    def _warranties_of(self, units):
        """The warranties of all units, whoever asks; the caller decides what it shows."""
        wanted = {"origin_move_id": "move", "lot_id": "lot", "id": "warranty"}
        domain = Domain.FALSE
        for field, key in wanted.items():
            ids = [unit[key].id for unit in units if unit.get(key)]
            domain |= Domain(field, "in", ids)
        return self.env["aftersales.warranty"].sudo().search_fetch(domain, JUDGED_FIELDS)

    def _pick(self, unit, index, found):
        """The warranties of one unit: of its delivery, and those that came by its serial alone."""
        move, lot, none = unit["move"].sudo(), unit["lot"].sudo(), found.browse()
        if unit.get("warranty"):
            return index["warranty"].get(unit["warranty"].sudo(), none)
        by_lot = index["lot"].get(lot, none) if lot else none
        if not move:
            return by_lot
        by_move = index["move"].get(move, none)
        if not lot:
            return by_move
        return by_move.filtered(lambda w: w.lot_id == lot) | by_lot.filtered(lambda w: not w.origin_move_id)

    def _claims(self, warranties):
        """Return lines that have claimed each warranty that allows so many only."""
        limited = warranties.filtered(lambda w: (w.coverage or {}).get("max_claims"))
        if not limited:
            return {}
        # Whoever asks: the claims of others count as well.
        groups = (
            self.env["aftersales.rma.line"]
            .sudo()
            ._read_group(
                [("warranty_id", "in", limited.ids), ("state", "in", CLAIM_STATES)], ["warranty_id"], ["id:recordset"]
            )
        )
        return dict(groups)

    def _judge_unit(self, unit, warranties, claims, on):
        unit = {"warranty": self.env["aftersales.warranty"], "claim": self.env["aftersales.rma.line"], **unit}
        rights = [self._right(warranty, unit, claims.get(warranty, unit["claim"]), on) for warranty in warranties]
        verdicts = {right["verdict"] for right in rights}
        covering = [right for right in rights if right["verdict"] == "covered"]
        return {
            "verdict": next((v for v in ("covered", "unknown", "not_covered") if v in verdicts), "unknown"),
            "reasons": [right["reason"] for right in rights] or [self._no_warranty()],
            "warranties": warranties,
            "covering": warranties.browse([right["warranty"].id for right in covering]),
            "coverage": {part: max((right["coverage"][part] for right in covering), default=0) for part in PARTS},
            "rights": rights,
            "burden": self._burden(covering, unit, on),
        }

    # === Rights === #

    def _right(self, warranty, unit, claims, on):
        """What one warranty gives.

        :return: ``warranty``, ``terms`` (as promised), ``by_law`` (whether the law gives it), ``name``, ``verdict``,
            ``start``, ``until`` (last covered day), ``coverage`` (percent of each component on the
            day), ``coverage_until`` (last day of each component that is covered at all), ``open_end``
            (whether it lasts longer by a repair that is under way) and ``reason`` (a sentence)
        """
        terms = warranty.coverage or {}
        untils = {part: self._part_until(warranty, terms, part) for part in PARTS if terms.get(part)}
        right = {
            "warranty": warranty,
            "terms": terms,
            "by_law": warranty.source == "statutory",
            "name": self._right_name(warranty, terms),
            "start": warranty.start_date,
            "until": warranty.end_date,
            "open_end": self._stands_still(warranty, on),
            "coverage_until": untils,
        }
        right["coverage"] = {
            part: terms[part] if part in untils and (right["open_end"] or on <= untils[part]) else 0 for part in PARTS
        }
        verdict, reason = self._find(right, {**unit, "claims": claims - unit["claim"], "on": on})
        if verdict != "covered":
            right["coverage"] = dict.fromkeys(PARTS, 0)
        return {**right, "verdict": verdict, "reason": reason}

    def _find(self, right, case):
        """Verdict and sentence: of the first obstacle, else that it covers."""
        for name in self._obstacles():
            found = getattr(self, f"_obstacle_{name}")(right, case)
            if found:
                return found
        return "covered", self._covered_sentence(right)

    def _obstacles(self):
        """Hook: names of the methods ``_obstacle_<name>(right, case)`` that may be in the way, in order.

        Each returns ``(verdict, sentence)`` or None; ``case`` is the unit with ``on`` and the
        ``claims`` made before.
        """
        return ["period", "parts", "reason", "claims", "proof"]

    def _part_until(self, warranty, terms, part):
        """Last day of a component, which may end before the whole."""
        months = terms.get("months", {}).get(part)
        if not months:
            return warranty.end_date
        end = last_day(warranty.start_date, months, "months") + timedelta(days=warranty.suspended_days)
        return min(end, warranty.end_date)

    def _stands_still(self, warranty, on):
        """Whether a repair that is under way has stopped the clock by that day."""
        since = warranty.suspended_since
        return bool(since) and not warranty.closing and since <= on and since <= warranty.end_date

    def _burden(self, covering, unit, on):
        """Who has to prove that a defect was there from the start.

        :param list covering: rights of `_right` that cover the unit
        :return: False without a statutory right or for what is no defect; else ``who`` (``seller`` or
            ``customer``), ``until`` (last day of the seller's) and ``sentence``
        """
        by_law = [right for right in covering if right["by_law"]]
        if not by_law or (unit["reason"].sudo().kind or "defect") not in ("defect", "other"):
            return False
        until = max(self._burden_until(right) for right in by_law)
        who = "seller" if on <= until else "customer"
        return {"who": who, "until": until, "sentence": self._burden_sentence(who, until)}

    def _burden_until(self, right):
        """Last day on which the seller has to prove that there was no fault."""
        months = right["terms"].get("burden_months") or 0
        return min(last_day(right["start"], months, "months"), right["until"])
