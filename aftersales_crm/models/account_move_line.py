from odoo import fields, models


class AccountMoveLine(models.Model):
    _name = "account.move.line"
    _inherit = ["account.move.line", "aftersales.system.mixin"]

    _aftersales_system_fields = frozenset({"aftersales_remedy_id", "aftersales_units"})

    aftersales_remedy_id = fields.Many2one(
        "aftersales.remedy", "Remedy", copy=False, readonly=True, index="btree_not_null"
    )
    aftersales_units = fields.Float(
        "Units given back",
        digits=0,
        copy=False,
        readonly=True,
        help="The exact fraction of a kit that its part stands for; the quantity is rounded.",
    )
