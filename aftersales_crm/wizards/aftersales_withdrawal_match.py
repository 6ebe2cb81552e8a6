from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class AftersalesWithdrawalMatch(models.TransientModel):
    """Ask which order a statement of withdrawal is about and, where it says so in words, which products."""

    _name = "aftersales.withdrawal.match"
    _description = "Order of a Withdrawal"

    withdrawal_id = fields.Many2one("aftersales.withdrawal", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="withdrawal_id.company_id")
    contract = fields.Char(related="withdrawal_id.contract")
    person_name = fields.Char(related="withdrawal_id.person_name")
    email = fields.Char(related="withdrawal_id.email")
    whole_order = fields.Boolean(related="withdrawal_id.whole_order")
    parts = fields.Text(related="withdrawal_id.parts")
    sale_order_id = fields.Many2one(
        "sale.order", "Order", required=True, domain="[('state', '=', 'sale'), ('company_id', '=', company_id)]"
    )
    line_ids = fields.One2many(
        "aftersales.withdrawal.match.line",
        "match_id",
        "Products",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("sale_order_id")
    def _compute_line_ids(self):
        for match in self:
            entries = [] if match.whole_order else match.sale_order_id.order_line._aftersales_returnables()
            match.line_ids = [Command.clear()] + [
                Command.create(
                    {
                        "sale_line_id": entry["sale_line"].id,
                        "product_id": entry["product"].id,
                        "undelivered": entry["undelivered"],
                        "returnable": entry["returnable"],
                    }
                )
                for entry in entries
                if entry["returnable"] > 0
            ]

    def action_match(self):
        """Tie the statement to the order; in time, its return is opened and approved."""
        self.ensure_one()
        self.sale_order_id.check_access("read")
        lines = self.line_ids.filtered(
            lambda line: line.quantity > 0 and line.sale_line_id.order_id == self.sale_order_id
        )
        if not self.whole_order and not lines:
            raise UserError(self.env._("Say how many of which product are meant."))
        statement_sudo = self.withdrawal_id._for_agent()
        statement_sudo._match(self.sale_order_id.sudo(), [line._prepare_withdrawn_vals() for line in lines])
        return {"type": "ir.actions.act_window_close"}


class AftersalesWithdrawalMatchLine(models.TransientModel):
    _name = "aftersales.withdrawal.match.line"
    _description = "Product of a Withdrawal"

    match_id = fields.Many2one("aftersales.withdrawal.match", required=True, ondelete="cascade")
    sale_line_id = fields.Many2one("sale.order.line", required=True, ondelete="cascade")
    product_id = fields.Many2one("product.product", required=True, ondelete="cascade")
    undelivered = fields.Boolean("Still to come")
    returnable = fields.Float("Can come back", digits="Product Unit")
    quantity = fields.Float("Withdrawn", digits="Product Unit")

    def _prepare_withdrawn_vals(self):
        self.ensure_one()
        entry = {"sale_line": self.sale_line_id, "product": self.product_id, "undelivered": self.undelivered}
        return self.env["aftersales.withdrawal"]._prepare_line_vals(entry, self.quantity)
