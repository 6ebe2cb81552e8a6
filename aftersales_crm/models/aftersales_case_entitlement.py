from odoo import api, fields, models


class AftersalesCase(models.Model):
    """What the customer is entitled to: judged by `aftersales.entitlement` on the day they asked."""

    _inherit = "aftersales.case"

    asked_on = fields.Date(
        "Asked on",
        required=True,
        copy=False,
        default=lambda self: self.env.company._aftersales_today(),
        help="The day on which it is judged what the customer is entitled to.",
    )
    entitlement = fields.Selection(
        [
            ("guarantee", "Under guarantee"),
            ("plan", "Under a service plan"),
            ("paid", "Customer pays"),
            ("unknown", "Unknown"),
        ],
        compute="_compute_entitlement",
    )
    entitlement_words = fields.Text("Entitlement, why", compute="_compute_entitlement")

    @api.depends("product_id", "lot_id", "sale_order_id", "warranty_id", "asked_on")
    def _compute_entitlement(self):
        known = [(case, unit) for case in self if (unit := case._entitlement_unit())]
        verdicts = self.env["aftersales.entitlement"]._judge(
            [unit for _case, unit in known], self.env.company._aftersales_today()
        )
        found = {case: verdict for (case, _unit), verdict in zip(known, verdicts, strict=True)}
        for case in self:
            verdict = found.get(case)
            case.entitlement = self._entitlement_of(verdict) if verdict else "unknown"
            case.entitlement_words = "\n".join(verdict["reasons"]) if verdict else self._unit_missing_words()

    def _entitlement_unit(self):
        """The unit as `aftersales.entitlement` judges it; False where nothing tells which one it is."""
        self.ensure_one()
        # Agents, and customers with their own case, need no rights on the warehouse to learn this.
        case_sudo = self.sudo()
        product = case_sudo.product_id or case_sudo.lot_id.product_id
        if not (product or case_sudo.warranty_id):
            return False
        return {
            "move": self._delivery_of(product) if not case_sudo.lot_id else self.env["stock.move"],
            "lot": case_sudo.lot_id,
            "warranty": case_sudo.warranty_id,
            "product": product,
            "reason": self.env["aftersales.reason"],
            "on": self.asked_on or self.company_id._aftersales_today(),
        }

    def _delivery_of(self, product):
        """The last delivery of a product with the order of the case, whoever asks."""
        lines_sudo = self.sudo().sale_order_id.order_line  # see _entitlement_unit
        return lines_sudo._aftersales_deliveries().filtered(lambda move: move.product_id == product)[-1:]

    def _entitlement_of(self, verdict):
        """Hook: the badge that stands for a verdict of `aftersales.entitlement`."""
        if verdict["verdict"] != "covered":
            return {"not_covered": "paid"}.get(verdict["verdict"], "unknown")
        plans = verdict["covering"].filtered(lambda warranty: (warranty.coverage or {}).get("visit_months"))
        return "plan" if plans == verdict["covering"] else "guarantee"

    def _unit_missing_words(self):
        return self.env._("Say which product it is about, best with its serial number or its order.")
