from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class AftersalesExtensionSell(models.TransientModel):
    """Sell an extension of a warranty to its customer: choose one, get the quotation."""

    _name = "aftersales.extension.sell"
    _description = "Sell an Extension"

    warranty_id = fields.Many2one("aftersales.warranty", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="warranty_id.company_id")
    covered_quantity = fields.Float(related="warranty_id.quantity")
    product_ids = fields.Many2many("product.product", compute="_compute_product_ids")
    product_id = fields.Many2one(
        "product.product",
        "Extension",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', product_ids)]",
        ondelete="cascade",
    )
    quantity = fields.Float("Units", compute="_compute_quantity", store=True, readonly=False, digits="Product Unit")

    @api.depends("warranty_id")
    def _compute_product_ids(self):
        for wizard in self:
            wizard.product_ids = wizard._products()

    @api.depends("warranty_id")
    def _compute_product_id(self):
        for wizard in self:
            fitting = wizard._products()
            wizard.product_id = fitting if len(fitting) == 1 else False

    @api.depends("warranty_id")
    def _compute_quantity(self):
        for wizard in self:
            wizard.quantity = wizard.warranty_id.quantity

    def _products(self):
        self.ensure_one()
        return self.warranty_id._renewal_products()

    def action_sell(self):
        """Make the quotation; once it is confirmed, the extension is made."""
        self.ensure_one()
        if not self.product_id or self.product_id not in self._products():
            raise UserError(self.env._("Choose an extension that is sold for this product."))
        order = self.env["sale.order"].create(self._prepare_order_vals())
        problem = order.order_line._aftersales_extension_problem()
        if problem:
            raise UserError(problem)
        return order._get_records_action()

    def _prepare_order_vals(self):
        """Hook: values of the quotation."""
        return {
            "partner_id": self.warranty_id.partner_id.id,
            "company_id": self.company_id.id,
            "order_line": [
                Command.create(
                    {
                        "product_id": self.product_id.id,
                        "product_uom_qty": self.quantity,
                        "aftersales_warranty_id": self.warranty_id.id,
                    }
                )
            ],
        }
