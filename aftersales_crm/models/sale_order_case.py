from odoo import models


class SaleOrder(models.Model):
    # Cases about an order.

    _name = "sale.order"
    _inherit = ["sale.order", "aftersales.case.links"]

    _aftersales_case_field = "sale_order_id"

    def _aftersales_case_defaults(self):
        products = self.order_line.filtered(lambda line: line.product_type == "consu").product_id
        return self._aftersales_case_default_values(
            sale_order_id=self.id,
            partner_id=self.partner_id.id,
            company_id=self.company_id.id,
            product_id=len(products) == 1 and products.id,
        )
