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
