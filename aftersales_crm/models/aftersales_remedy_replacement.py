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
        remedies_sudo = self.sudo()
        self.env["stock.rule"].sudo().run([remedy._prepare_procurement() for remedy in remedies_sudo])
        remedies_sudo.invalidate_recordset(["move_ids"])
        for remedy in remedies_sudo:
            if not remedy.move_ids:
                raise UserError(
                    self.env._(
                        "No route delivers %(product)s: check the routes of its warehouse.",
                        product=remedy.product_id.display_name,
                    )
                )
        pickings = remedies_sudo.move_ids.picking_id
        for picking in pickings:
            remedy = picking.move_ids.aftersales_remedy_id[:1]
            picking.write({"aftersales_rma_id": remedy.rma_id.id, "aftersales_remedy_id": remedy.id})
        pickings.filtered(lambda picking: picking.state == "draft").action_confirm()
        self._transition("pending", {"error": False})

    def _prepare_procurement(self):
        """The procurement of the replacement, as the order line itself would ask for it."""
        self.ensure_one()
        line = self.rma_line_id.sale_line_id
        if not line:
            raise UserError(
                self.env._(
                    "%(product)s was not sold by an order: deliver the replacement by hand.",
                    product=self.product_id.display_name,
                )
            )
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
        """Whether the replacement was shipped, or its delivery cancelled."""
        self.ensure_one()
        moves = self.move_ids.filtered(lambda move: move.location_dest_id.usage == "customer")
        live = moves.filtered(lambda move: move.state != "cancel")
        if moves and not live:
            return "undone"
        return "done" if live and all(move.state == "done" for move in live) else False
