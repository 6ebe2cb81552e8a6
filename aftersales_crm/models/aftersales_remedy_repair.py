from odoo import models


class AftersalesRemedy(models.Model):
    """Repair: a repair order for the goods that came back."""

    _inherit = "aftersales.remedy"

    def _apply_repair(self):
        """Open and confirm a repair order per remedy; done when it is repaired."""
        # An agent settles what was approved without any right on repairs.
        repairs_sudo = self.env["repair.order"].sudo().create([remedy._prepare_repair_vals() for remedy in self.sudo()])
        repairs_sudo._action_repair_confirm()
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
            "under_warranty": line.basis in ("guarantee", "warranty", "goodwill"),
            "internal_notes": line.description,
            "aftersales_rma_id": self.rma_id.id,
            "aftersales_remedy_id": self.id,
        }
        if received:
            vals["product_location_src_id"] = received.location_dest_id.id
            vals["product_location_dest_id"] = received.location_dest_id.id
        return vals

    def _progress_repair(self):
        """Whether the goods are repaired, or the repair was cancelled."""
        self.ensure_one()
        states = set(self.repair_ids.mapped("state"))
        if states == {"cancel"}:
            return "undone"
        states.discard("cancel")
        return "done" if states == {"done"} else False
