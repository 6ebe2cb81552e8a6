from odoo import api, fields, models


class AftersalesRma(models.Model):
    """The statement of withdrawal that a return carries out."""

    _inherit = "aftersales.rma"

    withdrawal_id = fields.Many2one(
        "aftersales.withdrawal", readonly=True, copy=False, index="btree_not_null", groups="base.group_user"
    )

    @api.model
    def _queues(self):
        queues = super()._queues()
        queues.insert(
            1,
            {
                "key": "withdrawals",
                "icon": "fa-file-text-o",
                "action": "aftersales_crm.aftersales_withdrawal_action",
                "model": "aftersales.withdrawal",
                "domain": [("is_waiting", "=", True)],
                "mine": [("activity_user_id", "=", self.env.uid)],
                "name": self.env._("Withdrawals"),
            },
        )
        return queues
