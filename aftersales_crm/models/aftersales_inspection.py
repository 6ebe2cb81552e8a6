import math

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command


class AftersalesInspection(models.Model):
    """What somebody found when looking at goods that came back."""

    _name = "aftersales.inspection"
    _description = "Inspection of Returned Goods"
    _inherit = ["aftersales.state.mixin"]
    _order = "id"

    _guarded = ("inspector_id",)

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

    _quantity_positive = models.Constraint("CHECK(quantity > 0)", "An inspection is of more than zero units.")

    @api.constrains("quantity", "line_id")
    def _check_quantity(self):
        for line in self.line_id:
            inspected = line.inspection_ids.mapped("quantity")
            if not all(math.isfinite(quantity) for quantity in inspected):
                raise ValidationError(self.env._("The quantity must be a number."))
            if line.uom_id.compare(sum(inspected), line.received_quantity) > 0:
                raise ValidationError(
                    self.env._(
                        "%(product)s: %(inspected)s inspected, but only %(received)s arrived.",
                        product=line.product_id.display_name,
                        inspected=f"{sum(inspected):g}",
                        received=f"{line.received_quantity:g}",
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        inspections = super().create(vals_list)
        for inspection in inspections:
            if inspection.rma_id.state not in ("approved", "done"):
                raise UserError(self.env._("%(rma)s waits for no goods.", rma=inspection.rma_id.display_name))
        accepted = inspections.filtered(lambda i: i.accepted and i.disposition_id)
        accepted.disposition_id._apply(accepted)
        inspections.filtered("photo_ids").rma_id._claim_photos()
        inspections.rma_id._sync_done()
        return inspections

    def write(self, vals):
        if {"quantity", "accepted", "line_id", "lot_id", "disposition_id"} & vals.keys():
            raise UserError(self.env._("An inspection is a record of what was found: it is not rewritten."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An inspection is a record of what was found: it is not deleted."))

    # === Stock operations === #

    def _return_location(self):
        """Where the inspected goods are: the destination of their return."""
        self.ensure_one()
        moves = self.line_id.receipt_move_ids.filtered(lambda move: move.state == "done")
        return moves[-1:].location_dest_id

    def _scrap(self):
        self.ensure_one()
        # Who inspects decides that goods are scrap; stock does the move.
        scrap_sudo = self.env["stock.scrap"].sudo().create(self._prepare_scrap_vals())
        scrap_sudo.do_scrap()

    def _prepare_scrap_vals(self):
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "product_uom_id": self.uom_id.id,
            "scrap_qty": self.quantity,
            "lot_id": (self.lot_id or self.line_id.lot_id).id,
            "location_id": self._return_location().id,
            "origin": self.rma_id.name,
            "company_id": self.company_id.id,
        }

    def _move_goods(self, location):
        """Move the inspected goods to a location of the company."""
        self.ensure_one()
        # Who inspects decides where goods go; stock does the move.
        move_sudo = self.env["stock.move"].sudo().create(self._prepare_move_vals(location))
        move_sudo._action_confirm()
        move_sudo.picked = True
        move_sudo._action_done()

    def _prepare_move_vals(self, location):
        self.ensure_one()
        source = self._return_location()
        return {
            "product_id": self.product_id.id,
            "product_uom": self.uom_id.id,
            "product_uom_qty": self.quantity,
            "location_id": source.id,
            "location_dest_id": location.id,
            "origin": self.rma_id.name,
            "company_id": self.company_id.id,
            "move_line_ids": [
                Command.create(
                    {
                        "product_id": self.product_id.id,
                        "product_uom_id": self.uom_id.id,
                        "quantity": self.quantity,
                        "lot_id": (self.lot_id or self.line_id.lot_id).id,
                        "location_id": source.id,
                        "location_dest_id": location.id,
                    }
                )
            ],
        }
