from odoo import fields, models
from odoo.exceptions import UserError


class AftersalesRma(models.Model):
    """Offers that the customer accepts or declines."""

    _inherit = "aftersales.rma"

    offer_ids = fields.One2many("aftersales.offer", "rma_id", "Offers")
    has_offers = fields.Boolean(readonly=True, copy=False, help="Most have none: then nothing need be looked up.")

    def action_open_offer(self):
        """Write an offer to the customer.

        :raise UserError: when nothing is left to offer
        """
        self.ensure_one()
        if self.state not in ("submitted", "approved"):
            raise UserError(self.env._("%(rma)s is not open: there is nothing to offer.", rma=self.name))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Offer"),
            "res_model": "aftersales.offer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_rma_line_id": self.line_ids[:1].id},
        }

    def _after_transition(self, target):
        result = super()._after_transition(target)
        if target in ("rejected", "cancelled", "done"):
            # Whoever moves the return need not be who made the offers.
            offers_sudo = self.filtered("has_offers").sudo().offer_ids
            offers_sudo.filtered(lambda offer: offer.state == "open")._transition("withdrawn")
        return result
