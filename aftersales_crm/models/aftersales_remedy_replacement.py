from odoo import fields, models
from odoo.exceptions import UserError


class AftersalesRemedy(models.Model):
    """Replacement: a new delivery of the same order line, at no charge."""

    _inherit = "aftersales.remedy"

    def _apply_replacement(self):
        """Procure the units again; done when they are shipped.

        :raise UserError: when no rule of the warehouse delivers the product
        """
        # An agent settles what was approved without any right on the warehouse.
        exchanges = self.filtered(lambda remedy: remedy._is_exchange())
        if exchanges:
            exchanges._apply_exchange()
        same = self - exchanges
        if same:
            same.sudo()._procure([remedy._prepare_procurement() for remedy in same.sudo()])
        self._set_deadline()

    def _procure(self, procurements):
        """Let the warehouse deliver for these remedies.

        :raise UserError: when no rule of the warehouse delivers a product
        """
        self.env["stock.rule"].run(procurements)
        self.invalidate_recordset(["move_ids"])
        for remedy in self:
            if all(move.state == "cancel" for move in remedy.move_ids):
                raise UserError(
                    self.env._(
                        "No route delivers %(product)s: check the routes of its warehouse.",
                        product=(remedy.sent_product_id or remedy.product_id).display_name,
                    )
                )
        pickings = self.move_ids.picking_id
        pickings.filtered(lambda picking: picking.state == "draft").action_confirm()
        self._transition("pending", {"error": False})

    def _prepare_procurement(self):
        """The procurement of the replacement, as the order line itself would ask for it."""
        self.ensure_one()
        line = self.rma_line_id.sale_line_id
        if not line:  # bought elsewhere: delivered without an order, at no price
            return self._prepare_free_procurement(self.sent_product_id or self.product_id)
        values = line._prepare_procurement_values()
        now = fields.Datetime.now()
        values.update(date_planned=now, date_deadline=now, aftersales_remedy_id=self.id)
        return self.env["stock.rule"].Procurement(
            self.product_id,
            self.quantity,
            self.uom_id,
            line._get_location_final(),
            self.product_id.display_name,
            self.rma_id.name,
            self.company_id,
            values,
        )

    def _progress_replacement(self):
        """Whether the replacement was shipped, or its delivery cancelled.

        What was shipped is done; a rest that was cancelled waits as a remedy of its own.
        """
        self.ensure_one()
        moves = self.move_ids.filtered(lambda move: move.location_dest_id.usage == "customer")
        open_moves = self.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))
        shipped = sum(
            move.product_uom._compute_quantity(move.quantity, self.uom_id) for move in moves if move.state == "done"
        )
        if open_moves or not self.move_ids or self.uom_id.compare(shipped, self.quantity) >= 0:
            return "done" if self.uom_id.compare(shipped, self.quantity) >= 0 else False
        if not shipped:
            return "undone"
        self._with_system().copy({"quantity": self.quantity - shipped})
        self._write_guarded({"quantity": shipped})
        return "done"
