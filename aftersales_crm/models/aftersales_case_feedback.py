from odoo import models


class AftersalesCase(models.Model):
    """What the customer thinks of our help."""

    _name = "aftersales.case"
    _inherit = ["aftersales.case", "aftersales.feedback.links"]

    _aftersales_feedback_link = "case_id"
