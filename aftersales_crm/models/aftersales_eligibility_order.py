from odoo import models
from odoo.tools.misc import format_date

from .aftersales_eligibility import RANKING

# What brings goods into conformity; where the law says so, money comes after it.
MENDING = ("replacement", "repair")
# What goes beyond that: the shop may always give it earlier.
MONEY = ("refund", "keep")


class AftersalesEligibility(models.AbstractModel):
    """The order of remedies under the guarantee (Directive (EU) 2019/771, Article 13)."""

    _inherit = "aftersales.eligibility"

    # === Judging === #

    def _evaluate(self, units, on):
        attempts = self._attempts(units)
        return super()._evaluate([{**unit, "attempts": tried} for unit, tried in zip(units, attempts, strict=True)], on)

    def _evaluate_unit(self, unit, on):
        unit["money_opens"] = self._money_opens(unit, on)
        result = super()._evaluate_unit(unit, on)
        result["by_remedy"] = self._by_remedy(unit, result)
        return result

    def _by_remedy(self, unit, result):
        """The basis that a request for each remedy stands on: the best one that offers it (code → basis)."""
        ranking = RANKING[unit["reason"].sudo().kind or "mind"]
        standing = [result["nearest"], *(basis for basis in ranking if result["bases"][basis]["eligible"])]
        found = {}
        for basis in standing:
            for code in result["bases"][basis]["remedies"]:
                found.setdefault(code, basis)
        return found

    def _checks_of(self, basis):
        codes = super()._checks_of(basis)
        return (*codes, "remedy_order") if basis == "guarantee" else codes

    def _check_remedy_order(self, unit, on):
        if not self._has_order(unit):
            return None
        if self._jurisdiction(unit).remedy_order != "repair_first":
            return self._passed(
                "remedy_order", self.env._("The customer chooses among repair, replacement and money back.")
            )
        if unit["money_opens"]:
            return self._passed("remedy_order", unit["money_opens"])
        return self._passed(
            "remedy_order",
            self.env._(
                "First it is repaired or replaced. Money back follows if that fails, is refused or takes too long."
            ),
        )

    def _remedies(self, basis, unit):
        codes = super()._remedies(basis, unit)
        if basis != "guarantee" or not self._jurisdiction(unit).remedy_order:
            return codes
        reason_sudo = unit["reason"].sudo()  # reasons are no secret
        if self._is_mended_first(unit) and not unit["money_opens"]:
            # What the shop proposes for a reason may be more than the law asks.
            first = [code for code in codes if code in MENDING]
            return first and [code for code in codes if code in (*MENDING, reason_sudo.default_remedy_type_id.code)]
        if not reason_sudo.remedy_type_ids or "keep" in reason_sudo.remedy_type_ids.mapped("code"):
            return [*codes, "keep"] if "keep" not in codes else codes
        return codes

    def _order_words(self, judged):
        """Why a basis does not offer money back yet, as a sentence; False where it does, or has no order.

        :param dict judged: a basis as `_evaluate` judges it
        """
        if set(MONEY) & set(judged["remedies"]):
            return False
        return next((check["message"] for check in judged["checks"] if check["code"] == "remedy_order"), False)

    # === Facts === #

    def _has_order(self, unit):
        """Whether remedies of a defect are asked for, or nothing was said yet."""
        return unit["reason"].sudo().kind in (False, "defect") and bool(self._jurisdiction(unit).remedy_order)

    def _is_mended_first(self, unit):
        first = self._has_order(unit) and self._jurisdiction(unit).remedy_order == "repair_first"
        return first and bool(unit["move"])

    def _attempts(self, units):
        """Earlier claims for defects of the same units, with one search for all.

        The same unit is that of the same serial number, else of the same delivery; a replacement has that
        of the unit that it replaced behind it.

        :return: one recordset of `aftersales.rma.line` per unit
        """
        none = self.env["aftersales.rma.line"].sudo()  # what became of a unit is told to whoever asks about it
        asked = [unit for unit in units if self._is_mended_first(unit)]
        if not asked:
            return [none] * len(units)
        moves = self.env["stock.move"].concat(*(unit["move"] for unit in asked))
        lots = self.env["stock.lot"].concat(*(unit["lot"] for unit in asked))
        found_sudo = none.search(
            [
                "|",
                ("origin_move_id", "in", moves.ids),
                ("lot_id", "in", lots.ids),
                ("reason_id.kind", "=", "defect"),
                ("state", "in", ("approved", "done", "rejected")),
            ]
        )
        by_move, by_lot = found_sudo.grouped("origin_move_id"), found_sudo.grouped("lot_id")
        return [self._attempts_of(unit, by_move, by_lot) if self._is_mended_first(unit) else none for unit in units]

    def _attempts_of(self, unit, by_move, by_lot):
        none = self.env["aftersales.rma.line"].sudo()
        own = by_lot.get(unit["lot"], none) if unit["lot"] else by_move.get(unit["move"], none)
        replaced = unit["move"].sudo().aftersales_remedy_id.rma_line_id
        return own | replaced.filtered(lambda line: line.reason_id.kind == "defect")

    def _money_opens(self, unit, on):
        """Why the customer may have money back by now, as a sentence; False while repair or replacement come first.

        :param datetime.date on: the day asked for
        """
        told = (self._attempt_failed(claim, unit, on) for claim in unit["attempts"])
        return next(filter(None, told), False)

    def _attempt_failed(self, claim, unit, on):
        """How the repair or replacement of an earlier claim, or of this one, has failed (a sentence, or False)."""
        rma = claim.rma_id.name
        is_other = claim != unit.get("claim")
        if is_other and any(remedy.state == "done" and remedy.code in MENDING for remedy in claim.remedy_ids):
            return self.env._("It was repaired or replaced before (%(rma)s) and is faulty again.", rma=rma)
        if any(remedy._was_called_off() for remedy in claim.remedy_ids):
            return self.env._("Repair or replacement was not possible (%(rma)s).", rma=rma)
        if is_other and claim._was_refused_to_mend():
            return self.env._("Repair or replacement was refused (%(rma)s).", rma=rma)
        due = claim._mending_due(self._jurisdiction(unit).repair_days)
        if due and due < on:
            day = format_date(self.env, due)
            return self.env._("It was not repaired or replaced by %(day)s (%(rma)s).", day=day, rma=rma)
        return False
