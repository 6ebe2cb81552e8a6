from odoo import api, fields, models


class SaleOrder(models.Model):
    # Orders that sell extensions of warranties.

    _inherit = "sale.order"

    aftersales_sells_extension = fields.Boolean(compute="_compute_aftersales_sells_extension")

    @api.depends("order_line.product_id")
    def _compute_aftersales_sells_extension(self):
        for order in self:
            order.aftersales_sells_extension = any(order.order_line.mapped("aftersales_is_extension"))

    def action_confirm(self):
        self._aftersales_extension_lines()._aftersales_choose_extended()
        return super().action_confirm()

    def _confirmation_error_message(self):
        message = super()._confirmation_error_message()
        problems = (line._aftersales_extension_problem() for line in self._aftersales_extension_lines())
        return message or next(filter(None, problems), False)

    def _action_confirm(self):
        result = super()._action_confirm()
        self._aftersales_extension_lines()._aftersales_fix_extension()
        return result

    def _action_cancel(self):
        result = super()._action_cancel()
        self._aftersales_extension_lines()._aftersales_sync_extensions()
        # Confirmed again, the order promises what is sold then.
        self._aftersales_extension_lines().sudo().aftersales_extension_terms = False
        return result

    def _aftersales_extension_lines(self):
        return self.order_line.filtered("aftersales_is_extension")
