from odoo import models


class AftersalesWarranty(models.Model):
    """Cases about a warranty."""

    _name = "aftersales.warranty"
    _inherit = ["aftersales.warranty", "aftersales.case.links"]

    _aftersales_case_field = "warranty_id"

    def _aftersales_case_defaults(self):
        return self._aftersales_case_default_values(
            warranty_id=self.id,
            product_id=self.product_id.id,
            lot_id=self.lot_id.id,
            sale_order_id=self.sale_order_id.id,
            partner_id=self.partner_id.id,
            company_id=self.company_id.id,
        )
