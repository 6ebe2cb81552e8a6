from odoo import fields, models


class AftersalesCase(models.Model):
    """The tier of the customer who asks."""

    _inherit = "aftersales.case"

    aftersales_tier_id = fields.Many2one(related="partner_id.aftersales_tier_id")
    aftersales_tier_words = fields.Char(related="partner_id.aftersales_tier_words")
