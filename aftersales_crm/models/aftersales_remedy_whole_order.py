from collections import defaultdict

from odoo import fields, models


class AftersalesRemedy(models.Model):
    """Refund of what belongs to an order as a whole: its delivery, and down payments nothing uses any more."""

    _inherit = "aftersales.remedy"

    gives_delivery_back = fields.Boolean("With delivery", readonly=True, copy=False)
    uninvoiced_quantity = fields.Float(
        "Never invoiced",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="Units that were given back before anybody invoiced them: they earn no discount either.",
    )

    def _reopen(self, documents):
        self.filtered("uninvoiced_quantity")._write_guarded({"uninvoiced_quantity": 0.0})
        with_delivery = self.filtered("gives_delivery_back")
        with_delivery._write_guarded({"gives_delivery_back": False})
        # Whoever undoes a credit note may not write orders: what was settled of them is ours.
        orders_sudo = with_delivery.sudo().rma_line_id.sale_order_id
        orders_sudo.order_line.filtered("is_delivery").aftersales_delivery_settled = False
        return super()._reopen(documents)

    def _add_deliveries(self, shares, credited):
        """Give delivery back with the last units of an order, once, at the price of standard delivery.

        :param dict shares: the parts of `_allocate_to_invoices`, to add to
        :param dict credited: what was credited of each invoice line
        """
        for order, remedies in self.grouped(lambda remedy: remedy.rma_line_id.sale_order_id).items():
            lines = order.order_line.filtered("is_delivery")
            if not lines or not remedies._is_whole_order(order):
                continue
            last = remedies[-1]
            last._write_guarded({"gives_delivery_back": True})
            lines.aftersales_delivery_settled = True
            for line in lines:
                share = line._aftersales_standard_share()
                for charge in line._aftersales_charges():
                    last._add_rest(charge, shares, credited, share)

    def _add_down_payments(self, shares, credited):
        """Give down payments back once nothing of their order is left to be invoiced.

        As long as something is, Odoo deducts them from its last invoice.
        """
        for order, remedies in self.grouped(lambda remedy: remedy.rma_line_id.sale_order_id).items():
            lines = order.order_line.filtered(lambda line: line.is_downpayment and not line.display_type)
            if not lines or not remedies._leaves_nothing_to_invoice(order):
                continue
            for line in lines:
                posted = line.invoice_lines.filtered(lambda line: line.parent_state == "posted")
                if line.currency_id.compare_amounts(sum(-row.amount_currency for row in posted), 0.0) > 0:
                    for charge in line._aftersales_charges():
                        remedies[-1]._add_rest(charge, shares, credited)

    def _add_rest(self, charge, shares, credited, share=1.0):
        """Add what is left of an invoice line to the parts.

        :param float share: part of its price that is given back
        """
        state = credited[charge]
        quantity = charge.quantity - state["units"]
        if charge._aftersales_compare(quantity, 0.0) <= 0:
            return
        part = self._prepare_share(charge, quantity, state)
        state["units"] += quantity
        for name in ("gross", "amount"):
            part[name] = charge.currency_id.round(part[name] * share)
        part["scale"] *= share
        shares[self.rma_id, charge.move_id].append(part)

    def _units_by_line(self):
        """Units that these remedies refund: ``{(order line, product): units}``, in the product's unit."""
        units = defaultdict(float)
        for remedy in self:
            units[remedy.rma_line_id.sale_line_id, remedy.product_id] += remedy.quantity
        return units

    def _is_whole_order(self, order):
        """Whether with these remedies every unit of an order is refunded, on grounds that give delivery back."""
        now = self.filtered(lambda remedy: remedy.rma_line_id._gives_delivery_back())._units_by_line()
        for line in order.order_line._aftersales_goods():
            earlier = line.aftersales_rma_line_ids.filtered(lambda line: line._gives_delivery_back())
            for product, units in line._aftersales_sent_units().items():
                refunded = earlier.filtered(lambda line, product=product: line.product_id == product)
                back = now[line, product] + sum(refunded.mapped("refunded_quantity"))
                if product.uom_id.compare(back, units) < 0:
                    return False
        return True

    def _leaves_nothing_to_invoice(self, order):
        """Whether with these remedies no goods of an order are left to be invoiced."""
        now = self._units_by_line()
        for line in order.order_line._aftersales_goods():
            units = now[line, line.product_id]
            if line.product_id.invoice_policy != "order":
                units = max(units - sum(line.aftersales_rma_line_ids.mapped("received_quantity")), 0.0)
                if any(move.state not in ("done", "cancel") for move in line._aftersales_first_moves()):
                    return False
            units = line.product_id.uom_id._compute_quantity(units, line.product_uom_id, round=False)
            if line.product_uom_id.compare(line.qty_to_invoice - units, 0.0) > 0:
                return False
        return True
