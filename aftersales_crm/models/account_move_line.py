from odoo import fields, models
from odoo.tools import float_compare


class AccountMoveLine(models.Model):
    _name = "account.move.line"
    _inherit = ["account.move.line", "aftersales.system.mixin"]

    _aftersales_system_fields = frozenset({"aftersales_remedy_id", "aftersales_units", "aftersales_charge_id"})

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

    aftersales_charge_id = fields.Many2one(
        "account.move.line",
        "Reduces",
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="The invoice line of whose price a goodwill gives money back.",
    )

    def _aftersales_compare(self, one, other):
        """Compare quantities in the unit of the line; down payments have none."""
        self.ensure_one()
        if self.product_uom_id:
            return self.product_uom_id.compare(one, other)
        return float_compare(one, other, precision_digits=6)
