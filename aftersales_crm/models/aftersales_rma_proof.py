from odoo import api, models


class AftersalesRma(models.Model):
    """The opening page: registrations whose proof somebody has to look at, while there are any."""

    _inherit = "aftersales.rma"

    @api.model
    def _queues(self):
        queues = super()._queues()
        waiting = [("is_verified", "=", False), ("closing", "=", False)]
        if self.env["aftersales.warranty"].search_count(waiting, limit=1):
            queues.append(
                {
                    "key": "proofs",
                    "icon": "fa-id-card-o",
                    "action": "aftersales_crm.aftersales_warranty_action_proof",
                    "model": "aftersales.warranty",
                    "domain": waiting,
                    "mine": [],
                    "name": self.env._("Proofs to check"),
                }
            )
        return queues
