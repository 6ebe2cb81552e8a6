from odoo import models


class StockLot(models.Model):
    # Cases about a unit.

    _name = "stock.lot"
    _inherit = ["stock.lot", "aftersales.case.links"]

    _aftersales_case_field = "lot_id"

    def _aftersales_case_defaults(self):
        # Who has it and with which order they bought it: agents need no rights on the warehouse for that.
        move_sudo = self.sudo()._aftersales_deliveries()[-1:]
        order_sudo = move_sudo.sale_line_id.order_id
        return self._aftersales_case_default_values(
            lot_id=self.id,
            product_id=self.product_id.id,
            sale_order_id=order_sudo.id,
            partner_id=order_sudo.partner_id.id,
            company_id=order_sudo.company_id.id,
        )
