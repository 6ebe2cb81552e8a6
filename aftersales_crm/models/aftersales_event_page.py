from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

import pytz

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

MAX_ID = 2**31 - 1


class AftersalesEvent(models.Model):
    """The history in pages: each begins where the one before ended, whatever was added since."""

    _inherit = "aftersales.event"

    @api.model
    def _page(self, partner, limit, before=False, kinds=(), year=False):
        """One page of a customer's history, newest first; a company's includes that of its contacts.

        :param partner: `res.partner`
        :param int limit: events at most
        :param str before: cursor of the page before
        :param kinds: only events of these kinds; empty for all
        :param int year: only events of this year, where the user is
        :return: ``(events, cursor of the next page or False)``
        :raise UserError: the cursor, a kind or the year is none
        """
        domain = self._customer_domain(partner)
        if kinds:
            domain &= Domain("kind", "in", self._checked_kinds(kinds))
        if year:
            domain &= self._year_domain(year)
        if before:
            moment, event_id = self._read_cursor(before)
            domain &= Domain("date", "<", moment) | (Domain("date", "=", moment) & Domain("id", "<", event_id))
        found = self.search(domain, limit=limit + 1)
        page = found[:limit]
        return page, page[-1:]._make_cursor() if found > page else False

    @api.model
    def _customer_domain(self, partner):
        """Events of a customer: of a contact its own, of a company those of all its contacts."""
        if partner == partner.commercial_partner_id:
            return Domain("commercial_partner_id", "=", partner.id)
        return Domain("partner_id", "=", partner.id)

    @api.model
    def _checked_kinds(self, kinds):
        known = [kind for kind, _name in self._fields["kind"].selection]
        if not set(kinds) <= set(known):
            raise UserError(self.env._("A kind of event is one of: %(kinds)s.", kinds=", ".join(known)))
        return list(kinds)

    @api.model
    def _year_domain(self, year):
        if not 1900 <= year < 9999:
            raise UserError(self.env._("There is no history of the year %(year)s.", year=year))
        start, end = (
            self.env.tz.localize(datetime(number, 1, 1)).astimezone(pytz.utc).replace(tzinfo=None)
            for number in (year, year + 1)
        )
        return Domain("date", ">=", start) & Domain("date", "<", end)

    def _make_cursor(self):
        self.ensure_one()
        return urlsafe_b64encode(f"{self.date.isoformat()}|{self.id}".encode()).decode()

    @api.model
    def _read_cursor(self, text):
        try:
            moment, event_id = urlsafe_b64decode(text.encode()).decode().split("|")
            place = datetime.fromisoformat(moment), int(event_id)
        except ValueError:
            place = None
        if not place or place[0].tzinfo or not 0 < place[1] <= MAX_ID:
            raise UserError(self.env._("before: give the “next” of a page before, unchanged."))
        return place
