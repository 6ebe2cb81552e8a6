from odoo import fields, models


class RepairOrder(models.Model):
    # The case that a repair was asked for in.

    _inherit = "repair.order"

    aftersales_case_id = fields.Many2one(
        "aftersales.case", "Case", copy=False, readonly=True, index="btree_not_null", check_company=True
    )

    def action_aftersales_view_case(self):
        self.ensure_one()
        return self.aftersales_case_id._get_records_action()
