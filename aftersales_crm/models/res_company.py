from datetime import timedelta

import pytz

from odoo import fields, models

from .aftersales_state_mixin import SYSTEM


class ResCompany(models.Model):
    _inherit = "res.company"

    aftersales_tz = fields.Selection(
        lambda self: [(name, name) for name in sorted(pytz.all_timezones)],
        "After-sales time zone",
        help="Days of warranties and return windows begin and end in this time zone. "
        "Empty: the one of the company's address.",
    )
    aftersales_ready = fields.Boolean(
        "After-sales is set up", help="The five questions of the set-up assistant are answered."
    )
    aftersales_return_location_id = fields.Many2one(
        "stock.location",
        "Returned goods go to",
        domain="[('usage', '=', 'internal'), ('company_id', '=', id)]",
        help="Empty: where Odoo's own returns go.",
    )
    aftersales_portal_returns = fields.Boolean("Customers ask for returns online", default=True)

    aftersales_refund_online = fields.Boolean(
        "Refund online payments online",
        default=True,
        help="What was paid by a payment provider goes back by it when a return is settled.",
    )
    aftersales_refund_days = fields.Integer(
        "Refund within (days)",
        default=14,
        help="Counted from the request, where neither law nor return policy says it.",
    )

    _aftersales_refund_days_positive = models.Constraint(
        "CHECK(aftersales_refund_days >= 0)", "Days cannot be negative."
    )

    def _aftersales_date(self, moment):
        """The calendar day of a UTC moment where the company is.

        :param datetime.datetime moment: naive, UTC
        :rtype: datetime.date
        """
        zone = pytz.timezone(self._aftersales_zone())
        return pytz.utc.localize(moment).astimezone(zone).date()

    def _aftersales_zone(self):
        """Name of the time zone where the company is."""
        return self.aftersales_tz or self.partner_id.tz or "UTC"

    def _aftersales_days_ago(self, days):
        """The moment that many days ago, at the same time of the day where the company is.

        :rtype: datetime.datetime, naive, UTC
        """
        zone = pytz.timezone(self._aftersales_zone())
        here = pytz.utc.localize(fields.Datetime.now()).astimezone(zone).replace(tzinfo=None)
        return zone.localize(here - timedelta(days=days)).astimezone(pytz.utc).replace(tzinfo=None)

    def _aftersales_today(self):
        """Today where the company is.

        The demo shop lives in the past: its day comes with ``SYSTEM``, which nobody can send over RPC.
        """
        replayed = self.env.context.get("aftersales_replayed_day")
        if isinstance(replayed, tuple) and replayed[0] is SYSTEM:
            return replayed[1]
        return self._aftersales_date(fields.Datetime.now())
