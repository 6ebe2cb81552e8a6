from odoo import fields, models


class AftersalesReturnPolicy(models.Model):
    _inherit = "aftersales.return.policy"

    refund_delivery = fields.Boolean(
        "Refund delivery",
        help="When a whole order comes back under this policy, standard delivery is refunded. "
        "Where the law says so, it always is.",
    )

    def _terms(self):
        return {**super()._terms(), "refund_delivery": self.refund_delivery}
