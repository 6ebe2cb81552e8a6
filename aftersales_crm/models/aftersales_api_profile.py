from odoo import models

from ..facade.parts import PARTNER, obj
from .aftersales_api import facade


class AftersalesApi(models.AbstractModel):
    """A customer in numbers."""

    _inherit = "aftersales.api"

    @facade(obj(required=("partner",), partner=PARTNER))
    def customer_profile(self, params):
        """What the current company knows of a customer in numbers; of a contact, those of its company.

        Not older than a day. Quintiles (1–5, 0 for who never bought) are of last night.

        :return: ``customer, as_of, orders, first_order_on, last_order_on, gap_days, revenue, currency, returns,
            units_delivered, units_returned, return_rate`` (percent), ``recency, frequency, monetary, segment,
            churn_risk, nps, mood, open_cases, open_returns, overdue_invoices, broken_promises, open_matters, words``
            (sentences); only ``customer`` for who never was one
        """
        partner = self._ref("res.partner", params["partner"], "partner")
        customer = {"customer": self._named(partner.commercial_partner_id)}
        profile = self.env["aftersales.profile"]._of(partner)
        return {**customer, **self._profile(profile)} if profile else customer

    def _profile(self, profile):
        same = (
            "first_order_on last_order_on gap_days revenue units_delivered units_returned return_rate recency "
            "frequency monetary segment churn_risk nps mood open_cases open_returns overdue_invoices "
            "broken_promises open_matters"
        )
        return {
            "as_of": profile.refreshed_at,
            "orders": profile.order_count,
            "returns": profile.return_count,
            "currency": profile.currency_id.name,
            "words": profile._sentences(),
            **{name: profile[name] for name in same.split()},
        }
