from odoo import api, models

from .loyalty_card import Cause

# What changes the points of a line.
COUNTED = {"points_cost", "product_uom_qty", "price_unit", "discount", "tax_ids"}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # Odoo moves points when reward lines of a confirmed order change: here the ledger hears of which order.

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("points_cost") for vals in vals_list) and self.env["loyalty.program"]._aftersales_kept():
            orders = self.env["sale.order"].browse({vals.get("order_id") for vals in vals_list})
            lines = super(SaleOrderLine, self._aftersales_spending(orders)).create(vals_list).with_env(self.env)
            lines._aftersales_ensure_covered()
        else:
            lines = super().create(vals_list)
        lines.order_id._aftersales_touch_points()
        return lines

    def write(self, vals):
        if not (COUNTED & vals.keys()) or not self.env["loyalty.program"]._aftersales_kept():
            return super().write(vals)
        result = super(SaleOrderLine, self._aftersales_spending(self.order_id)).write(vals)
        self._aftersales_ensure_covered()
        self.order_id._aftersales_touch_points()
        return result

    def unlink(self):
        orders = self.order_id
        if not self.env["loyalty.program"]._aftersales_kept():
            return super().unlink()
        result = super(SaleOrderLine, self._aftersales_spending(orders)).unlink()
        orders._aftersales_touch_points()
        return result

    def _aftersales_ensure_covered(self):
        """What is spent later on is covered; while an order is confirmed, this is looked at in the end."""
        if not isinstance(self.env.context.get("aftersales_points"), Cause):
            self.filtered(lambda line: line.state == "sale").coupon_id._aftersales_ensure_not_below()

    def _aftersales_spending(self, orders):
        if isinstance(self.env.context.get("aftersales_points"), Cause):
            return self  # a step of the order knows better
        cause = Cause(gain="giveback", loss="spend", origin=orders if len(orders) == 1 else None)
        return self.with_context(aftersales_points=cause)
