from collections import defaultdict

from odoo import api, fields, models


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "aftersales.system.mixin"]

    _aftersales_system_fields = frozenset(
        {
            "aftersales_policy_id",
            "aftersales_policy_terms",
            "aftersales_return_until",
            "aftersales_claimed_qty",
            "aftersales_delivery_settled",
            "aftersales_extension_terms",
        }
    )

    aftersales_policy_id = fields.Many2one(
        "aftersales.return.policy",
        "Return policy",
        copy=False,
        readonly=True,
        help="Fixed when the order is confirmed.",
    )
    # With what customers are not told, such as up to which amount they keep the goods.
    aftersales_policy_terms = fields.Json(copy=False, readonly=True, groups="base.group_user")
    aftersales_return_until = fields.Date(
        "Return until",
        copy=False,
        readonly=True,
        help="Last day on which the shop's own policy takes the goods back.",
    )
    aftersales_rma_line_ids = fields.One2many("aftersales.rma.line", "sale_line_id")
    aftersales_settled_qty = fields.Float(
        "Refunded, not to be invoiced again",
        compute="_compute_aftersales_settled_qty",
        store=True,
        digits="Product Unit",
        copy=False,
        help="Units whose price was paid back by a return. Odoo would offer to invoice them again.",
    )

    aftersales_delivery_settled = fields.Boolean("Delivery given back", copy=False, readonly=True)

    # === Computes === #

    @api.depends(
        "aftersales_rma_line_ids.refunded_quantity",
        "aftersales_rma_line_ids.received_quantity",
        "aftersales_rma_line_ids.replaced_quantity",
        "aftersales_rma_line_ids.charged_quantity",
        "aftersales_delivery_settled",
    )
    def _compute_aftersales_settled_qty(self):
        for line in self:
            settled = 0.0
            if line.aftersales_delivery_settled:
                settled = line.product_uom_qty
            for rma_line in line.aftersales_rma_line_ids:
                units = rma_line.refunded_quantity
                if line.product_id.invoice_policy != "order":
                    # What came back, or never went, is not delivered: Odoo already leaves it out. What was
                    # replaced ahead of it was delivered twice, and is charged once.
                    units += rma_line.replaced_quantity - rma_line.charged_quantity
                    units = max(units - rma_line.received_quantity, 0.0) if not rma_line._is_undelivered() else 0.0
                sold = line._aftersales_sold_units(rma_line.product_id, units)
                # A part of a kit is credited as a fraction that Odoo keeps rounded.
                settled += sold if rma_line.product_id == line.product_id else line.product_uom_id.round(sold)
            line.aftersales_settled_qty = settled

    @api.depends("aftersales_settled_qty")
    def _compute_qty_to_invoice(self):
        result = super()._compute_qty_to_invoice()
        for line in self:
            if line.aftersales_settled_qty and line.state == "sale" and not line.display_type:
                line.qty_to_invoice -= line.aftersales_settled_qty
        return result

    @api.depends("aftersales_settled_qty")
    def _compute_invoice_status(self):
        result = super()._compute_invoice_status()
        for line in self:
            if line.invoice_status == "no" and line.aftersales_settled_qty:
                charged = line.qty_invoiced + line.aftersales_settled_qty
                if line.product_uom_id.compare(charged, line.product_uom_qty) >= 0:
                    line.invoice_status = "invoiced"
        return result

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered(lambda line: line.state == "sale")._aftersales_fix_policy()
        return lines

    # === Business === #

    def _aftersales_fix_policy(self):
        """Fix policy and terms of goods and services on confirmed orders, once."""
        lines = self.filtered(
            lambda line: (
                line.product_id and not line.display_type and not line.is_downpayment and not line.aftersales_policy_id
            )
        )
        Policy = self.env["aftersales.return.policy"]
        by_policy = defaultdict(self.browse)
        for line in lines:
            product = line.product_id
            order = line.order_id
            by_policy[order, Policy._match(order, product), product.product_tmpl_id._aftersales_kind()] |= line
        for (order, policy, kind), group in by_policy.items():
            if policy:
                # Who sells may not know the policies: sudo to read and to fix them.
                terms = order.sudo()._aftersales_terms_given(policy.sudo()._terms(kind.sudo()))
                group.sudo().write({"aftersales_policy_id": policy.id, "aftersales_policy_terms": terms})
        lines._aftersales_refresh_window("order")

    def _aftersales_coverage(self, term):
        """Hook: what a warranty term promises for this line, as the warranty will keep it.

        :param term: `aftersales.warranty.term`
        :return: a snapshot of `aftersales.warranty.term._coverage`
        """
        return term._coverage()

    def _aftersales_redate_warranties(self, start):
        """Begin warranties that count from the order or the invoice on its day.

        :param str start: ``order`` or ``invoice``
        """
        if start not in self.env["aftersales.warranty.term"]._starts_in_use():
            return
        moves = self._aftersales_deliveries()
        if moves:
            # Whoever invoices or dates an order needs no rights on warranties.
            self.env["aftersales.warranty"].sudo()._redate(moves.sudo())

    def _aftersales_window_until(self, terms):
        """Last day of the window that terms would give; False when it has not begun.

        :param dict terms: a snapshot of `aftersales.return.policy`
        """
        self.ensure_one()
        start = self._aftersales_window_start(terms)
        if start == "order":
            day = self.company_id._aftersales_date(self.order_id.date_order)
        elif start == "delivery":
            day = self._aftersales_deliveries()._aftersales_delivery_dates().get(self)
        else:
            posted = self.invoice_lines.move_id.filtered(
                lambda move: move.move_type == "out_invoice" and move.state == "posted"
            )
            day = max(posted.mapped("invoice_date"), default=False)
        return day and self.env["aftersales.return.policy"]._window_end(terms, day)

    def _aftersales_window_start(self, terms):
        """What the window counts from: a service has no delivery, its order begins it."""
        self.ensure_one()
        if terms["window_start"] == "delivery" and self.product_id.type == "service":
            return "order"
        return terms["window_start"]

    def _aftersales_refresh_window(self, start, dates=None):
        """Set the last day of the window of lines whose policy counts from ``start``.

        :param str start: ``order``, ``delivery`` or ``invoice``
        :param dict dates: line → day the window counts from; for orders their date
        """
        Policy = self.env["aftersales.return.policy"]
        by_until = defaultdict(self.browse)
        for line in self:
            terms = line.aftersales_policy_terms
            if not terms or line._aftersales_window_start(terms) != start:
                continue
            company = line.company_id
            day = dates[line] if dates else company._aftersales_date(line.order_id.date_order)
            until = Policy._window_end(terms, day)
            if line.aftersales_return_until != until:
                by_until[until] |= line
        for until, group in by_until.items():
            # Whoever delivers or invoices may not write orders: the window is ours.
            group.sudo().aftersales_return_until = until
