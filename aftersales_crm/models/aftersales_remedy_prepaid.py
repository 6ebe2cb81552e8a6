from odoo import models
from odoo.exceptions import UserError


class AftersalesRemedy(models.Model):
    """Units that were paid online before anybody invoiced them."""

    _inherit = "aftersales.remedy"

    def _credit_units(self):
        for order, remedies in self.grouped(lambda remedy: remedy.rma_line_id.sale_order_id).items():
            if remedies._lack_invoice() and order._aftersales_is_prepaid() and order._is_paid():
                # As Odoo does by itself where invoices are automatic: all of what was paid is invoiced.
                order._force_lines_to_invoice_policy_order()
                order._create_invoices(final=True).action_post()
        return super()._credit_units()

    def _lack_invoice(self):
        """Whether units of these remedies may still have to be invoiced."""
        for remedy in self:
            line = remedy.rma_line_id.sale_line_id
            if line.product_uom_id.compare(line.qty_invoiced, line.product_uom_qty) >= 0:
                continue
            credited = self._credited()
            free = sum(
                remedy._own_units(charge.quantity - credited[charge]["units"], charge.product_uom_id)
                for charge in line._aftersales_charges()
            )
            if remedy.uom_id.compare(free, remedy.quantity - remedy._credited_units()) < 0:
                return True
        return False

    def _ensure_not_prepaid(self, left):
        """Units that nobody invoiced cost nothing, unless a part of their order was paid online before.

        :param float left: units without an invoice line, in the product's unit
        """
        self.ensure_one()
        order = self.rma_line_id.sale_order_id
        if self.uom_id.compare(left, 0.0) > 0 and order._aftersales_is_prepaid():
            raise UserError(
                self.env._(
                    "%(order)s was paid online before it was invoiced: invoice these units, or pay the money back"
                    " from the payment itself, then settle again.",
                    order=order.name,
                )
            )
