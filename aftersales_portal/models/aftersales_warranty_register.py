from odoo import api, models
from odoo.exceptions import UserError

# So many registrations of one customer wait at a time for somebody to look at them.
MOST_WAITING = 20


class AftersalesWarranty(models.Model):
    """Customers register what they bought elsewhere."""

    _inherit = "aftersales.warranty"

    @api.model
    def _portal_register(self, company, partner, values):
        """Register a product for a customer; somebody looks at the proof before it counts.

        :param company: `res.company`
        :param partner: `res.partner` who registers
        :param dict values: as `_register_unit` takes them
        :return: `aftersales.warranty` in sudo mode
        :raise UserError: when it cannot be registered
        """
        if not values.get("proofs"):
            raise UserError(self.env._("Add a photo or a PDF of your receipt."))
        waiting = self.sudo().search_count(
            [
                ("company_id", "=", company.id),
                ("commercial_partner_id", "=", partner.commercial_partner_id.id),
                ("is_verified", "=", False),
                ("closing", "=", False),
            ],
            limit=MOST_WAITING,
        )
        if waiting == MOST_WAITING:
            raise UserError(
                self.env._("We are still looking at what you registered before. Please try again in a few days.")
            )
        warranties = self.with_company(company)._register_unit(
            {**values, "company": company, "partner": partner, "verified": False, "by_customer": True}
        )
        return warranties.sudo()[:1]  # it is the customer's own
