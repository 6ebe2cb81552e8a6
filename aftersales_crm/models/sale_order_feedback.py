from odoo import models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "aftersales.feedback.links"]

    _aftersales_feedback_link = "sale_order_id"
