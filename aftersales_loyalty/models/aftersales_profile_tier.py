from odoo import models


class AftersalesProfile(models.Model):
    """The profile tells the tier of a member, and what is missing for the next."""

    _inherit = "aftersales.profile"

    def _sentences(self):
        sentences = super()._sentences()
        # Who reads the profile of a customer reads the tier in it.
        customer_sudo = self.commercial_partner_id.sudo()
        tier, missing = customer_sudo.aftersales_tier_id.name, customer_sudo.aftersales_tier_words
        if tier and missing:
            sentences.append(self.env._("Member in %(tier)s: %(missing)s.", tier=tier, missing=missing))
        elif tier:
            sentences.append(self.env._("Member in %(tier)s.", tier=tier))
        return sentences
