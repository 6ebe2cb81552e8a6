from odoo import models
from odoo.fields import Command


class AftersalesInspection(models.Model):
    """What stock does with inspected goods: ``_dispose_<operation>`` of their disposition.

    Who inspects decides where goods go and needs no rights on the warehouse; stock does the moves.
    """

    _inherit = "aftersales.inspection"

    # === Operations === #

    def _dispose_stock(self, _disposition):
        """Put on sale what arrived in a place where nothing is sold from."""
        for location, group in self.grouped(lambda inspection: inspection._shelf()).items():
            if location:
                group._move_goods(location)

    def _dispose_move(self, disposition):
        self._move_goods(disposition._ensure_location())

    def _dispose_give(self, disposition):
        self._move_goods(disposition._ensure_location())

    def _dispose_repair(self, disposition):
        """Repair what is the shop's own again; what stays the customer's is repaired by its remedy."""
        own = self.filtered(lambda inspection: not inspection.line_id.for_repair)
        if not own:
            return
        location = disposition._ensure_location()
        own._move_goods(location)
        repairs_sudo = self.env["repair.order"].sudo()
        repairs_sudo.create([inspection._prepare_repair_vals(location) for inspection in own])._action_repair_confirm()

    def _dispose_scrap(self, _disposition):
        chained_sudo = self._leave_chain()
        scraps_sudo = self.env["stock.scrap"].sudo()
        scraps_sudo.create([inspection._prepare_scrap_vals() for inspection in self]).do_scrap()
        chained_sudo._action_assign()

    def _dispose_vendor(self, _disposition):
        """Announce a transfer to the vendor, one per return; the warehouse ships it."""
        chained_sudo = self._leave_chain()
        groups = self.grouped(lambda i: (i.rma_id, i._vendor(), i._arrived_in()))
        pickings_sudo = self.env["stock.picking"].sudo()
        pickings_sudo = pickings_sudo.create(
            [group._prepare_vendor_picking_vals(*key) for key, group in groups.items()]
        )
        for picking_sudo in pickings_sudo:
            picking_sudo.move_ids.move_line_ids.picking_id = picking_sudo
        pickings_sudo.action_confirm()
        pickings_sudo.action_assign()
        chained_sudo._action_assign()

    # === Where goods are, and where they belong === #

    def _receipt_moves(self):
        """The return moves by which the goods arrived."""
        return self.line_id.receipt_move_ids.filtered(lambda move: move.state == "done")

    def _arrived_in(self):
        """Where the inspected goods are: the destination of their return."""
        self.ensure_one()
        return self._receipt_moves()[-1:].location_dest_id

    def _warehouse(self):
        self.ensure_one()
        source = self._arrived_in()
        return source.warehouse_id or self.rma_id.warehouse_id or self.line_id.origin_move_id.location_id.warehouse_id

    def _shelf(self):
        """Where to put goods for sale, if not where they arrived or where Odoo brings them by itself."""
        self.ensure_one()
        source, stock = self._arrived_in(), self._warehouse().lot_stock_id
        set_aside = source == self.company_id.aftersales_return_location_id
        if not stock or source == stock or (source._child_of(stock) and not set_aside) or self._chained_moves():
            return self.env["stock.location"]
        return stock.sudo()._get_putaway_strategy(self.product_id.sudo(), quantity=self.quantity)

    def _vendor(self):
        self.ensure_one()
        return self.product_id.with_company(self.company_id).seller_ids[:1].partner_id

    def _chained_moves(self):
        """Transfers that carry on what arrived, where the warehouse receives in several steps."""
        moves_sudo = self._receipt_moves().sudo().move_dest_ids
        return moves_sudo.filtered(lambda move: move.state not in ("done", "cancel"))

    # === Moves === #

    def _leave_chain(self):
        """Take the inspected units out of the transfers that would carry them on.

        :return: what is left of those transfers, to be reserved again
        """
        touched_sudo = self.env["stock.move"].sudo()
        for inspection in self:
            left = inspection.quantity
            for move_sudo in inspection._chained_moves():
                taken = min(left, move_sudo.product_qty)
                left -= taken
                move_sudo._do_unreserve()
                if move_sudo.product_id.uom_id.compare(taken, move_sudo.product_qty) < 0:
                    move_sudo.product_uom_qty -= inspection.uom_id._compute_quantity(taken, move_sudo.product_uom)
                    touched_sudo |= move_sudo
                else:
                    move_sudo._action_cancel()
        return touched_sudo.filtered(lambda move: move.state != "cancel")

    def _move_goods(self, location):
        """Move the inspected goods to a location."""
        chained_sudo = self._leave_chain()
        moves_sudo = self.env["stock.move"].sudo()
        moves_sudo = moves_sudo.create([inspection._prepare_move_vals(location) for inspection in self])
        moves_sudo._action_confirm(merge=False)
        moves_sudo.picked = True
        moves_sudo._action_done()
        chained_sudo._action_assign()

    def _prepare_move_vals(self, location):
        """Hook: values of the move of the inspected goods."""
        self.ensure_one()
        line = {
            "product_id": self.product_id.id,
            "location_id": self._arrived_in().id,
            "location_dest_id": location.id,
        }
        return {
            **line,
            "product_uom": self.uom_id.id,
            "product_uom_qty": self.quantity,
            "origin": self.rma_id.name,
            "company_id": self.company_id.id,
            "move_line_ids": [
                Command.create(
                    {
                        **line,
                        "product_uom_id": self.uom_id.id,
                        "quantity": self.quantity,
                        "lot_id": self._lot().id,
                    }
                )
            ],
        }

    def _lot(self):
        return self.lot_id or self.line_id.lot_id

    def _prepare_scrap_vals(self):
        """Hook: values of the scrap order."""
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "product_uom_id": self.uom_id.id,
            "scrap_qty": self.quantity,
            "lot_id": self._lot().id,
            "location_id": self._arrived_in().id,
            "origin": self.rma_id.name,
            "company_id": self.company_id.id,
        }

    def _prepare_repair_vals(self, location):
        """Hook: values of the repair order of goods that are to be sold again."""
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "product_id": self.product_id.id,
            "product_qty": self.quantity,
            "product_uom": self.uom_id.id,
            "lot_id": self._lot().id,
            "product_location_src_id": location.id,
            "product_location_dest_id": (self._warehouse().lot_stock_id or self._arrived_in()).id,
            "internal_notes": self.note or self.line_id.description,
            "aftersales_rma_id": self.rma_id.id,
        }

    def _prepare_vendor_picking_vals(self, rma, vendor, source):
        """Hook: values of the transfer that brings the goods to their vendor."""
        warehouse = self[:1]._warehouse()
        vendors = self.env.ref("stock.stock_location_suppliers")
        location = vendor.with_company(rma.company_id).property_stock_supplier or vendors
        return {
            "partner_id": vendor.id,
            "picking_type_id": (warehouse.in_type_id.return_picking_type_id or warehouse.out_type_id).id,
            "location_id": source.id,
            "location_dest_id": location.id,
            "origin": rma.name,
            "company_id": rma.company_id.id,
            "aftersales_rma_id": rma.id,
            "move_ids": [Command.create(inspection._prepare_move_vals(location)) for inspection in self],
        }
