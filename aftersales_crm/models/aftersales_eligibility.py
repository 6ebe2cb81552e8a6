from odoo import api, models

# The bases that may carry a request, best for the customer first, by what is the matter.
RANKING = {
    "mind": ("withdrawal", "policy"),
    "defect": ("guarantee", "warranty", "withdrawal", "policy"),
    "delivery": ("delivery", "withdrawal", "policy"),
    "other": ("withdrawal", "policy"),
}
CHECKS = {
    "withdrawal": ("bought_here", "consumer", "withdrawable", "withdrawal_window"),
    "policy": ("bought_here", "delivered", "policy_accepts", "policy_kind", "policy_window", "evidence"),
    "guarantee": ("bought_here", "delivered", "defect", "guarantee", "evidence"),
    "warranty": ("delivered", "defect", "warranty", "evidence"),
    "delivery": ("bought_here", "delivery_fault", "conformity", "evidence"),
}
# The worst outcome of its checks is the outcome of a basis.
SEVERITY = ("pass", "unknown", "review", "fail")
# Rights of the law: while a person may still confirm one, the shop's own rules do not replace it.
STATUTORY = ("withdrawal", "guarantee", "delivery")
# Parties that a basis lets pay the way back, whatever the policy says.
FAULT_BASES = ("guarantee", "warranty", "delivery")


