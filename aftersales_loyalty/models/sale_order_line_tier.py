from odoo import models

# A term that is counted in days gets the longest of months for each that the tier adds.
MONTH_DAYS = 31


class SaleOrderLine(models.Model):
    # The warranty of what a member buys lasts longer.

    _inherit = "sale.order.line"

    def _aftersales_coverage(self, term):
        coverage = super()._aftersales_coverage(term)
        given = self.order_id.sudo().aftersales_tier_terms  # whoever delivers gives it to the customer
        months = given and given["warranty_months"]
        if not months:
            return coverage
        more = months if coverage["unit"] == "months" else months * MONTH_DAYS
        return {**coverage, "duration": coverage["duration"] + more, "tier": given["name"]}
