from odoo import models


class StockMove(models.Model):
    # Ways to the few moves that the analysis of returns looks at, among all of a warehouse.

    _inherit = "stock.move"

    _aftersales_deliveries = models.Index(
        """(location_dest_id, date)
            WHERE state = 'done' AND sale_line_id IS NOT NULL AND origin_returned_move_id IS NULL"""
    )
    _aftersales_other_returns = models.Index(
        """(location_id, date)
            WHERE state = 'done' AND origin_returned_move_id IS NOT NULL AND aftersales_rma_line_id IS NULL"""
    )
