from odoo import api, models

# Remedies that give the price of units back as credit.
CREDITING = ("store_credit", "voucher")


class AftersalesRemedyType(models.Model):
    """Credit in the customer's words."""

    _inherit = "aftersales.remedy.type"

    def _portal_words(self, sale_line, money):
        if self.code not in CREDITING or not sale_line:
            return super()._portal_words(sale_line, money)
        bonus = self._credit_bonus(sale_line)
        currency = sale_line.currency_id
        names = {
            "credit": currency.format(currency.round(money * (1 + bonus / 100))),
            "money": currency.format(money),
        }
        if self.code == "voucher":
            return self.env._("A voucher of %(credit)s instead of %(money)s back", **names)
        return self.env._("%(credit)s store credit instead of %(money)s back", **names)

    @api.model
    def _credit_bonus(self, sale_line):
        """Percent on top for credit instead of money: as the policy of the order says, else the company."""
        terms = sale_line.aftersales_policy_terms or {}
        # Customers read what they are offered.
        return terms.get("credit_bonus") or sale_line.company_id.sudo().aftersales_credit_bonus
