from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools.misc import format_date

# The bases that may carry a request, best for the customer first, by what is the matter.
RANKING = {
    "mind": ("withdrawal", "policy"),
    "defect": ("guarantee", "warranty", "withdrawal", "policy"),
    "delivery": ("delivery", "withdrawal", "policy"),
    "other": ("withdrawal", "policy"),
}
CHECKS = {
    "withdrawal": ("delivered", "consumer", "withdrawable", "withdrawal_window", "evidence"),
    "policy": ("delivered", "policy_accepts", "policy_window", "evidence"),
    "guarantee": ("delivered", "defect", "guarantee", "evidence"),
    "warranty": ("delivered", "defect", "warranty", "evidence"),
    "delivery": ("delivered", "delivery_fault", "conformity", "evidence"),
}
# The worst outcome of its checks is the outcome of a basis.
SEVERITY = ("pass", "unknown", "review", "fail")


class AftersalesEligibility(models.AbstractModel):
    """What may come back, on which basis, until when and at what cost.

    A check is one method ``_check_<code>(unit, on)`` named in ``CHECKS`` (or added by
    overriding ``_checks_of``) that returns `_outcome(...)`, or None when it has nothing to say.
    A unit is a dict with ``sale_line``, ``move``, ``lot``, ``product``, ``quantity`` (in the
    product's unit), ``reason``, ``photos`` (number, or None when not asked yet).
    """

    _name = "aftersales.eligibility"
    _description = "Return Eligibility"

    @api.model
    def _evaluate(self, units, on):
        """Judge units on every basis.

        :param list units: dicts as described on the class
        :param datetime.date on: the day on which rights are judged
        :return: one dict per unit, same order: ``bases`` (basis → ``eligible``, ``outcome``,
            ``until``, ``fee``, ``return_shipping``, ``remedies``, ``reasons``, ``checks``),
            ``best`` (basis, or False when none passes), ``nearest`` (the best, else the basis that
            failed least), ``why`` (sentences about it; about every basis that was looked at when
            all fail) and ``entitlement`` (the warranty verdict)
        """
        verdicts = self.env["aftersales.entitlement"]._judge(units, on)
        orders = {unit["sale_line"].order_id for unit in units}
        last_deliveries = {order: self._last_delivery(order) for order in orders}
        results = []
        for unit, verdict in zip(units, verdicts, strict=True):
            unit = dict(unit, entitlement=verdict, last_delivery=last_deliveries[unit["sale_line"].order_id])
            bases = {basis: self._evaluate_basis(basis, unit, on) for basis in CHECKS}
            results.append({"bases": bases, "entitlement": verdict, **self._rank(unit, bases)})
        return results

    def _evaluate_basis(self, basis, unit, on):
        checks = []
        for code in self._checks_of(basis):
            outcome = getattr(self, f"_check_{code}")(unit, on)
            if outcome:
                checks.append(outcome)
        worst = max((check["outcome"] for check in checks), key=SEVERITY.index, default="unknown")
        untils = [check["until"] for check in checks if check["until"]]
        return {
            "eligible": worst == "pass",
            "outcome": worst,
            "until": min(untils) if untils else False,
            "fee": self._fee(basis, unit),
            "return_shipping": self._return_shipping(basis, unit),
            "remedies": self._remedies(basis, unit),
            "reasons": [
                check["message"] for check in checks if check["message"] and check["outcome"] in (worst, "pass")
            ],
            "checks": checks,
        }

    def _rank(self, unit, bases):
        """Which of the bases that may carry the request does, or comes nearest, and why."""
        ranking = RANKING[unit["reason"].sudo().kind or "mind"]
        nearest = min(ranking, key=lambda basis: SEVERITY.index(bases[basis]["outcome"]))
        told = ranking if bases[nearest]["outcome"] == "fail" else (nearest,)
        return {
            "nearest": nearest,
            "best": nearest if bases[nearest]["eligible"] else False,
            "why": list(dict.fromkeys(text for basis in told for text in bases[basis]["reasons"])),
        }

    # === What a basis gives === #

    def _fee(self, basis, unit):
        """Fee in the order's currency, taxes included; never where the law gives the right."""
        terms = unit["sale_line"].aftersales_policy_terms
        if basis != "policy" or not terms or terms["fee_type"] == "none":
            return 0.0
        if terms["fee_type"] == "fixed":
            fee = terms["fee_amount"] * unit["quantity"]
        else:
            fee = unit["paid"] * terms["fee_amount"] / 100
        return unit["sale_line"].currency_id.round(min(fee, unit["paid"]))

    def _return_shipping(self, basis, unit):
        if basis in ("guarantee", "warranty", "delivery"):
            return "shop"
        return (unit["sale_line"].aftersales_policy_terms or {}).get("return_shipping", "customer")

    def _remedies(self, basis, unit):
        """Codes of the remedies that a basis offers for the reason given."""
        codes = self.env["aftersales.remedy.type"]._codes()
        allowed = set(unit["reason"].sudo().remedy_type_ids.mapped("code") or codes)
        if basis == "policy":
            policy = (unit["sale_line"].aftersales_policy_terms or {}).get("remedies")
            if policy:
                allowed &= set(policy)
        elif basis == "withdrawal":
            allowed &= {"refund"}
        elif basis == "warranty":
            allowed &= {"repair", "replacement"}
        return [code for code in codes if code in allowed]

    # === Checks === #

    def _checks_of(self, basis):
        """Hook: codes of the checks that decide about a basis."""
        return CHECKS[basis]

    def _outcome(self, code, outcome, message="", until=False):
        return {"code": code, "outcome": outcome, "message": message, "until": until}

    def _check_delivered(self, unit, on):
        if not unit["move"]:
            return self._outcome("delivered", "fail", self.env._("These units have not been delivered."))
        return self._outcome("delivered", "pass")

    def _check_consumer(self, unit, on):
        if not unit["sale_line"].order_id.aftersales_is_consumer:
            return self._outcome("consumer", "fail", self.env._("The right to withdraw is for consumers only."))
        return self._outcome("consumer", "pass")

    def _check_withdrawable(self, unit, on):
        if unit["product"].product_tmpl_id.aftersales_no_withdrawal:
            return self._outcome(
                "withdrawable",
                "fail",
                self.env._("The right to withdraw does not apply to this product."),
            )
        return self._outcome("withdrawable", "pass")

    def _check_withdrawal_window(self, unit, on):
        jurisdiction = self._jurisdiction(unit)
        if not jurisdiction.withdrawal_days:
            return self._outcome(
                "withdrawal_window",
                "fail",
                self.env._("The customer's country gives no right to withdraw."),
            )
        last = unit["last_delivery"]
        if not last:
            return self._outcome(
                "withdrawal_window",
                "pass",
                self.env._("Goods of the order are still to come: the period has not begun."),
            )
        until = last + relativedelta(days=jurisdiction.withdrawal_days)
        return self._window("withdrawal_window", on, until, self.env._("Withdrawal by law"))

    def _check_policy_accepts(self, unit, on):
        terms = unit["sale_line"].aftersales_policy_terms
        if not terms:
            return self._outcome("policy_accepts", "unknown", self.env._("No return policy was fixed for the order."))
        if not terms["returnable"]:
            return self._outcome(
                "policy_accepts",
                "fail",
                self.env._("“%(policy)s” does not take this product back.", policy=terms["name"]),
            )
        return self._outcome("policy_accepts", "pass")

    def _check_policy_window(self, unit, on):
        until = unit["sale_line"].aftersales_return_until
        if not until:
            return self._outcome("policy_window", "unknown", self.env._("The return window has not begun."))
        return self._window("policy_window", on, until, self.env._("Return policy"))

    def _check_defect(self, unit, on):
        return self._check_kind("defect", unit, self.env._("Only defects are covered."))

    def _check_delivery_fault(self, unit, on):
        return self._check_kind("delivery", unit, self.env._("Only wrong, missing or damaged deliveries."))

    def _check_kind(self, kind, unit, message):
        reason_sudo = unit["reason"].sudo()
        if reason_sudo and reason_sudo.kind != kind:
            return self._outcome(kind, "fail", message)
        return None

    def _check_guarantee(self, unit, on):
        until = self._guarantee_until(unit)
        if not until:
            return self._outcome("guarantee", "fail", self.env._("No statutory guarantee applies to the order."))
        return self._window("guarantee", on, until, self.env._("Statutory guarantee"))

    def _check_warranty(self, unit, on):
        verdict = unit["entitlement"]
        commercial = verdict["warranties"].filtered(lambda w: w.source != "statutory")
        covering = verdict["covering"] & commercial
        if covering:
            until = max(covering.mapped("end_date"))
            return self._window("warranty", on, until, self.env._("Warranty"))
        if not commercial:
            return self._outcome("warranty", "fail", self.env._("No commercial warranty came with this unit."))
        return self._outcome("warranty", "fail", " ".join(verdict["reasons"]))

    def _check_conformity(self, unit, on):
        """Goods that never were as ordered: as long as the guarantee, else the policy."""
        until = self._guarantee_until(unit) or unit["sale_line"].aftersales_return_until
        if not until:
            return self._outcome("conformity", "review", self.env._("Somebody has to look at this delivery."))
        return self._window("conformity", on, until, self.env._("Faulty delivery"))

    def _check_evidence(self, unit, on):
        if not unit["reason"].sudo().photo_required or unit["photos"] is None:
            return None
        if not unit["photos"]:
            return self._outcome("evidence", "review", self.env._("A photo of the damage is missing."))
        return self._outcome("evidence", "pass")

    # === Helpers === #

    def _window(self, code, on, until, label):
        day = format_date(self.env, until)
        if on <= until:
            message = self.env._("%(label)s: until %(day)s.", label=label, day=day)
            return self._outcome(code, "pass", message, until)
        message = self.env._("%(label)s: ended on %(day)s.", label=label, day=day)
        return self._outcome(code, "fail", message, until)

    def _jurisdiction(self, unit):
        order = unit["sale_line"].order_id
        day = order.company_id._aftersales_date(order.date_order)
        return order._aftersales_jurisdiction(day)

    def _last_delivery(self, order):
        """Day of the last delivery of an order; none while goods are still to come."""
        moves = order.order_line.move_ids.filtered(
            lambda move: (
                move.location_dest_id.usage == "customer"
                and not move.origin_returned_move_id
                and not move.aftersales_remedy_id
                and move.state != "cancel"
            )
        )
        if not moves or any(move.state != "done" for move in moves):
            return False
        return order.company_id._aftersales_date(max(moves.mapped("date")))

    def _guarantee_until(self, unit):
        """Last day of the statutory guarantee: as recorded, else from the delivery."""
        statutory = unit["entitlement"]["warranties"].filtered(lambda w: w.source == "statutory" and not w.closing)
        if statutory:
            return max(statutory.mapped("end_date"))
        months = self._jurisdiction(unit).guarantee_months
        if not months or not unit["move"] or unit["entitlement"]["warranties"]:
            return False
        start = unit["move"].company_id._aftersales_date(unit["move"].date)
        return self.env["aftersales.warranty.term"]._last_day(start, months, "months")
