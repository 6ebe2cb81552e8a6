from odoo import api, models


class SaleOrderCouponPoints(models.Model):
    _inherit = "sale.order.coupon.points"

    # What a confirmed order earns may still change: the ledger follows.

    @api.model_create_multi
    def create(self, vals_list):
        points = super().create(vals_list)
        points.order_id._aftersales_touch_points()
        return points

    def write(self, vals):
        result = super().write(vals)
        if "points" in vals:
            self.order_id._aftersales_touch_points()
        return result

    def unlink(self):
        orders = self.order_id
        result = super().unlink()
        orders._aftersales_touch_points()
        return result
