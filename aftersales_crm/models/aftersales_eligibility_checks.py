from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools.misc import format_date

from .warranty_clock import last_day


class AftersalesEligibility(models.AbstractModel):
    """The checks that decide about a basis, and the facts they look at."""

    _inherit = "aftersales.eligibility"

    # === Checks === #

    def _check_bought_here(self, unit, on):
        if unit["sale_line"]:
            return self._passed(
                "bought_here", self.env._("Bought with %(order)s.", order=unit["sale_line"].order_id.name)
            )
        return self._outcome("bought_here", "fail", self.env._("It was not bought here."), final=True)

    def _check_delivered(self, unit, on):
        line, move = unit["sale_line"], unit["move"]
        if not line:
            return None
        if move:
            day = format_date(self.env, move.company_id._aftersales_date(move.date))
            return self._passed("delivered", self.env._("Delivered on %(day)s.", day=day))
        if unit["product"].type == "service":
            return self._passed("delivered", self.env._("A service: nothing is delivered."))
        return self._outcome("delivered", "fail", self.env._("These units have not been delivered."))

    def _check_consumer(self, unit, on):
        if not self._is_consumer(unit):
            return self._outcome("consumer", "fail", self.env._("The right to withdraw is for consumers only."))
        return self._passed("consumer", self.env._("Bought as a consumer."))

    def _check_withdrawable(self, unit, on):
        kind = self._kind(unit)
        excluded = kind and kind["code"] in self._jurisdiction(unit).excluded_kind_ids.mapped("code")
        return self._check_kind("withdrawable", unit, kind if excluded else False, self.env._("The right to withdraw"))

    def _check_withdrawal_window(self, unit, on):
        jurisdiction = self._jurisdiction(unit)
        if not jurisdiction.withdrawal_days:
            return self._outcome(
                "withdrawal_window", "fail", self.env._("The customer's country gives no right to withdraw.")
            )
        start = self._withdrawal_start(unit)
        if not start:
            return self._outcome(
                "withdrawal_window",
                "pass",
                self.env._("Goods of the order are still to come: the period has not begun."),
            )
        until = start + relativedelta(days=jurisdiction.withdrawal_days)
        if unit["sale_line"].order_id.aftersales_not_informed:
            until += relativedelta(months=jurisdiction.uninformed_months)
        return self._window("withdrawal_window", on, until, self.env._("Withdrawal by law"))

    def _check_policy_accepts(self, unit, on):
        terms = self._terms_of(unit)
        if not terms:
            return self._outcome("policy_accepts", "unknown", self.env._("No return policy was fixed for the order."))
        if not terms["returnable"]:
            return self._outcome(
                "policy_accepts",
                "fail",
                self.env._("“%(policy)s” does not take this product back.", policy=terms["name"]),
            )
        return self._passed("policy_accepts", self.env._("“%(policy)s” takes products back.", policy=terms["name"]))

    def _check_policy_kind(self, unit, on):
        terms = self._terms_of(unit)
        kind = self._kind(unit) if terms.get("excludes_kind") else False
        return self._check_kind("policy_kind", unit, kind, terms.get("name") or self.env._("Return policy"))

    def _check_policy_window(self, unit, on):
        until = self._return_until(unit)
        if not until:
            return self._outcome("policy_window", "unknown", self.env._("The return window has not begun."))
        return self._window("policy_window", on, until, self.env._("Return policy"))

    def _check_defect(self, unit, on):
        return self._check_reason("defect", unit, self.env._("Only defects are covered."))

    def _check_delivery_fault(self, unit, on):
        return self._check_reason("delivery", unit, self.env._("Only wrong, missing or damaged deliveries."))

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
        if commercial:
            return self._outcome("warranty", "fail", " ".join(verdict["reasons"]))
        if not unit["sale_line"]:
            return self._outcome("warranty", "review", self.env._("Somebody has to look at the proof of purchase."))
        return self._outcome("warranty", "fail", self.env._("No commercial warranty came with this unit."))

    def _check_conformity(self, unit, on):
        """Goods that never were as ordered: as long as the guarantee, else the policy."""
        until = self._guarantee_until(unit) or self._return_until(unit)
        if not until:
            return self._outcome("conformity", "review", self.env._("Somebody has to look at this delivery."))
        return self._window("conformity", on, until, self.env._("Faulty delivery"))

    def _check_evidence(self, unit, on):
        wanted = self._terms_of(unit).get("evidence", "none")
        photo = unit["reason"].sudo().photo_required or wanted != "none"
        if photo and unit["photos"] == 0:
            return self._outcome("evidence", "review", self.env._("A photo is missing."))
        if wanted == "photo_note" and unit["described"] is False:
            return self._outcome("evidence", "review", self.env._("A description is missing."))
        if not photo:
            return self._passed("evidence", self.env._("No evidence is asked for."))
        if unit["photos"] is None:
            return self._passed("evidence", self.env._("A photo will be asked for."))
        return self._passed("evidence", self.env._("The evidence asked for is there."))

    # === What checks have in common === #

    def _check_reason(self, kind, unit, message):
        reason_sudo = unit["reason"].sudo()
        if not reason_sudo:
            return None
        if reason_sudo.kind != kind:
            return self._outcome(kind, "fail", message)
        return self._passed(kind, self.env._("The reason: %(reason)s.", reason=reason_sudo.name))

    def _check_kind(self, code, unit, kind, rule):
        """Whether a rule leaves the kind of a product out.

        :param kind: the kind that the rule excludes, as `_kind` gives it; False for none
        :param str rule: the rule in words
        """
        if not kind:
            return self._passed(code, self.env._("%(rule)s: no exception for this product.", rule=rule))
        names = {"rule": rule, "kind": kind["name"]}
        if not kind["opened_only"]:
            return self._outcome(code, "fail", self.env._("%(rule)s: not for “%(kind)s”.", **names))
        opened = self._is_opened(unit)
        if opened is None:
            message = self.env._("%(rule)s: “%(kind)s” only while it is unopened, which is not known.", **names)
            return self._outcome(code, "unknown", message)
        if opened:
            return self._outcome(
                code, "fail", self.env._("%(rule)s: not for “%(kind)s” once opened or begun.", **names)
            )
        return self._passed(code, self.env._("%(rule)s: “%(kind)s”, not opened or begun.", **names))

    def _window(self, code, on, until, label):
        day = format_date(self.env, until)
        if on <= until:
            message = self.env._("%(label)s: until %(day)s.", label=label, day=day)
            return self._outcome(code, "pass", message, until)
        message = self.env._("%(label)s: ended on %(day)s.", label=label, day=day)
        return self._outcome(code, "fail", message, until)

    # === Facts === #

    def _kind(self, unit):
        """The kind of the product as the order line keeps it, else as it is now; False for none."""
        terms = self._terms_of(unit)
        if "kind" in terms:
            return terms["kind"]
        return unit["product"].product_tmpl_id._aftersales_kind().sudo()._snapshot()  # kinds are no secret

    def _is_opened(self, unit):
        """Whether a seal was broken or a service fully performed; None when nobody knows."""
        line = unit["sale_line"]
        if unit["opened"] is None and unit["product"].type == "service":
            return line.product_uom_id.compare(line.qty_delivered, line.product_uom_qty) >= 0
        return unit["opened"]

    def _is_to_come(self, unit):
        """Whether the goods were ordered and not delivered yet."""
        return bool(unit["sale_line"]) and not unit["move"] and unit["product"].type == "consu"

    def _is_consumer(self, unit):
        return unit.get("consumer", unit["sale_line"].order_id.aftersales_is_consumer)

    def _return_until(self, unit):
        return unit["return_until"] if "return_until" in unit else unit["sale_line"].aftersales_return_until

    def _jurisdiction(self, unit):
        """The consumer law of the order's day; none for a business."""
        order = unit["sale_line"].order_id
        if not self._is_consumer(unit):
            return self.env["aftersales.jurisdiction"]
        return order._aftersales_law()

    def _withdrawal_start(self, unit):
        """Day the period to withdraw counts from; False while goods of the order are still to come."""
        order = unit["sale_line"].order_id
        if unit["product"].type == "service":
            return order.company_id._aftersales_date(order.date_order)
        return unit["last_delivery"]

    def _last_delivery(self, order):
        """Day of the last delivery of an order; none while goods are still to come."""
        moves = order.order_line._aftersales_shipments()
        if not moves or any(move.state != "done" for move in moves):
            return False
        return order.company_id._aftersales_date(max(moves.mapped("date")))

    def _guarantee_until(self, unit):
        """Last day of a consumer's statutory guarantee: as recorded, else from the delivery."""
        if not self._is_consumer(unit):
            return False
        statutory = unit["entitlement"]["warranties"].filtered(lambda w: w.source == "statutory" and not w.closing)
        if statutory:
            return max(statutory.mapped("end_date"))
        months = self._jurisdiction(unit).guarantee_months
        if not months or not unit["move"] or unit["entitlement"]["warranties"]:
            return False
        start = unit["move"].company_id._aftersales_date(unit["move"].date)
        return last_day(start, months, "months")
