from odoo import models


class SaleOrder(models.Model):
    # The withdrawal function on the page of an order.

    _inherit = "sale.order"

    def _portal_can_withdraw(self):
        """Whether the page of the order offers to withdraw: all through the period of its law."""
        self.ensure_one()
        return self.company_id.aftersales_portal_withdrawal and self._aftersales_in_withdrawal_period()

    def _portal_withdrawal_labels(self):
        """What the buttons say by the law of the order; None where the function is switched off."""
        self.ensure_one()
        country = self.partner_shipping_id.country_id or self.partner_id.country_id
        return self.company_id._portal_withdrawal_labels(country)
