from datetime import timedelta

from odoo import models
from odoo.tools.misc import format_date

from .aftersales_entitlement import NO_FAULT, NO_FAULT_IN_USE


class AftersalesEntitlement(models.AbstractModel):
    """What may be in the way of a warranty, in words that a clerk reads to the customer."""

    _inherit = "aftersales.entitlement"

    # === Obstacles === #

    def _obstacle_period(self, right, case):
        """Void, cancelled, not begun or over."""
        state = right["warranty"]._state_on(case["on"])
        if state == "active" or (state == "expired" and right["open_end"]):
            return None
        if state == "pending":
            return "not_covered", self.env._("%(term)s: begins on %(start)s.", **self._words(right, "start"))
        if state == "expired":
            return "not_covered", self.env._("%(term)s: ended on %(end)s.", **self._words(right, "end"))
        return "not_covered", self._closed_sentence(right, state)

    def _obstacle_parts(self, right, case):
        """Everything that it covers has ended, before the whole."""
        if not right["coverage_until"] or any(right["coverage"].values()):
            return None
        return "not_covered", self.env._(
            "%(term)s: what it covers ended on %(parts_end)s.", **self._words(right, "parts_end")
        )

    def _obstacle_reason(self, right, case):
        """No fault, or one that the terms leave out; nothing the shop writes takes from what the law gives."""
        reason_sudo = case["reason"].sudo()  # the words of a reason are no secret
        excluded = right["terms"].get("excluded_reasons", ())
        no_fault = reason_sudo.kind in (NO_FAULT if right["by_law"] else NO_FAULT_IN_USE)
        if not no_fault and (right["by_law"] or reason_sudo.code not in excluded):
            return None
        return "not_covered", self.env._(
            "%(term)s: does not cover “%(reason)s”.", reason=reason_sudo.name, **self._words(right)
        )

    def _obstacle_claims(self, right, case):
        """All claims that the terms allow have been made."""
        allowed = right["terms"].get("max_claims") or 0
        if right["by_law"] or not allowed or len(case["claims"]) < allowed:
            return None
        return "not_covered", self.env._(
            "%(term)s: pays for claims up to a number of %(count)s, and so many have been made.",
            count=allowed,
            **self._words(right),
        )

    def _obstacle_proof(self, right, case):
        """A registration that nobody has looked at."""
        if right["warranty"].is_verified:
            return None
        return "unknown", self.env._(
            "%(term)s: registered until %(end)s, but nobody has checked the proof of purchase yet.",
            **self._words(right, "end"),
        )

    # === Sentences === #

    def _words(self, right, day=None):
        """What a sentence about a warranty says of it: its name, and the day that the sentence names.

        :param str day: ``start``, ``end`` or ``parts_end``
        """
        words = {"term": right["name"]}
        if day:
            days = {"start": right["start"], "end": right["until"]}
            words[day] = format_date(self.env, days.get(day) or max(right["coverage_until"].values()))
        return words

    def _right_name(self, warranty, terms):
        """What a right is called: the law by its name, a promise by that of its terms."""
        if warranty.source == "statutory":
            return self.env._("Statutory guarantee (%(law)s)", law=terms.get("name", ""))
        return terms.get("name") or dict(warranty._fields["source"]._description_selection(self.env))[warranty.source]

    def _no_warranty(self):
        return self.env._("No warranty is recorded for this unit.")

    def _closed_sentence(self, right, state):
        warranty = right["warranty"]
        states = dict(warranty._fields["closing"]._description_selection(self.env))
        words = {"term": right["name"], "reason": warranty.closing_reason or states[state]}
        if not warranty.closed_on:
            return self.env._("%(term)s: ended (%(reason)s).", **words)
        day = format_date(self.env, warranty.closed_on)
        return self.env._("%(term)s: ended on %(day)s (%(reason)s).", day=day, **words)

    def _covered_sentence(self, right):
        if right["open_end"]:
            return self.env._(
                "%(term)s: in repair since %(since)s, and the clock stands still: "
                "it lasts longer than %(end)s by the days of the repair.",
                since=format_date(self.env, right["warranty"].suspended_since),
                **self._words(right, "end"),
            )
        return self.env._("%(term)s: covered until %(end)s.", **self._words(right, "end"))

    def _burden_sentence(self, who, until):
        if who == "seller":
            return self.env._(
                "Until %(day)s it is for the seller to prove that the fault was not there at the delivery.",
                day=format_date(self.env, until),
            )
        return self.env._(
            "Since %(day)s it is for the customer to prove that the fault was there at the delivery.",
            day=format_date(self.env, until + timedelta(days=1)),
        )
