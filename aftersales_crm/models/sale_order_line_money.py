from collections import defaultdict

from odoo import models


class SaleOrderLine(models.Model):
    # What was charged for the lines of an order, and what of them belongs to it as a whole.

    _inherit = "sale.order.line"

    def _aftersales_goods(self):
        """Lines that were bought: no delivery, discount, down payment or gift."""
        return self.filtered(
            lambda line: (
                not line.display_type and not line.is_downpayment and not line.is_delivery and line.price_total > 0
            )
        )

    def _aftersales_first_moves(self):
        """Moves that bring these lines to the customer for the first time, done or to come."""
        return self.move_ids.filtered(
            lambda move: (
                move.state != "cancel"
                and move.location_dest_id.usage == "customer"
                and not move.origin_returned_move_id
                and not move.aftersales_remedy_id
            )
        )

    def _aftersales_sent_units(self):
        """Units that the customer has got or will get: ``{product: units}``, in the product's unit."""
        self.ensure_one()
        moves = self._aftersales_first_moves()
        if not moves:
            units = self.product_uom_id._compute_quantity(self.product_uom_qty, self.product_id.uom_id)
            return {self.product_id: units}
        units = defaultdict(float)
        for move in moves:
            quantity = move.quantity if move.state == "done" else move.product_uom_qty
            units[move.product_id] += move.product_uom._compute_quantity(quantity, move.product_id.uom_id)
        return units

    def _aftersales_charges(self):
        """Posted invoice lines that charged these order lines, oldest first."""
        charges = self.invoice_lines.filtered(
            lambda line: (
                line.move_id.move_type == "out_invoice" and line.parent_state == "posted" and line.quantity > 0
            )
        )
        return charges.sorted(lambda line: (line.move_id.invoice_date, line.id))

    def _aftersales_standard_share(self):
        """Part of the price of a delivery line that standard delivery would have cost, 0 to 1."""
        standard = self.order_id.carrier_id.aftersales_standard_price
        if not standard or not self.price_unit:
            return 1.0
        return min(standard / self.price_unit, 1.0)

    def _aftersales_refund_days(self, basis):
        """Days in which the money for the line has to go out, counted from the request.

        :param str basis: the right or rule that a request stands on
        """
        self.ensure_one()
        terms = self.aftersales_policy_terms or {}
        promised = terms.get("refund_days") or self.company_id.aftersales_refund_days
        if basis != "withdrawal":
            return promised
        order = self.order_id
        law = order._aftersales_jurisdiction()
        return min(promised, law.refund_days or promised)
