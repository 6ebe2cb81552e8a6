from odoo import api, fields, models
from odoo.exceptions import UserError


class AftersalesUnannounced(models.Model):
    """Something that lay in a parcel and that its return does not tell of.

    It is not in stock: whose it is and what becomes of it is for an agent to find out.
    """

    _name = "aftersales.unannounced"
    _description = "Unannounced Goods"
    _order = "id"

    rma_id = fields.Many2one(
        "aftersales.rma", "Came with", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="rma_id.company_id", store=True, precompute=True)
    partner_id = fields.Many2one(related="rma_id.partner_id")
    product_id = fields.Many2one("product.product", readonly=True, ondelete="restrict")
    name = fields.Char("What it is", readonly=True)
    quantity = fields.Float(required=True, readonly=True, default=1.0, digits="Product Unit")
    condition = fields.Selection(
        lambda self: self.env["aftersales.inspection"]._fields["condition"].selection, readonly=True
    )
    photo_ids = fields.Many2many("ir.attachment", string="Photos", readonly=True, bypass_search_access=True)
    note = fields.Text(readonly=True)
    found_by = fields.Many2one("res.users", readonly=True, default=lambda self: self.env.user)
    return_id = fields.Many2one("aftersales.rma", "Became", readonly=True, index="btree_not_null", ondelete="set null")
    dealt_with = fields.Boolean(readonly=True)

    _quantity_positive = models.Constraint("CHECK(quantity > 0)", "Enter more than zero units.")

    @api.depends("product_id", "name", "quantity")
    def _compute_display_name(self):
        for item in self:
            item.display_name = f"{item.quantity:g} × {item.product_id.display_name or item.name}"

    # === Actions === #

    def action_request(self):
        """Ask for a return of what the customer bought and did not announce.

        :return: action that opens the new return
        :raise UserError: when the customer has no such product to give back
        """
        self.ensure_one()
        self._ensure_open()
        line = self._returnable_line()
        if not line:
            raise UserError(
                self.env._(
                    "%(partner)s has nothing of that kind to give back: agree with the customer on what to do, "
                    "then press “Dealt with”.",
                    partner=self.partner_id.display_name,
                )
            )
        item = {"sale_line": line, "quantity": self.quantity, "note": self.note}
        vals = {"user_id": self.rma_id.user_id.id or self.env.uid}
        rma = self.env["aftersales.rma"]._request(self.rma_id.partner_id, [item], vals)
        # The links of what the dock found are kept by the system.
        self.sudo().write({"return_id": rma.id, "dealt_with": True})
        return rma._get_records_action()

    def action_close(self):
        """Nothing is left to do about these goods."""
        self.check_access("read")
        self.rma_id.check_access("write")
        self.sudo().dealt_with = True  # see action_request
        return True

    # === Business === #

    def _ensure_open(self):
        for item in self:
            if item.dealt_with:
                raise UserError(self.env._("%(item)s: somebody has seen to that.", item=item.display_name))

    def _returnable_line(self):
        """The customer's oldest order line with enough units of the product to give back."""
        self.ensure_one()
        lines = self.env["sale.order.line"].search(
            [
                ("order_id.partner_id.commercial_partner_id", "=", self.rma_id.commercial_partner_id.id),
                ("product_id", "=", self.product_id.id),
                ("product_id", "!=", False),
                ("company_id", "=", self.company_id.id),
                ("qty_delivered", ">", 0),
            ],
            order="id",
        )
        # Who asks for a return need not see the warehouse.
        moves_sudo = lines.sudo().move_ids.filtered(lambda move: move._aftersales_is_delivery())
        left = dict.fromkeys(lines, 0.0)
        for move, units in moves_sudo._aftersales_units().items():
            left[move.sale_line_id.sudo(False)] += units["returnable"]
        enough = lines.filtered(lambda line: self.product_id.uom_id.compare(left[line], self.quantity) >= 0)
        return enough[:1]
