from odoo import models


class LoyaltyCard(models.Model):
    # The points of a card are part of the history of its customer.

    _inherit = "loyalty.card"

    def write(self, vals):
        result = super().write(vals)
        if "partner_id" in vals:
            # Whoever gives a card to another customer needs no rights on the ledger.
            entries_sudo = self.sudo().aftersales_entry_ids
            self.env["aftersales.event"]._touch("aftersales.loyalty.entry", entries_sudo.ids)
        return result
