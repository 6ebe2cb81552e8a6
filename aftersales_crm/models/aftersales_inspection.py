import math

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class AftersalesInspection(models.Model):
    """What somebody found when looking at goods that came back."""

    _name = "aftersales.inspection"
    _description = "Inspection of Returned Goods"
    _inherit = ["aftersales.state.mixin"]
    _order = "id"

    _guarded = ("inspector_id", "inspected_at")

    line_id = fields.Many2one("aftersales.rma.line", "Return line", required=True, index=True, ondelete="cascade")
    rma_id = fields.Many2one(related="line_id.rma_id", store=True, index=True, precompute=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True, precompute=True)
    product_id = fields.Many2one(related="line_id.product_id")
    quantity = fields.Float(required=True, digits="Product Unit")
    uom_id = fields.Many2one(related="line_id.uom_id")
    lot_id = fields.Many2one("stock.lot", "Serial number")
    condition = fields.Selection(
        [
            ("unopened", "Unopened"),
            ("opened", "Opened"),
            ("used", "Used"),
            ("damaged", "Damaged"),
            ("incomplete", "Incomplete"),
        ],
    )
    accepted = fields.Boolean(default=True)
    disposition_id = fields.Many2one("aftersales.disposition", ondelete="restrict")
    photo_ids = fields.Many2many("ir.attachment", string="Photos", bypass_search_access=True)
    note = fields.Text()
    inspector_id = fields.Many2one("res.users", required=True, readonly=True, default=lambda self: self.env.user)

    inspected_at = fields.Datetime("On", required=True, readonly=True, default=fields.Datetime.now)

    _quantity_positive = models.Constraint("CHECK(quantity > 0)", "An inspection is of more than zero units.")

    @api.constrains("quantity")
    def _check_quantity(self):
        if not all(math.isfinite(quantity) for quantity in self.mapped("quantity")):
            raise ValidationError(self.env._("The quantity must be a number."))

    def _init_column(self, column_name):
        if column_name != "inspected_at":
            return super()._init_column(column_name)
        # What was inspected before there was a day for it was inspected when it was recorded.
        return self.env.cr.execute("UPDATE aftersales_inspection SET inspected_at = create_date")

    @api.model_create_multi
    def create(self, vals_list):
        restock_id = self.env["ir.model.data"]._xmlid_to_res_id("aftersales_crm.disposition_restock")
        for vals in vals_list:
            if not vals.get("accepted", True):
                vals["disposition_id"] = False  # refused goods stay the customer's
            elif not vals.get("disposition_id"):
                vals["disposition_id"] = restock_id
        inspections = super().create(vals_list)
        for inspection in inspections:
            if inspection.rma_id.state not in ("approved", "done"):
                raise UserError(self.env._("%(rma)s waits for no goods.", rma=inspection.rma_id.display_name))
        inspections._count()
        accepted = inspections.filtered("accepted")
        accepted.disposition_id._apply(accepted)
        inspections.filtered("photo_ids").rma_id._claim_photos()
        inspections.rma_id._sync_done()
        return inspections

    def write(self, vals):
        found = {"condition", "note"} & vals.keys() and not self.env.su  # anonymising may
        if found or {"quantity", "accepted", "line_id", "lot_id", "disposition_id"} & vals.keys():
            raise UserError(self.env._("An inspection is a record of what was found: it is not rewritten."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An inspection is a record of what was found: it is not deleted."))

    # === Business === #

    def _count(self):
        """Add new inspections, which nobody rewrites or deletes, to what their lines know of them.

        :raise ValidationError: when more is inspected than has arrived
        """
        for line, inspections in self.grouped("line_id").items():
            accepted = inspections.filtered("accepted")
            line._write_guarded(
                {
                    "accepted_quantity": line.accepted_quantity + sum(accepted.mapped("quantity")),
                    "rejected_quantity": line.rejected_quantity + sum((inspections - accepted).mapped("quantity")),
                }
            )
            if line._uninspected_quantity() < 0:
                raise ValidationError(
                    self.env._(
                        "%(product)s: %(inspected)s inspected, but only %(received)s arrived.",
                        product=line.product_id.display_name,
                        inspected=f"{line.accepted_quantity + line.rejected_quantity:g}",
                        received=f"{line.received_quantity:g}",
                    )
                )
