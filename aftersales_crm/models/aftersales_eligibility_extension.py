from odoo import models
from odoo.tools import format_amount

from .proration import days_used, worth_used


class AftersalesEligibility(models.AbstractModel):
    """Extensions of warranties that are given back: in full by law, else for the days not used."""

    _inherit = "aftersales.eligibility"

    def _checks_of(self, basis):
        checks = super()._checks_of(basis)
        return (*checks, "days_used") if basis == "policy" else checks

    def _check_days_used(self, unit, on):
        """Tells what of an extension has been used up, and what that costs."""
        if not unit["sale_line"].aftersales_is_extension:
            return None
        fee = self._worth_used(unit, on)
        if unit["sale_line"].currency_id.is_zero(fee):
            return self._outcome("days_used", "pass", self.env._("No day of the extension has been used."))
        return self._outcome("days_used", "pass", self._days_used_words(unit, on, fee))

    def _check_delivery_fault(self, unit, on):
        if unit["sale_line"].aftersales_is_extension:
            return self._outcome("delivery", "fail", self.env._("An extension is not delivered."))
        return super()._check_delivery_fault(unit, on)

    def _days_used_words(self, unit, on, fee):
        amount = format_amount(self.env, fee, unit["sale_line"].currency_id)
        periods = {(w.start_date, w.end_date) for w in self._extensions_of(unit)}
        if len(periods) > 1:
            return self.env._("You pay %(fee)s for the days of the extension that were used.", fee=amount)
        used, whole = days_used(*periods.pop(), on)
        return self.env._(
            "You pay %(fee)s for %(used)s of %(days)s days of the extension that were used.",
            fee=amount,
            used=used,
            days=whole,
        )

    def _fee(self, basis, unit):
        # What is not used is not restocked either: the days are all that an extension costs.
        if basis == "policy" and unit["sale_line"].aftersales_is_extension:
            return self._worth_used(unit, unit["on"])
        return super()._fee(basis, unit)

    def _way_back_fee(self, basis, unit):
        return 0.0 if unit["sale_line"].aftersales_is_extension else super()._way_back_fee(basis, unit)

    def _worth_used(self, unit, on):
        """What the units of an extension have used up, in the order's currency, to the cent."""
        extensions, quantity = self._extensions_of(unit), unit["quantity"]
        line = unit["sale_line"]
        # Who may ask for the return of a line may know what was given back of it.
        unbegun = line.sudo()._aftersales_due_extensions() - sum(extensions.mapped("quantity"))
        periods = [(w.quantity, w.start_date, w.end_date) for w in extensions]
        worth = worth_used(unit["paid"], quantity, periods, on, max(unbegun, 0.0))
        return line.currency_id.round(min(worth, unit["paid"]))

    def _extensions_of(self, unit):
        """The extensions that the line of a unit sold and that still count, in sudo mode."""
        # A verdict is given to whoever may ask for it.
        return unit["sale_line"].sudo().aftersales_extension_ids.filtered(lambda w: w.closing != "cancelled")

    # === Facts === #

    def _is_opened(self, unit):
        # An extension is performed with its last day, whatever was typed as delivered or answered.
        if unit["sale_line"].aftersales_is_extension:
            extensions = self._extensions_of(unit)
            return bool(extensions) and all(w.end_date < unit["on"] for w in extensions)
        return super()._is_opened(unit)

    def _withdrawal_start(self, unit):
        # Bought with goods, it may be given back as long as they may (Art. 15 of Directive 2011/83/EU).
        if unit["sale_line"].aftersales_is_extension and unit["sale_line"].aftersales_extends_line_id:
            return unit["last_delivery"]
        return super()._withdrawal_start(unit)
