from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_cancel(self):
        result = super()._action_cancel()
        # Whoever cancels a transfer needs no rights on the costs of claims.
        self.picking_id.sudo().filtered("aftersales_rma_id")._aftersales_book_costs()
        return result

    def _aftersales_cost(self):
        """What the goods of a done move are worth, in the currency of its company (float)."""
        self.ensure_one()
        if self.value:
            return abs(self.value)
        units = self.product_uom._compute_quantity(self.quantity, self.product_id.uom_id)
        return self.company_id.currency_id.round(self.product_id.with_company(self.company_id).standard_price * units)

    def _aftersales_shipped(self):
        """Units that share the price of a parcel, in the product's unit."""
        self.ensure_one()
        quantity = self.quantity if self.state == "done" else self.product_uom_qty
        return self.product_uom._compute_quantity(quantity, self.product_id.uom_id)


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def write(self, vals):
        result = super().write(vals)
        if "carrier_price" in vals:
            # Whoever ships needs no rights on the costs of claims.
            self.sudo().filtered("aftersales_rma_id")._aftersales_book_costs()
        return result

    def _aftersales_book_costs(self):
        """Book what carriers took for parcels of returns."""
        parcels = self.filtered("carrier_price")
        lines = parcels.move_ids.aftersales_rma_line_id | parcels.move_ids.aftersales_remedy_id.rma_line_id
        lines._book_costs()
