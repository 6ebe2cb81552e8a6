from odoo import models


class AftersalesFeedback(models.Model):
    """The page where customers answer."""

    _inherit = "aftersales.feedback"

    def _get_link(self):
        self.ensure_one()
        return f"{self.get_base_url()}/feedback/{self._get_token()}"

    def _portal_is_open(self):
        """Whether an answer may be given or changed; also where nobody was asked yet."""
        return all(feedback._is_editable() for feedback in self)
