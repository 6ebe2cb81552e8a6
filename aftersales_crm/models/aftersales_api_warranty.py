from odoo import models
from odoo.exceptions import UserError

from ..facade.parts import LOT, ORDER, PRODUCT, day, obj, text
from .aftersales_api import facade


class AftersalesApi(models.AbstractModel):
    """Warranties."""

    _inherit = "aftersales.api"

    @facade(
        obj(
            lot=LOT,
            order=ORDER,
            product=PRODUCT,
            on=day("Day asked for; today"),
            reason=text("Code of a return reason"),
        )
    )
    def warranty_status(self, params):
        """Whether a unit is covered on a day, and why: by serial, or by order and product.

        :return: ``verdict`` (``covered``, ``not_covered``, ``unknown``), ``reasons``, ``coverage``,
            ``warranties`` (``id, term, source, start, end, state, days_left, coverage``), ``rights`` (what
            each of them gives on that day: ``warranty_id, by_law, verdict, start, until, coverage,
            coverage_until, reason``) and ``burden`` (who has to prove that a defect was there from the
            start: ``who, until, sentence``; false where nobody asks)
        """
        unit, company = self._warranty_unit(params)
        on = self._day(params.get("on")) or company._aftersales_today()
        verdict = self.env["aftersales.entitlement"]._judge([unit], on)[0]
        return {
            "verdict": verdict["verdict"],
            "reasons": verdict["reasons"],
            "coverage": verdict["coverage"],
            "warranties": [self._warranty(warranty, on) for warranty in verdict["warranties"]],
            "rights": [self._right(right) for right in verdict["rights"]],
            "burden": verdict["burden"],
        }

    def _warranty_unit(self, params):
        """The unit that `warranty_status` asks about, and its company."""
        reason = self._optional_ref("aftersales.reason", params.get("reason"), "reason")
        product = self._optional_ref("product.product", params.get("product"), "product")
        lot = self._lot_ref(params.get("lot"), "lot", product)
        if lot:
            move = lot._aftersales_deliveries()[-1:]
            company = move.company_id or self.env.company
            return {"move": move, "lot": lot, "product": lot.product_id, "reason": reason}, company
        if not (params.get("order") and product):
            raise UserError(self.env._("Give lot, or order and product."))
        order = self._ref("sale.order", params["order"], "order")
        lines = order.order_line.filtered(lambda line: line.product_id == product)
        move = lines._aftersales_deliveries()[-1:]
        return {"move": move, "lot": lot, "product": product, "reason": reason}, order.company_id

    def _right(self, right):
        plain = ("by_law", "verdict", "start", "until", "coverage", "coverage_until", "reason")
        return {"warranty_id": right["warranty"].id, **{key: right[key] for key in plain}}

    def _warranty(self, warranty, on):
        state = warranty._state_on(on)
        return {
            "id": warranty.id,
            "term": warranty.term_name,
            "source": warranty.source,
            "start": warranty.start_date,
            "end": warranty.end_date,
            "state": state,
            "days_left": (warranty.end_date - on).days if state == "active" else 0,
            "coverage": {part: (warranty.coverage or {}).get(part, 0) for part in ("parts", "labour", "shipping")},
        }
