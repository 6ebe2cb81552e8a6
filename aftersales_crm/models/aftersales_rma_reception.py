import math

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command


class AftersalesRma(models.Model):
    """Goods at the dock: received into stock, then looked at."""

    _inherit = "aftersales.rma"

    def _receive(self, entries):
        """Receive units of one or several returns through their pickings and note what was found.

        :param list entries: dicts with ``line`` (`aftersales.rma.line` of these returns),
            ``quantity`` (received now, in the product's unit) and, each optional, ``lot``,
            ``condition``, ``accepted`` (default true), ``disposition`` (default restock), ``note``,
            ``photos`` (as `_create_photos` takes them)
        :raise UserError: when a return does not wait for goods, or a serial is missing
        """
        self.check_access("write")
        self._ensure_state("approved", self.env._("receive goods"))
        self._read_goods_at_once()
        for entry in entries:
            self._check_entry(entry)
        # Who receives for the return needs no rights on the warehouse; each move is of the
        # returns' own pickings.
        moves_sudo = self._prepare_receipt(entries)
        pickings_sudo = moves_sudo.picking_id
        (pickings_sudo.move_ids - moves_sudo).picked = False
        pickings_sudo.with_context(skip_backorder=True, skip_sms=True)._action_done()
        self._inspect(entries)

    def _read_goods_at_once(self):
        """Read in one statement per model what stock reads move by move, place by place."""
        # See _receive.
        lines_sudo = self.line_ids.sudo()
        moves_sudo = lines_sudo.receipt_move_ids | lines_sudo.origin_move_id
        pickings_sudo = moves_sudo.picking_id
        for records, name in (
            (moves_sudo.location_id | moves_sudo.location_dest_id, "usage"),
            (moves_sudo.move_line_ids, "state"),
            (pickings_sudo, "state"),
            (pickings_sudo.partner_id | self.env.user.sudo().partner_id, "name"),
        ):
            records.mapped(name)

    def _check_entry(self, entry):
        line, quantity = entry["line"], entry["quantity"]
        product = line.product_id
        if line.rma_id not in self:
            names = {"product": product.display_name, "rma": ", ".join(self.mapped("name"))}
            raise UserError(self.env._("%(product)s is no line of %(rma)s.", **names))
        if not math.isfinite(quantity) or line.uom_id.compare(quantity, 0.0) <= 0:
            raise UserError(self.env._("%(product)s: enter more than zero units.", product=product.display_name))
        if line.product_id._aftersales_is_whole() and not float(quantity).is_integer() and not line._is_split():
            raise UserError(self.env._("%(product)s comes in whole pieces.", product=product.display_name))
        if line.tracking == "serial" and quantity != 1:
            raise UserError(self.env._("%(product)s: one serial number is one unit.", product=product.display_name))
        if line.tracking != "none" and not (entry.get("lot") or line.lot_id):
            raise UserError(self.env._("%(product)s: which serial number has arrived?", product=product.display_name))

    def _prepare_receipt(self, entries):
        """Put the received quantities, and the serials that came, on the open return moves.

        :return: the moves to validate
        """
        # See _receive.
        moves_sudo = self.env["stock.move"].sudo()
        arrived = {}
        for entry in entries:
            arrived.setdefault(self._open_receipt(entry["line"]), []).append(entry)
        for move, group in arrived.items():
            if move.product_id.tracking == "none":
                quantity = sum(entry["quantity"] for entry in group)
                quantity = move.product_id.uom_id._compute_quantity(quantity, move.product_uom)
                if move.product_uom.compare(move.quantity, quantity):
                    move.quantity = quantity
            else:
                move.move_line_ids.unlink()
                move.move_line_ids = [Command.create(self._prepare_serial_vals(move, entry)) for entry in group]
            moves_sudo |= move
        moves_sudo.picked = True
        return moves_sudo

    def _open_receipt(self, line):
        """The return move on which units of a line are received."""
        if line._to_announce() > 0:  # the warehouse cancelled what was announced
            line.rma_id._create_return_pickings()
        # See _receive.
        moves_sudo = line.sudo().receipt_move_ids
        move = moves_sudo.filtered(lambda move: move.state not in ("done", "cancel"))[:1]
        if not move:
            raise UserError(
                self.env._(
                    "%(product)s of %(rma)s has already arrived in full.",
                    product=line.product_id.display_name,
                    rma=line.rma_id.name,
                )
            )
        return move

    def _prepare_serial_vals(self, move, entry):
        return {
            "picking_id": move.picking_id.id,
            "product_id": move.product_id.id,
            "product_uom_id": move.product_id.uom_id.id,
            "quantity": entry["quantity"],
            "lot_id": (entry.get("lot") or entry["line"].lot_id).id,
            "location_id": move.location_id.id,
            "location_dest_id": move.location_dest_id.id,
        }

    def _inspect(self, entries):
        """Note what was found about units that are here.

        :param list entries: as for `_receive`
        """
        return self.env["aftersales.inspection"].create(
            [
                {
                    "line_id": entry["line"].id,
                    "quantity": entry["quantity"],
                    "lot_id": (entry.get("lot") or entry["line"].lot_id).id,
                    "condition": entry.get("condition"),
                    "accepted": entry.get("accepted", True),
                    "disposition_id": entry["disposition"].id if entry.get("disposition") else False,
                    "note": entry.get("note"),
                    "photo_ids": entry.get("photos") and self._create_photos(entry["photos"]),
                }
                for entry in entries
            ]
        )
