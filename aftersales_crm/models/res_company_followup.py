from datetime import datetime, time, timedelta

import pytz

from odoo import fields, models


class ResCompany(models.Model):
    # When customers may be written to without having asked.

    _inherit = "res.company"

    aftersales_send_from = fields.Float("Not before", default=9.0)
    aftersales_send_until = fields.Float("Not after", default=20.0)
    aftersales_send_weekends = fields.Boolean("At weekends, too")

    _aftersales_send_hours = models.Constraint(
        """CHECK(aftersales_send_from >= 0 AND aftersales_send_until <= 24
                 AND aftersales_send_from < aftersales_send_until)""",
        "The hours in which customers are written to begin before they end.",
    )

    def _aftersales_waking(self, partner, moment):
        """When a customer may be written to: a moment, or the next one outside night and weekend.

        :param partner: `res.partner` whose time zone counts; the company's where it has none
        :param datetime.datetime moment: naive, UTC
        :rtype: datetime.datetime
        """
        zone = pytz.timezone(partner.tz or self._aftersales_zone())
        local = pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None)
        day = datetime.combine(local.date(), time())
        opens, closes = timedelta(hours=self.aftersales_send_from), timedelta(hours=self.aftersales_send_until)
        clock = local - day
        if not opens <= clock < closes:
            day += timedelta(days=clock >= closes)
            clock = opens
        if not self.aftersales_send_weekends and day.isoweekday() > 5:
            day += timedelta(days=8 - day.isoweekday())
        if day + clock == local:
            return moment
        return zone.localize(day + clock).astimezone(pytz.utc).replace(tzinfo=None)
