from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    # What comes back or never goes, before it is invoiced, was not bought.

    def _action_done(self, cancel_backorder=False):
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves._aftersales_touch_points()
        return moves

    def _action_cancel(self):
        result = super()._action_cancel()
        self._aftersales_touch_points()
        return result

    def _aftersales_touch_points(self):
        if self.env["loyalty.program"]._aftersales_moves_points():
            self.sudo().sale_line_id.order_id._aftersales_touch_points()  # who moves goods may not see orders
