from odoo import fields, models


class StockReturnPicking(models.TransientModel):
    _inherit = "stock.return.picking"

    aftersales_rma_id = fields.Many2one("aftersales.rma")
    aftersales_remedy_id = fields.Many2one("aftersales.remedy", help="The goods go out to the customer again.")

    def _prepare_picking_default_values_based_on(self, picking):
        vals = super()._prepare_picking_default_values_based_on(picking)
        rma = self.aftersales_rma_id
        if rma:
            location = self._aftersales_return_location(rma)
            if location:
                vals["location_dest_id"] = location.id
            vals.update(aftersales_rma_id=rma.id, origin=f"{rma.name} · {picking.name}")
        remedy = self.aftersales_remedy_id
        if remedy:
            rma = remedy.rma_id
            vals.update(aftersales_rma_id=rma.id, aftersales_remedy_id=remedy.id, origin=f"{rma.name} · {picking.name}")
        return vals

    def _aftersales_return_location(self, rma):
        """Where a return comes back to: its warehouse, else the company's choice."""
        return rma.warehouse_id.lot_stock_id or rma.company_id.aftersales_return_location_id


class StockReturnPickingLine(models.TransientModel):
    _inherit = "stock.return.picking.line"

    aftersales_rma_line_id = fields.Many2one("aftersales.rma.line")
    aftersales_remedy_id = fields.Many2one("aftersales.remedy")

    def _prepare_move_default_values(self, new_picking):
        vals = super()._prepare_move_default_values(new_picking)
        vals["aftersales_rma_line_id"] = self.aftersales_rma_line_id.id
        vals["aftersales_remedy_id"] = self.aftersales_remedy_id.id
        return vals
