from odoo import api, fields, models
from odoo.fields import Domain


class AftersalesSimulation(models.TransientModel):
    """What would come of a return, told without making one."""

    _name = "aftersales.simulation"
    _description = "What If?"

    sale_order_id = fields.Many2one("sale.order", "Order", ondelete="cascade")
    policy_id = fields.Many2one(
        "aftersales.return.policy",
        "Return policy",
        ondelete="cascade",
        help="As if this policy were the one of the order. Empty: what was promised.",
    )
    requested_on = fields.Date("Asked on", required=True, default=lambda self: self.env.company._aftersales_today())
    reason_id = fields.Many2one("aftersales.reason", ondelete="cascade")
    quantity = fields.Float("Units of each", default=1.0, digits="Product Unit")
    customer_type = fields.Selection([("consumer", "A consumer"), ("business", "A business")], "Bought by")
    opened = fields.Selection([("no", "No"), ("yes", "Yes")], "Opened or begun")
    result = fields.Html(compute="_compute_result", sanitize=False)

    @api.depends("sale_order_id", "policy_id", "requested_on", "reason_id", "quantity", "customer_type", "opened")
    def _compute_display_name(self):
        self.display_name = self.env._("What if?")

    @api.depends("sale_order_id", "policy_id", "requested_on", "reason_id", "quantity", "customer_type", "opened")
    def _compute_result(self):
        for simulation in self:
            values = {"rows": simulation._rows(), "order": simulation.sale_order_id, "currency": simulation._currency()}
            simulation.result = self.env["ir.qweb"]._render("aftersales_crm.simulation_result", values)

    def _currency(self):
        return self.sale_order_id.currency_id or self.env.company.currency_id

    # === Judging === #

    def _rows(self):
        """Verdicts in words, one row per product of the order.

        :return: list of dicts with ``product``, ``undelivered``, ``paid``, ``possible``, ``reasons`` (what
            the customer is told) and ``bases`` (`_basis_row`, the best first)
        """
        self.ensure_one()
        entries = self.sale_order_id.order_line._aftersales_returnables()
        units = [self._unit(entry) for entry in entries]
        results = self.env["aftersales.eligibility"]._evaluate(
            units, self.requested_on or self.sale_order_id.company_id._aftersales_today()
        )
        types = self.env["aftersales.remedy.type"].search(Domain.TRUE)
        return [
            {**self._row(unit, result, types), "undelivered": entry["undelivered"]}
            for entry, unit, result in zip(entries, units, results, strict=True)
        ]

    def _unit(self, entry):
        line, product = entry["sale_line"], entry["product"]
        facts = {"product": product, "move": entry["move"], "quantity": self.quantity, "reason": self.reason_id}
        if self.opened:
            facts["opened"] = self.opened == "yes"
        if self.customer_type:
            facts["consumer"] = self.customer_type == "consumer"
        if self.policy_id:
            policy_sudo = self.policy_id.sudo()  # rules are no secret
            facts["terms"] = policy_sudo._terms(product.product_tmpl_id._aftersales_kind().sudo())
            # Who may see the order may know when it was delivered and invoiced.
            facts["return_until"] = line.sudo()._aftersales_window_until(facts["terms"])
        return self.env["aftersales.eligibility"]._prepare_unit(line, **facts)

    def _row(self, unit, result, types):
        ranked = sorted(result["bases"], key=lambda basis: basis != result["nearest"])
        return {
            "product": unit["product"],
            "paid": unit["paid"],
            "possible": bool(result["best"]),
            "reasons": result["why"],
            "bases": [self._basis_row(basis, result["bases"][basis], types) for basis in ranked],
        }

    def _basis_row(self, basis, judged, types):
        lines = self.env["aftersales.rma.line"]
        labels = dict(lines._fields["basis"]._description_selection(self.env))
        payers = {
            "customer": self.env._("Customer"),
            "shop": self.env._("Shop"),
            "deducted": self.env._("Shop, deducted"),
        }
        return {
            "label": labels[basis],
            "outcome": judged["outcome"],
            "color": {"pass": "success", "fail": "danger"}.get(judged["outcome"], "warning"),
            "outcome_label": lines._outcome_label(judged["outcome"]),
            "until": judged["until"],
            "fee": judged["fee"],
            "way_back_fee": judged["way_back_fee"],
            "shipping": payers[judged["return_shipping"]],
            "remedies": ", ".join(types.filtered(lambda remedy: remedy.code in judged["remedies"]).mapped("name")),
            "checks": lines._checks_html(judged["checks"]),
        }
