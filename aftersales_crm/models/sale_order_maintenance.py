from odoo import api, fields, models


class SaleOrder(models.Model):
    # Quotations of repairs: what a warranty takes off for authorised partners.

    _inherit = "sale.order"

    aftersales_maintenance_discount = fields.Float(
        "Maintenance discount (%)",
        digits="Discount",
        copy=False,
        readonly=True,
        help="By the warranty of what is repaired, for authorised service partners. Fixed when the order is confirmed.",
    )

    def _aftersales_refresh_maintenance(self):
        """Find the maintenance discount of quotations anew, as their repairs have changed."""
        for order in self.filtered(lambda order: order.state in ("draft", "sent")):
            # Who sells may see neither repairs nor warranties.
            percents = (repair._aftersales_maintenance_discount() for repair in order.sudo().repair_order_ids)
            percent = max(percents, default=0.0)
            if percent != order.aftersales_maintenance_discount:
                order.sudo().aftersales_maintenance_discount = percent


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.depends("order_id.aftersales_maintenance_discount")
    def _compute_discount(self):
        result = super()._compute_discount()
        for line in self:
            percent = line.order_id.aftersales_maintenance_discount
            if not percent or not line._aftersales_is_returnable() or line.is_delivery:
                continue
            if line.price_unit:
                # The better of the two: it is not added to what a price list takes off.
                line.discount = max(line.discount, percent)
            elif line.discount == percent:
                line.discount = 0.0  # it is free now
        return result
