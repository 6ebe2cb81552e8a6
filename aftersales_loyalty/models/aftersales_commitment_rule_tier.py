from math import ceil

from odoo import api, models

# Where a document has the orders that it is about; an order is itself.
TIER_ORDERS = {"aftersales.case": "sale_order_id", "aftersales.rma": "sale_order_ids"}


class AftersalesCommitmentRule(models.Model):
    """What is promised to members of a tier is due sooner; a day that the law sets stays."""

    _inherit = "aftersales.commitment.rule"

    def _terms_for(self, document):
        terms = super()._terms_for(document)
        percent = self._tier_percent(document) if terms["unit"] in ("hours", "days") else 100
        if percent == 100:
            return terms
        duration = terms["duration"] * percent / 100
        return {**terms, "duration": max(ceil(duration), 1) if terms["unit"] == "days" else duration, "tier": percent}

    @api.model
    def _tier_percent(self, document):
        """How much of the usual time a promise takes: by the tier of the orders it is about, or that of today."""
        tiers_sudo = self.env["aftersales.loyalty.tier"].sudo()  # whoever promises need not know of tiers
        company = document.company_id
        if not tiers_sudo._programs_of(company):
            return 100
        document_sudo = document.sudo()
        orders_sudo = document_sudo[TIER_ORDERS[document._name]] if document._name in TIER_ORDERS else document_sudo
        terms = filter(None, orders_sudo.mapped("aftersales_tier_terms"))
        percents = [given["commitment_percent"] for given in terms]
        if document._name == "aftersales.case":
            customer = document_sudo.partner_id
            percents += tiers_sudo.union(*tiers_sudo._of(customer, company).values()).mapped("commitment_percent")
        return min(percents, default=100)
