from odoo import models


class SaleOrder(models.Model):
    # Addresses that the papers of an order carry.

    _inherit = "sale.order"

    def _aftersales_terms_links(self, law, signed):
        links = super()._aftersales_terms_links(law, signed)
        company = self.company_id
        if law.withdrawal_days and company.aftersales_portal_withdrawal:
            links += [
                (self._portal_withdrawal_labels()[1], self._portal_terms_url("/withdraw", signed)),
                (self.env._("Model withdrawal form"), self._portal_terms_url("/withdraw/form", signed)),
            ]
        if signed and company.aftersales_portal_returns:
            links.append((self.env._("Return something, or tell us what is wrong"), self._aftersales_door_url()))
        elif not signed and company.aftersales_portal_guests:
            links.append((self.env._("Find your order"), self._portal_terms_url("/find-order", signed)))
        return links

    def _portal_terms_url(self, path, signed):
        """Address of a page: for a mail to the customer it opens the order, on paper it is what anybody may type."""
        return self._portal_signed_url(path) if signed else f"{self.get_base_url()}{path}"
