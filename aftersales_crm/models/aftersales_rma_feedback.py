from odoo import models


class AftersalesRma(models.Model):
    """What the customer thinks of a return."""

    _name = "aftersales.rma"
    _inherit = ["aftersales.rma", "aftersales.feedback.links"]

    _aftersales_feedback_link = "rma_id"
