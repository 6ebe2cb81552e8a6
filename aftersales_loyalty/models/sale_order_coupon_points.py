from odoo import api, fields, models

from ..ledger import ZERO, apportion


class SaleOrderCouponPoints(models.Model):
    _inherit = "sale.order.coupon.points"

    # What a confirmed order earns may still change: the ledger follows. Which line earned what is kept as it was
    # when the points were counted, so that a line that shrinks afterwards shrinks its points.

    aftersales_shares = fields.Json(groups="base.group_system")

    @api.model_create_multi
    def create(self, vals_list):
        points = super().create(vals_list)
        points._aftersales_counted()
        return points

    def write(self, vals):
        result = super().write(vals)
        if "points" in vals:
            self._aftersales_counted()
        return result

    def unlink(self):
        orders = self.order_id
        result = super().unlink()
        orders._aftersales_touch_points()
        return result

    def _aftersales_counted(self):
        confirmed = self.filtered(lambda points: points.order_id.aftersales_points_at)
        confirmed._aftersales_keep_shares()
        confirmed.order_id._aftersales_touch_points()

    def _aftersales_keep_shares(self):
        """Keep which line earned which part of the points, with its price and its units by then."""
        for points_sudo in self.sudo():  # who sells may not write points of an order
            card = points_sudo.coupon_id
            if card._aftersales_is_kept():
                points_sudo.aftersales_shares = points_sudo._aftersales_shares_now()

    def _aftersales_shares_now(self):
        total = self.env["aftersales.loyalty.entry"]._checked_points(self.points)
        weights = self.order_id._aftersales_line_weights(self.coupon_id.program_id)
        lines = list(weights) or [self.order_id.order_line.browse()]
        parts = apportion(total, [weights.get(line, 1) for line in lines])
        return [
            [line.id, float(part), line.price_total, line.product_uom_qty]
            for line, part in zip(lines, parts, strict=True)
        ]

    def _aftersales_deserved(self):
        """What each line deserves of the points, as it is now (dict of line → Decimal)."""
        lines, deserved = self.order_id.order_line, {}
        for line_id, points, worth, units in self.sudo().aftersales_shares or []:  # see _aftersales_keep_shares
            line = lines.filtered(lambda line, line_id=line_id: line.id == line_id)
            if line or not line_id:
                deserved[line] = deserved.get(line, ZERO) + line._aftersales_part_deserved(points, worth, units)
        return deserved
