from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError


class AftersalesRemedy(models.Model):
    """Keep: the customer keeps the goods and gets money back."""

    _inherit = "aftersales.remedy"

    def _apply_keep(self):
        """Credit the agreed amounts on the invoices that charged the units, without any goods.

        :raise UserError: when nothing was agreed, or more than is left of what was paid
        """
        # See _apply_refund.
        remedies_sudo = self.sudo()
        remedies_sudo._ensure_nothing_in_draft()
        credited = remedies_sudo._credited()
        shares = defaultdict(list)
        for remedy in remedies_sudo:
            remedy._share_out_reduction(shares, credited)
        if shares:
            remedies_sudo._create_credit_notes(shares)
        self._finish()
        self.rma_line_id._sync_claims()

    def _share_out_reduction(self, shares, credited):
        """Take the agreed amount off the posted invoice lines of the units, oldest first."""
        self.ensure_one()
        amount = self._reduction_amount()
        left = amount - self._credited_money()
        for charge in self.rma_line_id.sale_line_id._aftersales_charges():
            state, currency, kept = credited[charge], charge.currency_id, self._kept(charge)
            wanted = self._invoiced_money(left, charge.move_id)
            part = min(currency.round((charge.price_total - state["money"]) * kept), wanted)
            if currency.compare_amounts(part, 0.0) > 0:
                state["money"] += part / kept
                left -= left * part / wanted
                shares[self.rma_id, charge.move_id].append(self._prepare_reduction(charge, part))
        if self.currency_id.compare_amounts(left, 0.0) > 0:
            raise UserError(
                self.env._(
                    "%(remedy)s: of what was invoiced for these units, only %(left)s is left to give back.",
                    remedy=self.display_name,
                    left=self.currency_id.format(amount - left),
                )
            )
        self._write_guarded({"amount": amount})

    def _prepare_reduction(self, charge, amount):
        """A part of money without units, as `_prepare_share` makes those with units."""
        return {
            "remedy": self,
            "line": charge,
            "quantity": 0.0,
            "gross": 0.0,
            "amount": amount,
            "fee": 0.0,
            "scale": amount / charge.price_total,
        }

    def _reduction_amount(self):
        """What the customer gets back: as agreed, else all of it where the policy lets the goods go.

        :raise UserError: when nothing was agreed
        """
        self.ensure_one()
        worth = self._worth()
        if not self.agreed_amount and self.currency_id.compare_amounts(worth, self._keep_limit()) > 0:
            raise UserError(
                self.env._("%(remedy)s: agree on an amount with the customer first.", remedy=self.display_name)
            )
        return self.agreed_amount or worth

    def _worth(self):
        """What was paid for the units of this remedy."""
        self.ensure_one()
        line = self.rma_line_id
        return self.currency_id.round(line.paid_total * self.quantity / line.quantity)

    def _keep_limit(self):
        """Up to which amount the policy lets the customer keep the goods."""
        return (self.rma_line_id.sale_line_id.aftersales_policy_terms or {}).get("keep_limit") or 0.0
