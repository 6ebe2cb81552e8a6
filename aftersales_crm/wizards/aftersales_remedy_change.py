from odoo import api, fields, models


class AftersalesRemedyChange(models.TransientModel):
    """What becomes of units instead of the remedy that was planned."""

    _name = "aftersales.remedy.change"
    _description = "Another Remedy"

    remedy_id = fields.Many2one("aftersales.remedy", "Planned remedy", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="remedy_id.company_id")
    currency_id = fields.Many2one(related="remedy_id.currency_id")
    product_id = fields.Many2one(related="remedy_id.product_id")
    uom_id = fields.Many2one(related="remedy_id.uom_id")
    planned_type_id = fields.Many2one("aftersales.remedy.type", "Instead of", related="remedy_id.type_id")
    planned_quantity = fields.Float("Planned", related="remedy_id.quantity")
    type_id = fields.Many2one(
        "aftersales.remedy.type", "Remedy", required=True, ondelete="cascade", domain="[('code', '!=', 'send_back')]"
    )
    code = fields.Char(related="type_id.code")
    quantity = fields.Float(
        compute="_compute_quantity", store=True, readonly=False, required=True, digits="Product Unit"
    )
    paid = fields.Monetary(compute="_compute_paid", help="What these units cost, taxes included.")
    agreed_amount = fields.Monetary("Customer gets back")
    sent_product_id = fields.Many2one(
        "product.product", "Product sent", domain="[('type', '=', 'consu'), ('company_id', 'in', (False, company_id))]"
    )
    is_charged = fields.Boolean("Customer pays the repair")
    needs_choice = fields.Boolean(compute="_compute_needs_choice")
    choice_note = fields.Char("How the customer chose it")

    @api.depends("remedy_id")
    def _compute_quantity(self):
        for wizard in self:
            wizard.quantity = wizard.remedy_id.quantity

    @api.depends("remedy_id", "quantity")
    def _compute_paid(self):
        for wizard in self:
            line = wizard.remedy_id.rma_line_id
            wizard.paid = line.paid_total * wizard.quantity / line.quantity if line else 0.0

    @api.depends("remedy_id", "type_id")
    def _compute_needs_choice(self):
        for wizard in self:
            wizard.needs_choice = wizard.type_id and wizard.remedy_id._is_for_customer_to_choose(wizard.type_id)

    def action_confirm(self):
        self.ensure_one()
        self.remedy_id._ensure_choice(self.type_id, self.choice_note)
        choice = {"choice_note": self.choice_note} if self.needs_choice else {}
        self.remedy_id._change(self.type_id, self.quantity, {**self._prepare_terms(), **choice})
        return {"type": "ir.actions.act_window_close"}

    def _prepare_terms(self):
        """What was said about this kind of remedy; what was typed for another one is left out."""
        if self.code == "keep":
            return {"agreed_amount": self.agreed_amount}
        if self.code in ("replacement", "gift"):
            return {"sent_product_id": self.sent_product_id.id}
        return {"is_charged": self.is_charged} if self.code == "repair" else {}
