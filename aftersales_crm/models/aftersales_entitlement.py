from odoo import api, models
from odoo.fields import Domain
from odoo.tools.misc import format_date

JUDGED_FIELDS = (
    "origin_move_id",
    "lot_id",
    "source",
    "start_date",
    "end_date",
    "closing",
    "closed_on",
    "suspended_since",
    "closing_reason",
    "coverage",
)


class AftersalesEntitlement(models.AbstractModel):
    """The one place that says whether a unit is covered on a day, and why."""

    _name = "aftersales.entitlement"
    _description = "Warranty Verdict"

    @api.model
    def _judge(self, units, on):
        """Judge several units with one search.

        :param list units: dicts with ``move`` (`stock.move`, may be empty), ``lot``
            (`stock.lot`, may be empty), ``product`` (`product.product`) and ``reason``
            (`aftersales.reason`, may be empty)
        :param datetime.date on: the day asked for
        :return: one dict per unit, in the same order: ``verdict`` (``covered``,
            ``not_covered`` or ``unknown``), ``reasons`` (list of sentences), ``warranties``
            (`aftersales.warranty`, all of the unit), ``covering`` (those that cover it) and
            ``coverage`` (percent of ``parts``, ``labour`` and ``shipping``)
        """
        moves = self.env["stock.move"].concat(*(unit["move"] for unit in units))
        lots = self.env["stock.lot"].concat(*(unit["lot"] for unit in units))
        domain = Domain.FALSE
        if moves:
            domain |= Domain("origin_move_id", "in", moves.ids)
        if lots:
            domain |= Domain("lot_id", "in", lots.ids)
        # A verdict is given to whoever may ask for it; the caller decides what it shows.
        found_sudo = self.env["aftersales.warranty"].sudo().search_fetch(domain, JUDGED_FIELDS)
        by_move, by_lot = found_sudo.grouped("origin_move_id"), found_sudo.grouped("lot_id")
        results = []
        for unit in units:
            index, key = (by_move, unit["move"]) if unit["move"] else (by_lot, unit["lot"])
            warranties_sudo = index.get(key, found_sudo.browse()) if key else found_sudo.browse()
            results.append(self._judge_unit(unit, warranties_sudo, on))
        return results

    def _judge_unit(self, unit, warranties, on):
        if unit["lot"]:
            warranties = warranties.filtered(lambda w: w.lot_id == unit["lot"])
        reason_code = unit["reason"].sudo().code
        covering = warranties.filtered(
            lambda w: w._state_on(on) == "active" and reason_code not in (w.coverage or {}).get("excluded_reasons", ())
        )
        coverage = {
            part: max(((w.coverage or {}).get(part, 0) for w in covering), default=0)
            for part in ("parts", "labour", "shipping")
        }
        if covering:
            verdict = "covered"
        elif warranties:
            verdict = "not_covered"
        else:
            verdict = "unknown"
        return {
            "verdict": verdict,
            "reasons": self._explain(warranties, reason_code, on),
            "warranties": warranties,
            "covering": covering,
            "coverage": coverage,
        }

    def _explain(self, warranties, reason_code, on):
        """A sentence per warranty, or why nothing is known."""
        if not warranties:
            return [self.env._("No warranty is recorded for this unit.")]
        return [self._explain_warranty(warranty, reason_code, on) for warranty in warranties]

    def _explain_warranty(self, warranty, reason_code, on):
        state = warranty._state_on(on)
        values = {
            "term": warranty.term_name,
            "start": format_date(self.env, warranty.start_date),
            "end": format_date(self.env, warranty.end_date),
        }
        if warranty.closing:
            return self.env._(
                "%(term)s: ended (%(reason)s).",
                term=warranty.term_name,
                reason=warranty.closing_reason or warranty.closing,
            )
        if state == "pending":
            return self.env._("%(term)s: begins on %(start)s.", **values)
        if state == "expired":
            return self.env._("%(term)s: ended on %(end)s.", **values)
        if reason_code in (warranty.coverage or {}).get("excluded_reasons", ()):
            return self.env._("%(term)s: does not cover this reason.", **values)
        return self.env._("%(term)s: covered until %(end)s.", **values)
