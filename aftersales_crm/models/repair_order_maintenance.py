from odoo import api, models

CAUSES = {"sale_order_id", "partner_id", "user_id", "product_id", "lot_id"}


class RepairOrder(models.Model):
    # Repairs that an authorised partner asks for or does: the unit's warranty may take something off.

    _inherit = "repair.order"

    @api.model_create_multi
    def create(self, vals_list):
        repairs = super().create(vals_list)
        repairs.sale_order_id._aftersales_refresh_maintenance()
        return repairs

    def write(self, vals):
        result = super().write(vals)
        if CAUSES & vals.keys():
            self.sale_order_id._aftersales_refresh_maintenance()
        return result

    def _aftersales_maintenance_discount(self):
        """Percent off that the warranties of the unit give an authorised partner today (float)."""
        self.ensure_one()
        partners = self.partner_id | self.user_id.partner_id
        if not any(partner._aftersales_is_service_partner() for partner in partners):
            return 0.0
        today = self.company_id._aftersales_today()
        covering = self._aftersales_unit_warranties().filtered(
            lambda w: w.company_id == self.company_id and w._state_on(today) == "active"
        )
        return max(((w.coverage or {}).get("maintenance_discount", 0.0) for w in covering), default=0.0)

    def _aftersales_unit_warranties(self):
        """Warranties of the unit that is repaired: by its serial, else by the return it came with."""
        self.ensure_one()
        if self.lot_id:
            return self.env["aftersales.warranty"].search([("lot_id", "=", self.lot_id.id)])
        return self.aftersales_remedy_id.rma_line_id._warranties()

    def _update_sale_order_line_price(self):
        result = super()._update_sale_order_line_price()
        # What becomes free loses the discount, what is not any more gets it.
        self.move_ids.sale_line_id._compute_discount()
        return result
