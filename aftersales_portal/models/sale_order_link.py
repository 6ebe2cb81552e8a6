from odoo import models


class SaleOrder(models.Model):
    # Signed links to orders for customers without login.

    _name = "sale.order"
    _inherit = ["sale.order", "aftersales.link.mixin"]

    def _portal_get_parent_hash_token(self, pid):
        return super()._portal_get_parent_hash_token(pid) or self._aftersales_day_hash(pid)
