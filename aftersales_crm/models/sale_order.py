from odoo import api, fields, models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "aftersales.event.source"]

    aftersales_is_consumer = fields.Boolean(
        "Consumer",
        compute="_compute_aftersales_is_consumer",
        store=True,
        readonly=False,
        precompute=True,
        help="Consumer law applies to this order. By default for customers that are no company.",
    )
    aftersales_not_informed = fields.Boolean(
        "Not informed of the withdrawal",
        help="The customer was not told of the right to withdraw: it lasts longer by law.",
    )
    aftersales_rma_line_ids = fields.One2many("aftersales.rma.line", "sale_order_id")
    aftersales_rma_count = fields.Integer("Returns", compute="_compute_aftersales_counts")
    aftersales_warranty_count = fields.Integer("Warranties", compute="_compute_aftersales_counts")

    _aftersales_event_fields = frozenset(
        {"state", "name", "date_order", "partner_id", "amount_total", "user_id", "currency_id"}
    )

    # Customers without a login name their order by either number.
    _aftersales_client_order_ref = models.Index("(client_order_ref) WHERE client_order_ref IS NOT NULL")

    # === Computes === #

    @api.depends("partner_id")
    def _compute_aftersales_is_consumer(self):
        for order in self:
            order.aftersales_is_consumer = not order.partner_id.commercial_partner_id.is_company

    def _compute_aftersales_counts(self):
        # Counts answer "is there something?"; the records behind them open with the
        # rights of whoever clicks.
        rmas = (
            self.env["aftersales.rma.line"]
            .sudo()
            ._read_group([("sale_order_id", "in", self.ids)], ["sale_order_id"], ["rma_id:count_distinct"])
        )
        warranties = (
            self.env["aftersales.warranty"]
            .sudo()
            ._read_group([("sale_order_id", "in", self.ids)], ["sale_order_id"], ["__count"])
        )
        rma_counts = {order.id: count for order, count in rmas}
        warranty_counts = {order.id: count for order, count in warranties}
        for order in self:
            order.aftersales_rma_count = rma_counts.get(order.id, 0)
            order.aftersales_warranty_count = warranty_counts.get(order.id, 0)

    # === CRUD === #

    def write(self, vals):
        result = super().write(vals)
        if "date_order" in vals:
            lines = self.filtered(lambda order: order.state == "sale").order_line
            lines._aftersales_refresh_window("order")
            lines._aftersales_redate_warranties("order")
        return result

    # === Actions === #

    def action_aftersales_view_rmas(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_rma_action")
        action["domain"] = [("line_ids.sale_order_id", "=", self.id)]
        action["context"] = {"default_partner_id": self.partner_id.id}
        return action

    def action_aftersales_view_warranties(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_warranty_action")
        action["domain"] = [("sale_order_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_aftersales_request(self):
        """Open the wizard that asks what comes back from this order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Return products of %(order)s", order=self.name),
            "res_model": "aftersales.rma.request",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_sale_order_id": self.id, "dialog_size": "extra-large"},
        }

    def action_aftersales_simulate(self):
        """Open "What if?" for this order."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_simulation_action")
        return {**action, "context": {"default_sale_order_id": self.id, "dialog_size": "extra-large"}}

    # === Business === #

    def _action_confirm(self):
        result = super()._action_confirm()
        self.order_line._aftersales_fix_policy()
        return result

    def _aftersales_terms_given(self, terms):
        """Hook: the terms of a return policy as this order gets them; never worse for the customer than the policy's.

        :param dict terms: a snapshot of `aftersales.return.policy`
        :return: the snapshot that the order's lines keep
        """
        return terms

    def _aftersales_jurisdiction(self):
        """The consumer law of an order: that of the country where the customer lives, on the day of the contract.

        :return: `aftersales.jurisdiction`, none for a business
        """
        self.ensure_one()
        return self._aftersales_law() if self.aftersales_is_consumer else self.env["aftersales.jurisdiction"]

    def _aftersales_law(self):
        """The law for consumers where the customer lives, whether or not this one is a consumer."""
        on = self.company_id._aftersales_date(self.date_order)
        country = self.partner_shipping_id.country_id or self.partner_id.country_id or self.company_id.country_id
        return self.env["aftersales.jurisdiction"]._for_country(country, on)

    def _aftersales_paid_online(self):
        """What payment providers took for an order and have not paid back, in its currency (float)."""
        self.ensure_one()
        taken = self.transaction_ids.filtered(lambda tx: tx.state == "done" and tx.operation != "refund")
        back = taken.child_transaction_ids.filtered(lambda tx: tx.state == "done" and tx.operation == "refund")
        return sum(taken.mapped("amount")) + sum(back.mapped("amount"))

    def _aftersales_is_prepaid(self):
        """Whether payment providers took more for an order than was invoiced."""
        self.ensure_one()
        paid = self._aftersales_paid_online()
        if self.currency_id.compare_amounts(paid, 0.0) <= 0:
            return False
        invoices = self.invoice_ids.filtered(lambda move: move.move_type == "out_invoice" and move.state == "posted")
        charged = sum(
            move.currency_id._convert(move.amount_total, self.currency_id, move.company_id, move.invoice_date)
            for move in invoices
        )
        return self.currency_id.compare_amounts(paid, charged) > 0
