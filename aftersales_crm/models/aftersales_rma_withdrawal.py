from odoo import fields, models


class AftersalesRma(models.Model):
    """The statement of withdrawal that a return carries out."""

    _inherit = "aftersales.rma"

    withdrawal_id = fields.Many2one(
        "aftersales.withdrawal", readonly=True, copy=False, index="btree_not_null", groups="base.group_user"
    )
