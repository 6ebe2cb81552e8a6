from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    aftersales_remedy_id = fields.Many2one(
        "aftersales.remedy", "Remedy", copy=False, readonly=True, index="btree_not_null"
    )
