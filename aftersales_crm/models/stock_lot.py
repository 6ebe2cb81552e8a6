from odoo import fields, models


class StockLot(models.Model):
    _inherit = "stock.lot"

    aftersales_warranty_count = fields.Integer("Warranties", compute="_compute_aftersales_warranty_count")

    def _compute_aftersales_warranty_count(self):
        # Counts answer "is there something?"; what opens follows the user's rights.
        groups = (
            self.env["aftersales.warranty"].sudo()._read_group([("lot_id", "in", self.ids)], ["lot_id"], ["__count"])
        )
        counts = {lot.id: count for lot, count in groups}
        for lot in self:
            lot.aftersales_warranty_count = counts.get(lot.id, 0)

    def action_aftersales_view_warranties(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_warranty_action")
        action["domain"] = [("lot_id", "=", self.id)]
        action["context"] = {}
        return action

    # === Business === #

    def _aftersales_deliveries(self):
        """Deliveries of order lines that brought these serials to a customer, oldest first."""
        lines = self.env["stock.move.line"].search(
            [("lot_id", "in", self.ids), ("state", "=", "done"), ("location_dest_id.usage", "=", "customer")],
            order="date, id",
        )
        return lines.move_id.filtered(lambda move: move._aftersales_is_delivery())
