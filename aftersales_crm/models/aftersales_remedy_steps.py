from odoo import models


class AftersalesRemedy(models.Model):
    """Refunds that the customer is told about."""

    _inherit = "aftersales.remedy"

    def _after_transition(self, target):
        result = super()._after_transition(target)
        if target == "done":
            refunds = self.filtered(lambda remedy: remedy.rma_id and remedy.code == "refund" and remedy.amount)
            for rma, remedies in refunds.grouped("rma_id").items():
                self.env["aftersales.rma.mail"]._note(rma.id, "refunded", str(min(remedies.ids)))
        return result
