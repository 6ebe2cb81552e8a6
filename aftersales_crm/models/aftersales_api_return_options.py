from odoo import models

from ..facade.parts import ORDER, day, obj
from .aftersales_api import facade


class AftersalesApi(models.AbstractModel):
    """What of an order may come back."""

    _inherit = "aftersales.api"

    @facade(obj(required=("order",), order=ORDER, on=day("Day on which rights are judged; today")))
    def return_options(self, params):
        """What of an order may come back: on which basis, until when, at what cost.

        :return: ``order`` and ``lines``, each with ``sale_line_id``, ``product``, ``lots``,
            ``delivered``, ``returnable``, ``remedies``, ``reason_codes`` and ``bases`` (basis →
            ``eligible``, ``until``, ``fee``, ``reasons``)
        """
        order = self._ref("sale.order", params["order"], "order")
        on = self._day(params.get("on")) or order.company_id._aftersales_today()
        reasons = self.env["aftersales.reason"].search([("company_id", "in", (order.company_id.id, False))])
        lines = order.order_line.filtered(lambda line: line.product_id and not line.display_type)
        units = [self._option_unit(line) for line in lines]
        judged = self.env["aftersales.eligibility"]._evaluate(units, on)
        moves = self.env["stock.move"].concat(*(unit["moves"] for unit in units))
        counts, lots = moves._aftersales_units(), moves._aftersales_lots_left()
        codes = reasons.mapped("code")
        return {
            "order": {"id": order.id, "name": order.name},
            "lines": [
                {**self._option(unit, counts, lots), **self._option_bases(result), "reason_codes": codes}
                for unit, result in zip(units, judged, strict=True)
            ],
        }

    def _option_unit(self, line):
        """An order line as a unit for eligibility: one more unit of its last delivery."""
        moves = line._aftersales_deliveries()
        return {
            "sale_line": line,
            "moves": moves,
            "move": moves[-1:],
            "lot": self.env["stock.lot"],
            "product": line.product_id,
            "quantity": 1.0,
            "paid": self.env["aftersales.rma.line"]._paid_for(line, line.product_id, 1.0),
            "reason": self.env["aftersales.reason"],
            "photos": None,
        }

    def _option(self, unit, counts, lots):
        moves = unit["moves"]
        left = self.env["stock.lot"].union(*(lots[move] for move in moves))
        return {
            "sale_line_id": unit["sale_line"].id,
            "product": self._product(unit["product"]),
            "lots": [self._named(lot) for lot in left],
            "delivered": sum(counts[move]["delivered"] for move in moves),
            "returnable": sum(counts[move]["returnable"] for move in moves),
        }

    def _option_bases(self, result):
        """The bases of a verdict, and every remedy that they offer."""
        offered = [judged["remedies"] for judged in result["bases"].values() if judged["eligible"]]
        return {
            "remedies": list(dict.fromkeys(code for codes in offered for code in codes)),
            "bases": {
                basis: {key: judged[key] for key in ("eligible", "until", "fee", "reasons")}
                for basis, judged in result["bases"].items()
            },
        }
