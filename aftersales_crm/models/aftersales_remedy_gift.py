from odoo import fields, models
from odoo.exceptions import UserError


class AftersalesRemedy(models.Model):
    """Gift: a delivery without an order, at no price; what was bought stays with the customer."""

    _inherit = "aftersales.remedy"

    def _apply_gift(self):
        """Procure the gifts; done when they are shipped.

        :raise UserError: when no gift was chosen, or no rule of the warehouse delivers it
        """
        # See _apply_replacement.
        self.sudo()._procure([remedy._prepare_gift_procurement() for remedy in self.sudo()])

    def _prepare_gift_procurement(self):
        self.ensure_one()
        if not self.sent_product_id:
            raise UserError(self.env._("%(remedy)s: choose the gift first.", remedy=self.display_name))
        return self._prepare_free_procurement(self.sent_product_id)

    def _prepare_free_procurement(self, product):
        """Values of the procurement of a product that no order sells."""
        now = fields.Datetime.now()
        order = self._orders()
        partner = order.partner_shipping_id or self._document().partner_id
        warehouse = order.warehouse_id or self.rma_id.warehouse_id
        if not warehouse:
            warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.company_id.id)], limit=1)
        location = partner.property_stock_customer
        values = {
            "company_id": self.company_id,
            "warehouse_id": warehouse,
            "partner_id": partner.id,
            "location_final_id": location,
            "date_planned": now,
            "date_deadline": now,
            "aftersales_remedy_id": self.id,
        }
        return self.env["stock.rule"].Procurement(
            product,
            self.quantity,
            product.uom_id,
            location,
            product.display_name,
            self._document().name,
            self.company_id,
            values,
        )

    def _progress_gift(self):
        """Whether the gift was shipped, or its delivery cancelled."""
        return self._progress_replacement()
