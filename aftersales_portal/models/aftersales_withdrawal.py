from odoo import models


class AftersalesWithdrawal(models.Model):
    """A withdrawal as who stated it sees it: by a signed link only."""

    _name = "aftersales.withdrawal"
    _inherit = ["aftersales.withdrawal", "aftersales.link.mixin"]

    def _customer_path(self):
        """The signed path of the statement's page."""
        self.ensure_one()
        return f"{self.access_url}?access_token={self._aftersales_signed_token()}"
