from odoo import models
from odoo.tools import formatLang


class AftersalesLoyaltyTier(models.Model):
    """A tier in the customer's words."""

    _inherit = "aftersales.loyalty.tier"

    def _portal_benefits(self):
        """What the tier gives, in sentences; none for no tier."""
        benefits = []
        if self.multiplier > 1:
            digits = next(digits for digits in range(3) if round(self.multiplier, digits) == round(self.multiplier, 2))
            number = formatLang(self.env, self.multiplier, digits=digits)
            benefits.append(self.env._("%(number)s times the points with every order", number=number))
        if self.window_days > 0:
            benefits.append(self.env._("%(days)s more days to send something back", days=self.window_days))
        if self.free_return:
            benefits.append(self.env._("Sending something back costs you nothing"))
        if self.warranty_months > 0:
            benefits.append(self.env._("%(months)s more months of warranty", months=self.warranty_months))
        if 0 < self.commitment_percent < 100:
            benefits.append(self.env._("Faster answers when you write to us"))
        return benefits
