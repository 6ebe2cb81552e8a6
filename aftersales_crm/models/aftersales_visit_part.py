from odoo import api, fields, models
from odoo.exceptions import UserError


class AftersalesVisitPart(models.Model):
    """A part that a technician used at a customer's, taken from stock when the visit is over."""

    _name = "aftersales.visit.part"
    _description = "Part used at a Visit"
    _order = "id"
    _check_company_auto = True

    case_id = fields.Many2one("aftersales.case", "Visit", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True)
    product_id = fields.Many2one(
        "product.product", "Part", required=True, domain=[("type", "=", "consu")], check_company=True
    )
    tracking = fields.Selection(related="product_id.tracking")
    quantity = fields.Float(default=1.0, required=True, digits="Product Unit")
    uom_id = fields.Many2one(related="product_id.uom_id")
    lot_name = fields.Char("Serial number", help="Of the part, where it has one.")
    move_id = fields.Many2one("stock.move", "Stock move", readonly=True, copy=False, index="btree_not_null")

    _quantity_positive = models.Constraint("CHECK (quantity > 0)", "A part is used in a quantity above zero.")

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("move_id") and not self.env.su:
                raise UserError(self.env._("Parts are taken from stock when the visit is over."))
        parts = super().create(vals_list)
        parts._ensure_open()
        return parts

    def write(self, vals):
        self._ensure_open()
        if "move_id" in vals and not self.env.su:
            raise UserError(self.env._("Parts are taken from stock when the visit is over."))
        result = super().write(vals)
        if "case_id" in vals:
            self.check_access("write")  # the visit that it went to has to be theirs too
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_not_taken(self):
        self._ensure_open()

    # === Business === #

    def _ensure_open(self):
        for part in self:
            if part.move_id:
                raise UserError(
                    self.env._(
                        "%(part)s was taken from stock with %(transfer)s: return that transfer instead.",
                        part=part.product_id.display_name,
                        transfer=part.move_id.sudo().reference,
                    )
                )
