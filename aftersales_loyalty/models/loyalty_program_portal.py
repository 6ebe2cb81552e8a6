from odoo import api, models
from odoo.fields import Domain
from odoo.tools import formatLang

MINUS = "\N{MINUS SIGN}"


class LoyaltyProgram(models.Model):
    # A program in its customers' words.

    _inherit = "loyalty.program"

    @api.model
    def _portal_domain(self, companies):
        """Programs that run in these companies and keep a ledger.

        :param companies: `res.company`
        :rtype: Domain
        """
        return (
            Domain("active", "=", True)
            & Domain("aftersales_ledger", "=", True)
            & (Domain("company_id", "=", False) | Domain("company_id", "parent_of", companies.ids))
        )

    @api.model
    def _portal_joinable(self, companies):
        """Programs of points that an order makes its customer a member of.

        :param companies: `res.company`
        :return: `loyalty.program` in sudo mode
        """
        domain = self._portal_domain(companies) & Domain("program_type", "=", "loyalty")
        # Customers have no right on programs; what runs is public.
        return self.sudo().search(domain).filtered(lambda program: program._portal_is_on())

    def _portal_is_on(self):
        self.ensure_one()
        today = self._aftersales_today()
        return (not self.date_from or self.date_from <= today) and (not self.date_to or today <= self.date_to)

    def _portal_points(self, points, signed=False):
        """Points with their name, as the customer's language writes them.

        :param float points: how many
        :param bool signed: tell more from less by a sign, also where it is more
        :rtype: str
        """
        self.ensure_one()
        sign = MINUS if points < 0 else "+" if signed and points > 0 else ""
        if self.portal_point_name == self.currency_id.symbol:
            return sign + formatLang(self.env, abs(points), currency_obj=self.currency_id)
        number = formatLang(self.env, abs(points), digits=0 if round(points, 2) == int(points) else 2)
        return f"{sign}{number} {self.portal_point_name or ''}".strip()
