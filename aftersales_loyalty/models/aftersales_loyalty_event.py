from odoo import models


class AftersalesLoyaltyEntry(models.Model):
    """What reaches a card appears in the customer's history."""

    _name = "aftersales.loyalty.entry"
    _inherit = ["aftersales.loyalty.entry", "aftersales.event.source"]

    _aftersales_event_fields = frozenset({"state", "points", "card_id", "reason"})
