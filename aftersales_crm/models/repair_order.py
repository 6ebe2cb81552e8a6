from odoo import fields, models


class RepairOrder(models.Model):
    _inherit = "repair.order"

    aftersales_rma_id = fields.Many2one(
        "aftersales.rma", "Return (RMA)", copy=False, readonly=True, index="btree_not_null"
    )
    aftersales_remedy_id = fields.Many2one(
        "aftersales.remedy", "Remedy", copy=False, readonly=True, index="btree_not_null"
    )

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            # Whoever repairs needs no rights on the return behind it.
            self.aftersales_remedy_id.sudo()._sync_documents()
        return result

    # === Actions === #

    def action_aftersales_view_rma(self):
        self.ensure_one()
        return self.aftersales_rma_id._get_records_action()
