from odoo import api, fields, models

from .aftersales_commitment_mixin import Fact


class SaleOrder(models.Model):
    # What is promised on an order: its delivery by rule, anything by hand.

    _name = "sale.order"
    _inherit = ["sale.order", "aftersales.commitment.mixin"]

    aftersales_commitment_ids = fields.One2many(
        "aftersales.commitment", "sale_order_id", "Promises", groups="aftersales_crm.aftersales_crm_group_agent"
    )
    aftersales_promise_clock = fields.Json(
        "Next promise",
        compute="_compute_aftersales_promise_clock",
        groups="aftersales_crm.aftersales_crm_group_agent",
    )

    @api.depends(
        "aftersales_commitment_ids.promised_on",
        "aftersales_commitment_ids.closing",
        "aftersales_commitment_ids.paused_at",
    )
    def _compute_aftersales_promise_clock(self):
        clocks = self._promise_clocks()
        for order in self:
            order.aftersales_promise_clock = clocks[order]

    def _write_multi(self, vals_list):
        watched = {"state", "delivery_status"}
        changed = [order_id for order_id, vals in zip(self.ids, vals_list, strict=True) if not watched.isdisjoint(vals)]
        self.env["aftersales.commitment"]._touch(self._name, changed)
        return super()._write_multi(vals_list)

    def _commitment_day(self):
        return self.company_id._aftersales_date(self.date_order)

    def _commitment_start(self, kind):
        return self.date_order

    def _commitment_facts(self, kind):
        orders = self.filtered(lambda order: order.state == "sale" and order.delivery_status)
        return {order: Fact(order._aftersales_delivered_at()) for order in orders}

    def _aftersales_delivered_at(self):
        self.ensure_one()
        if self.delivery_status != "full":
            return None
        done = self.picking_ids.filtered(lambda picking: picking.state == "done")
        return max(done.mapped("date_done"), default=fields.Datetime.now())
