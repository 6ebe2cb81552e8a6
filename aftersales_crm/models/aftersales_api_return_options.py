from odoo import models
from odoo.exceptions import UserError

from ..facade.parts import ORDER, PARTNER, day, obj, text
from .aftersales_api import facade

BASIS_KEYS = ("eligible", "outcome", "until", "fee", "way_back_fee", "return_shipping", "remedies", "reasons")
CHECK_KEYS = ("code", "outcome", "message", "until")


class AftersalesApi(models.AbstractModel):
    """What of an order may come back."""

    _inherit = "aftersales.api"

    @facade(
        obj(
            order=ORDER,
            partner=PARTNER,
            on=day("Day on which rights are judged; today"),
            reason=text("Code of a return reason; judged without one"),
        )
    )
    def return_options(self, params):
        """What of an order, or of all orders of a customer, may come back: on which basis, until when, at what cost.

        Kits are listed by their components; what was not delivered yet, and services, by what was ordered.

        :return: ``order`` (false for a customer) and ``lines``, each with ``sale_line_id``, ``order``, ``product``,
            ``lots``, ``delivered``, ``undelivered`` (whether it is still to come), ``returnable``, ``remedies``,
            ``reason_codes``, ``best`` (a basis, or false), ``why`` (sentences) and ``bases`` (basis → ``eligible``,
            ``outcome``, ``until``, ``fee``, ``way_back_fee``, ``return_shipping``, ``remedies``, ``reasons``,
            ``checks``)
        :raise UserError: without an order or a customer
        """
        order = self._optional_ref("sale.order", params.get("order"), "order")
        lines = self._option_lines(order, params)
        company = order.company_id or self.env.company
        on = self._day(params.get("on")) or company._aftersales_today()
        reason = self._optional_ref("aftersales.reason", params.get("reason"), "reason")
        codes = self.env["aftersales.reason"].search([("company_id", "in", (company.id, False))]).mapped("code")
        entries = lines._aftersales_returnables()
        units = [
            self.env["aftersales.eligibility"]._prepare_unit(
                entry["sale_line"], product=entry["product"], move=entry["move"], reason=reason
            )
            for entry in entries
        ]
        judged = self.env["aftersales.eligibility"]._evaluate(units, on)
        return {
            "order": self._named(order),
            "lines": [
                {**self._option(entry), **self._option_bases(result), "reason_codes": codes}
                for entry, result in zip(entries, judged, strict=True)
            ],
        }

    def _option_lines(self, order, params):
        """The order lines that are asked about."""
        if order:
            return order.order_line
        if not params.get("partner"):
            raise UserError(self.env._("Give order or partner."))
        partner = self._ref("res.partner", params["partner"], "partner")
        return self.env["sale.order.line"].search(
            [("order_partner_id", "child_of", partner.commercial_partner_id.ids), ("state", "=", "sale")],
            order="order_id, sequence, id",
        )

    def _option(self, entry):
        lots = self.env["stock.lot"].union(*entry["lots"].values())
        return {
            "sale_line_id": entry["sale_line"].id,
            "order": entry["sale_line"].order_id.name,
            "product": self._product(entry["product"]),
            "lots": [self._named(lot) for lot in lots],
            "delivered": entry["quantity"] if entry["moves"] else 0.0,
            "undelivered": entry["undelivered"],
            "returnable": entry["returnable"],
        }

    def _option_bases(self, result):
        """The bases of a verdict, and every remedy that they offer."""
        offered = [judged["remedies"] for judged in result["bases"].values() if judged["eligible"]]
        return {
            "remedies": list(dict.fromkeys(code for codes in offered for code in codes)),
            "best": result["best"],
            "why": result["why"],
            "bases": {
                basis: {
                    **{key: judged[key] for key in BASIS_KEYS},
                    "checks": [{key: check[key] for key in CHECK_KEYS} for check in judged["checks"]],
                }
                for basis, judged in result["bases"].items()
            },
        }
