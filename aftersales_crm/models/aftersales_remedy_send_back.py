from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command


class AftersalesRemedy(models.Model):
    """Send back: goods that came in go out to the customer again, refused or repaired."""

    _inherit = "aftersales.remedy"

    def _apply_send_back(self):
        """Announce the way home to the warehouse; done when the goods are shipped."""
        for remedy in self:
            remedy._ship_home()
        self._transition("pending", {"error": False})

    def _ship_home(self):
        """Return the units of this remedy by a return of the transfers that they came in with.

        :raise UserError: when fewer units are here
        """
        self.ensure_one()
        # Whoever decides or repairs has no rights on transfers.
        wizards_sudo = self.env["stock.return.picking"].sudo()
        left = self.quantity
        for move_sudo in self.sudo().rma_line_id.receipt_move_ids.filtered(lambda move: move.state == "done"):
            units = min(move_sudo._aftersales_units_here(), left)
            if self.uom_id.compare(units, 0.0) > 0:
                picking_sudo = wizards_sudo.create(self._prepare_ship_home_vals(move_sudo, units))._create_return()
                self._pick_serials(picking_sudo.move_ids)
                left -= units
        if self.uom_id.compare(left, 0.0) > 0:
            raise UserError(
                self.env._(
                    "%(units)s × %(product)s are not here: they cannot be sent back.",
                    units=f"{left:g}",
                    product=self.product_id.display_name,
                )
            )

    def _prepare_ship_home_vals(self, move, units):
        return {
            "picking_id": move.picking_id.id,
            "aftersales_remedy_id": self.id,
            "product_return_moves": [
                Command.create(
                    {
                        "product_id": move.product_id.id,
                        "move_id": move.id,
                        "quantity": self.uom_id._compute_quantity(units, move.product_uom),
                        "to_refund": move.to_refund,
                        "aftersales_remedy_id": self.id,
                    }
                )
            ],
        }

    def _pick_serials(self, moves):
        """The very units go back: those that were refused, or the one of the line."""
        refused = self.rma_line_id.inspection_ids.filtered(lambda inspection: not inspection.accepted)
        lots = (refused.lot_id if self.code == "send_back" else refused.lot_id.browse()) or self.rma_line_id.lot_id
        for line, lot in zip(moves.move_line_ids if lots else (), lots, strict=False):
            if line.lot_id != lot:
                line.lot_id = lot

    def _progress_send_back(self):
        """Whether the goods were shipped, or the transfer cancelled."""
        return self._progress_replacement()
