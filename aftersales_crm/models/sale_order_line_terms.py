from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools.misc import format_date

from .aftersales_warranty_delivery import STARTS


class SaleOrderLine(models.Model):
    # Until when a product can come back and is guaranteed, in the words of the order's papers.

    _inherit = "sale.order.line"

    def _aftersales_told(self):
        """The lines of these whose rights are told: what was sold, neither its transport nor a discount."""
        return self.filtered(lambda line: line._aftersales_is_returnable() and not line.is_delivery)

    def _aftersales_return_words(self):
        """Until when the shop takes the line back, by its own policy; "" where only the law does."""
        self.ensure_one()
        terms = self.aftersales_policy_terms
        if not terms or not terms["returnable"] or terms.get("excludes_kind"):
            return ""
        if self.aftersales_return_until:
            return self.env._("until %(day)s", day=format_date(self.env, self.aftersales_return_until))
        days = terms["window_days"]
        return {
            "order": self.env._("%(days)s days from the order", days=days),
            "delivery": self.env._("%(days)s days from the delivery", days=days),
            "invoice": self.env._("%(days)s days from the invoice", days=days),
        }[self._aftersales_window_start(terms)]

    def _aftersales_guarantee_words(self, warranties, law):
        """How long defects of the line are covered; "" for what nobody guarantees.

        :param warranties: `aftersales.warranty` of the order, by its lines
        :param law: `aftersales.jurisdiction` of the order, none for a business
        """
        self.ensure_one()
        ends = [warranty.end_date for warranty in warranties.get(self, ()) if not warranty.closing]
        if ends:
            return self.env._("until %(day)s", day=format_date(self.env, max(ends)))
        if self.product_id.type == "service":
            return ""
        terms = self.product_id.product_tmpl_id.sudo()._aftersales_terms(self.company_id)  # promises are no secret
        promised = [self._aftersales_coverage(term) for term in terms if term.start in STARTS]
        spans = [(coverage["duration"], coverage["unit"]) for coverage in promised]
        if law.guarantee_months:
            spans.append((law.guarantee_months, "months"))
        if not spans:
            return ""
        today = self.company_id._aftersales_today()
        duration, unit = max(spans, key=lambda span: today + relativedelta(**{span[1]: span[0]}))
        if unit == "months" and not duration % 12:
            duration, unit = duration // 12, "years"
        return {
            "years": self.env._("%(count)s years from the delivery", count=duration),
            "months": self.env._("%(count)s months from the delivery", count=duration),
            "days": self.env._("%(count)s days from the delivery", count=duration),
        }[unit]