class AftersalesEligibility(models.AbstractModel):
    """What may come back, on which basis, until when and at what cost.

    A check is one method ``_check_<code>(unit, on)`` named in ``CHECKS`` (or added by
    overriding ``_checks_of``) that returns `_outcome(...)`, or None when it has nothing to say.
    Units are made by `_prepare_unit`.
    """

    _name = "aftersales.eligibility"
    _description = "Return Eligibility"

    @api.model
    def _prepare_unit(self, sale_line, **facts):
        """A unit to judge, with what is known of it.

        :param sale_line: `sale.order.line`; empty for goods bought elsewhere
        :param facts: each optional: ``move`` (`stock.move` that delivered it), ``lot`` (`stock.lot`),
            ``product`` (`product.product`), ``quantity`` (in the product's unit), ``paid`` (for them),
            ``reason`` (`aftersales.reason`); and, None when not asked yet, ``photos`` (number),
            ``described`` and ``opened`` (bool); for a simulation, instead of what the order says:
            ``consumer`` (bool), ``terms`` (of `aftersales.return.policy`) and ``return_until`` (date)
        """
        product = facts.get("product") or sale_line.product_id
        quantity = facts.get("quantity") or 1.0
        unit = {
            "sale_line": sale_line,
            "move": self.env["stock.move"],
            "lot": self.env["stock.lot"],
            "reason": self.env["aftersales.reason"],
            "photos": None,
            "described": None,
            "opened": None,
            **facts,
            "product": product,
            "quantity": quantity,
        }
        if "paid" not in unit:
            unit["paid"] = self.env["aftersales.rma.line"]._paid_for(sale_line, product, quantity)
        return unit

    @api.model
    def _evaluate(self, units, on):
        """Judge units on every basis.

        :param list units: dicts of `_prepare_unit`
        :param datetime.date on: the day on which rights are judged
        :return: one dict per unit, same order: ``bases`` (basis → ``eligible``, ``outcome``,
            ``until``, ``fee``, ``way_back_fee``, ``return_shipping``, ``remedies``, ``reasons``,
            ``checks``), ``best`` (basis, or False when none passes), ``nearest`` (the best, else the one
            that comes nearest), ``why`` (what the customer is told: about it, or why all failed) and
            ``entitlement`` (the warranty verdict)
        """
        verdicts = self.env["aftersales.entitlement"]._judge(units, on)
        orders = {unit["sale_line"].order_id for unit in units}
        last_deliveries = {order: self._last_delivery(order) for order in orders}
        return [
            self._evaluate_unit(
                {
                    **unit,
                    "on": on,
                    "entitlement": verdict,
                    "last_delivery": last_deliveries[unit["sale_line"].order_id],
                },
                on,
            )
            for unit, verdict in zip(units, verdicts, strict=True)
        ]

    def _evaluate_unit(self, unit, on):
        bases = {basis: self._evaluate_basis(basis, unit, on) for basis in CHECKS}
        ranking = RANKING[unit["reason"].sudo().kind or "mind"]
        best = self._best(ranking, bases)
        by_nearness = [best] if best else self._by_nearness(ranking, bases)
        if bases[by_nearness[0]]["outcome"] != "fail":
            by_nearness = by_nearness[:1]  # a person decides about that one
        told = [text for basis in by_nearness for text in bases[basis]["reasons"]]
        return {
            "bases": bases,
            "best": best,
            "nearest": by_nearness[0],
            "why": list(dict.fromkeys(told)),
            "entitlement": unit["entitlement"],
        }

    def _evaluate_basis(self, basis, unit, on):
        checks = []
        for code in self._checks_of(basis):
            outcome = getattr(self, f"_check_{code}")(unit, on)
            if outcome:
                checks.append(outcome)
            if outcome and outcome["final"]:
                break
        worst = max((check["outcome"] for check in checks), key=SEVERITY.index, default="unknown")
        untils = [check["until"] for check in checks if check["until"]]
        return {
            "eligible": worst == "pass",
            "outcome": worst,
            "until": min(untils) if untils else False,
            "fee": self._fee(basis, unit),
            "way_back_fee": self._way_back_fee(basis, unit),
            "return_shipping": self._return_shipping(basis, unit),
            "remedies": self._remedies(basis, unit),
            "reasons": [check["message"] for check in checks if check["told"] and check["outcome"] == worst],
            "checks": checks,
        }

    def _best(self, ranking, bases):
        """The first basis of the ranking that passes; none while a person may confirm a right above it."""
        for basis in ranking:
            if bases[basis]["eligible"]:
                return basis
            if self._is_open_right(basis, bases):
                return False
        return False

    def _is_open_right(self, basis, bases):
        """Whether the law may give the right and only a person can tell."""
        return basis in STATUTORY and bases[basis]["outcome"] in ("unknown", "review")

    def _by_nearness(self, ranking, bases):
        """Bases without a best one: open rights, then least in the way, then those that lasted longest."""

        def nearness(basis):
            until = bases[basis]["until"]
            severity = SEVERITY.index(bases[basis]["outcome"])
            return not self._is_open_right(basis, bases), severity, -until.toordinal() if until else 0

        return sorted(ranking, key=nearness)

    # === What a basis gives === #

    def _terms_of(self, unit):
        return unit.get("terms") or unit["sale_line"].aftersales_policy_terms or {}

    def _fee(self, basis, unit):
        """Fee in the order's currency, taxes included; never where the law gives the right."""
        terms = self._terms_of(unit)
        if basis != "policy" or terms.get("fee_type", "none") == "none":
            return 0.0
        if terms["fee_type"] == "fixed":
            fee = terms["fee_amount"] * unit["quantity"]
        else:
            fee = unit["paid"] * terms["fee_amount"] / 100
        return unit["sale_line"].currency_id.round(min(fee, unit["paid"]))

    def _way_back_fee(self, basis, unit):
        """What a return is charged once for the way back; never where the law gives the right."""
        if basis != "policy" or self._return_shipping(basis, unit) != "deducted":
            return 0.0
        return min(self._terms_of(unit).get("way_back_fee", 0.0), unit["paid"])

    def _return_shipping(self, basis, unit):
        """Who pays the way back: ``customer``, ``shop``, or ``deducted`` from the refund."""
        if basis in FAULT_BASES:
            return "shop"
        payer = self._terms_of(unit).get("return_shipping", "customer")
        return "customer" if basis == "withdrawal" and payer == "deducted" else payer

    def _remedies(self, basis, unit):
        """Codes of the remedies that a basis offers for the reason given."""
        codes = self.env["aftersales.remedy.type"]._codes()
        allowed = set(unit["reason"].sudo().remedy_type_ids.mapped("code") or codes)
        if basis == "policy":
            policy = self._terms_of(unit).get("remedies")
            if policy:
                allowed &= set(policy)
        elif basis == "withdrawal":
            allowed &= {"refund"}
        elif basis == "warranty":
            allowed &= {"repair", "replacement"}
        if self._is_to_come(unit):
            allowed -= {"repair", "replacement"}
        return [code for code in codes if code in allowed]

    # === Hooks === #

    def _checks_of(self, basis):
        """Hook: codes of the checks that decide about a basis."""
        return CHECKS[basis]

    def _outcome(self, code, outcome, message="", until=False, told=True, final=False):
        """What a check found.

        :param str code: names the check
        :param str outcome: one of ``SEVERITY``
        :param str message: the finding as a sentence
        :param datetime.date until: last day on which it passes
        :param bool told: whether the customer hears of it when it decides
        :param bool final: whether further checks of the basis make no sense
        """
        return {"code": code, "outcome": outcome, "message": message, "until": until, "told": told, "final": final}

    def _passed(self, code, message):
        """A check that passes and of which only "why?" tells."""
        return self._outcome(code, "pass", message, told=False)
