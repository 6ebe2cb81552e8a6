from odoo import fields, models
from odoo.exceptions import UserError

from .aftersales_withdrawal import VERDICTS


class AftersalesWithdrawalLine(models.Model):
    """A product that a statement of withdrawal is about, and what the law says of it."""

    _name = "aftersales.withdrawal.line"
    _description = "Withdrawn Product"
    _inherit = ["aftersales.state.mixin"]
    _order = "id"
    _guarded = (
        "withdrawal_id",
        "sale_line_id",
        "product_id",
        "product_name",
        "quantity",
        "undelivered",
        "verdict",
        "until",
        "why",
        "policy_until",
        "guarantee_until",
    )

    withdrawal_id = fields.Many2one(
        "aftersales.withdrawal", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="withdrawal_id.company_id", store=True)
    sale_line_id = fields.Many2one(
        "sale.order.line", "Order line", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    product_id = fields.Many2one("product.product", readonly=True, ondelete="restrict")
    product_name = fields.Char("Product as named", required=True, readonly=True)
    quantity = fields.Float(required=True, readonly=True, digits="Product Unit")
    uom_id = fields.Many2one("uom.uom", "Unit", related="product_id.uom_id")
    undelivered = fields.Boolean("Still to come", readonly=True)

    verdict = fields.Selection(VERDICTS, readonly=True)
    until = fields.Date("Last day of the period", readonly=True)
    why = fields.Text(readonly=True)
    policy_until = fields.Date("Shop's own rules until", readonly=True)
    guarantee_until = fields.Date("Guarantee until", readonly=True)

    _quantity_positive = models.Constraint("CHECK(quantity > 0)", "A withdrawal is of more than zero units.")

    def write(self, vals):
        if not self._is_system() and vals:
            raise UserError(self.env._("What was stated in a withdrawal is not changed."))
        return super().write(vals)
