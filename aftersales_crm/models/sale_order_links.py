from odoo import models


class SaleOrder(models.Model):
    # Addresses that mails carry, for customers without login.

    _inherit = "sale.order"

    def _aftersales_track_url(self):
        """Hook: address of the page that follows the order; "" without one."""
        return ""

    def _aftersales_door_url(self):
        """Hook: address of the page that asks what is wrong; "" without one."""
        return ""
