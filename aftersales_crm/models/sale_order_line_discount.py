from odoo import api, models
from odoo.tools import float_round

from .reductions import Reductions


class SaleOrderLine(models.Model):
    # Discounts on a whole order of which units were given back before anybody invoiced them.

    _inherit = "sale.order.line"

    # === Computes === #

    @api.depends("order_id.order_line.aftersales_rma_line_ids.remedy_ids.uninvoiced_quantity")
    def _compute_aftersales_settled_qty(self):
        # A discount ends with the last of what it made cheaper.
        result = super()._compute_aftersales_settled_qty()
        for line in self:
            if line._aftersales_is_reduction() and not line._aftersales_reduction_left():
                line.aftersales_settled_qty = line.product_uom_qty
        return result

    # === Business === #

    def _prepare_invoice_line(self, **optional_values):
        # Only the part of a discount is invoiced that is for what the customer keeps.
        vals = super()._prepare_invoice_line(**optional_values)
        left = self._aftersales_reduction_left() if self._aftersales_is_reduction() else 1.0
        if left < 1:
            # The taxes that Odoo fixed beside the line are those of the whole discount.
            vals.update(price_unit=vals["price_unit"] * left, extra_tax_data=False)
        return vals

    def _aftersales_is_reduction(self):
        self.ensure_one()
        return not self.display_type and not self.is_downpayment and self.price_total < 0

    def _aftersales_reduction_left(self):
        """Part of an order-wide discount for units that nobody gave back uninvoiced, 0 to 1."""
        self.ensure_one()
        lines = Reductions(self.order_id.order_line).base(self)
        back = sum(line.price_total * line._aftersales_uninvoiced_share() for line in lines)
        return max(1 - float_round(back / sum(lines.mapped("price_total")), precision_digits=9), 0.0) if back else 1.0

    def _aftersales_uninvoiced_share(self):
        """Part of an order line that was given back before it was invoiced, 0 to 1."""
        self.ensure_one()
        units = sum(
            self._aftersales_sold_units(line.product_id, sum(line.remedy_ids.mapped("uninvoiced_quantity")))
            for line in self.aftersales_rma_line_ids
        )
        ordered = self.product_uom_qty or self.qty_delivered
        return min(units / ordered, 1.0) if ordered else 0.0
