from odoo import models


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "aftersales.event.source", "aftersales.document.mixin"]

    _aftersales_event_fields = frozenset({"state", "name", "date_done", "partner_id", "sale_id"})

    # The dock scans parcels.
    _aftersales_tracking = models.Index("(carrier_tracking_ref) WHERE carrier_tracking_ref IS NOT NULL")

    # === CRUD === #

    def write(self, vals):
        # Being done for the first time is no correction of the date.
        redated = self.filtered("date_done") if vals.get("date_done") else self.browse()
        result = super().write(vals)
        redated.filtered(lambda picking: picking.state == "done").move_ids._aftersales_redate()
        return result

    # === Business === #

    def _create_backorder_picking(self):
        backorder = super()._create_backorder_picking()
        backorder.sudo().write(  # the links are ours, whoever makes the backorder
            {"aftersales_rma_id": self.aftersales_rma_id.id, "aftersales_remedy_id": self.aftersales_remedy_id.id}
        )
        return backorder

    def _action_done(self):
        result = super()._action_done()
        done = self.move_ids.filtered(lambda move: move.state == "done")
        done.filtered(lambda move: move._aftersales_is_delivery())._aftersales_after_delivery()
        returned = done.filtered(lambda move: move.origin_returned_move_id or move.aftersales_rma_line_id)
        returned._aftersales_after_return()
        (done - returned)._aftersales_after_loose_return()
        # Whoever validates a transfer needs no rights on the return behind it.
        remedies_sudo = done.aftersales_remedy_id.sudo()
        remedies_sudo.filtered("exchange_order_id")._invoice_exchange()
        remedies_sudo._sync_documents()
        return result
