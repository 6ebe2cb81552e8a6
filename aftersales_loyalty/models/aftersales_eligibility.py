from odoo import models

from .aftersales_remedy_type import CREDITING
from .loyalty_program_credit import KINDS


class AftersalesEligibility(models.AbstractModel):
    """Credit is offered beside money, never in its place, and only where a program can carry it out."""

    _inherit = "aftersales.eligibility"

    def _evaluate(self, units, on):
        crediting = {}  # programs are looked up once for all
        return super()._evaluate([{**unit, "crediting": crediting} for unit in units], on)

    def _remedies(self, basis, unit):
        codes = [code for code in super()._remedies(basis, unit) if code not in KINDS]
        # Points are agreed on with people: nobody can tell how many are asked for.
        own = [code for code in self.env["aftersales.remedy.type"]._codes() if code in CREDITING]
        return [*codes, *(code for code in own if self._stands_in(code, basis, codes, unit))]

    def _stands_in(self, code, basis, codes, unit):
        """Whether credit is offered: beside a refund, or where a policy gives nothing but credit."""
        named = self._terms_of(unit).get("remedies") or []
        if "refund" not in codes and not (basis == "policy" and code in named):
            return False
        return (not named or code in named) and self._can_credit(code, unit)

    def _can_credit(self, code, unit):
        company = unit["sale_line"].company_id or self.env.company
        currency = unit["sale_line"].currency_id
        found = unit.setdefault("crediting", {})
        if (code, company, currency) not in found:
            kinds = ("gift_card",) if code == "voucher" else None
            program = self.env["loyalty.program"]._aftersales_crediting(code, company, currency, kinds)
            found[code, company, currency] = bool(program)
        return found[code, company, currency]
