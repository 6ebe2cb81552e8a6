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
        codes = super()._remedies(basis, unit)
        offered = self.env["aftersales.remedy.type"]._codes()
        own = [code for code in offered if code in KINDS]
        if not own:
            return codes
        if basis == "withdrawal" and "refund" in codes:
            codes = [*codes, *(code for code in own if self._policy_allows(code, unit))]
        elif "refund" not in codes and basis != "policy":
            codes = [code for code in codes if code not in KINDS]
        # Points are agreed on with people: nobody can tell how many are asked for.
        return [code for code in codes if code not in KINDS or (code in CREDITING and self._can_credit(code, unit))]

    def _policy_allows(self, code, unit):
        """Whether policy and reason, where they name remedies, name this one."""
        policy = self._terms_of(unit).get("remedies")
        reason = unit["reason"].sudo().remedy_type_ids.mapped("code")
        return (not policy or code in policy) and (not reason or code in reason)

    def _can_credit(self, code, unit):
        company = unit["sale_line"].company_id or self.env.company
        currency = unit["sale_line"].currency_id
        found = unit.setdefault("crediting", {})
        if (code, company, currency) not in found:
            kinds = ("gift_card",) if code == "voucher" else None
            program = self.env["loyalty.program"]._aftersales_crediting(code, company, currency, kinds)
            found[code, company, currency] = bool(program)
        return found[code, company, currency]
