from odoo import models


class AftersalesRemedy(models.Model):
    """Repair: a repair order for the goods that came back."""

    _inherit = "aftersales.remedy"

    def _apply_repair(self):
        """Open a repair order per remedy; done when it is repaired and back with the customer.

        What the customer pays waits for the quotation that is made from the repair order.
        """
        # An agent settles what was approved without any right on repairs.
        repairs_sudo = self.env["repair.order"].sudo().create([remedy._prepare_repair_vals() for remedy in self.sudo()])
        repairs_sudo.filtered(lambda repair: not repair.aftersales_remedy_id.is_charged)._action_repair_confirm()
        self._transition("pending", {"error": False})

    def _prepare_repair_vals(self):
        """Hook: values of the repair order."""
        self.ensure_one()
        line = self.rma_line_id
        received = line.receipt_move_ids.filtered(lambda move: move.state == "done")[-1:]
        vals = {
            "company_id": self.company_id.id,
            "partner_id": self.rma_id.partner_id.id,
            "product_id": self.product_id.id,
            "product_qty": self.quantity,
            "product_uom": self.uom_id.id,
            "lot_id": (line.lot_id or received.move_line_ids.lot_id[:1]).id,
            "picking_id": received.picking_id.id,
            "user_id": self.rma_id.user_id.id or self.env.uid,
            "under_warranty": not self.is_charged,
            "internal_notes": line.description,
            "aftersales_rma_id": self.rma_id.id,
            "aftersales_remedy_id": self.id,
        }
        if received:
            vals["product_location_src_id"] = received.location_dest_id.id
            vals["product_location_dest_id"] = received.location_dest_id.id
        return vals

    def _progress_repair(self):
        """Whether the goods are repaired and on their way home, or the repair was cancelled."""
        self.ensure_one()
        states = set(self.repair_ids.mapped("state"))
        if states == {"cancel"}:
            return "undone"
        states.discard("cancel")
        if states != {"done"}:
            return False
        return "done" if self._is_home() else False

    def _is_home(self):
        """Whether the repaired goods are with the customer, or never left them."""
        line = self.rma_line_id
        return self.uom_id.compare(line.received_quantity - line._sent_home(), self.quantity) < 0

    def _send_repaired_home(self):
        """Announce the way home of what was repaired here, once."""
        for remedy in self:
            coming = remedy.move_ids.filtered(lambda move: move.state != "cancel")
            if remedy.state == "pending" and not coming and not remedy._is_home():
                remedy._ship_home()
