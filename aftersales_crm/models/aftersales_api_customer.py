from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..facade.parts import LIMIT, PARTNER, array, obj, text
from .aftersales_api import facade


class AftersalesApi(models.AbstractModel):
    """What is known about a customer."""

    _inherit = "aftersales.api"

    @facade(
        obj(
            required=("partner",),
            partner=PARTNER,
            limit=LIMIT,
            before=text("`next` of the page before"),
            kinds=array(text("Kind of event"), "Only events of these kinds"),
        )
    )
    def customer_history(self, params):
        """What happened with a customer, newest first, in pages.

        A company's history includes that of its contacts. What the caller may not read is
        left out.

        :return: ``events`` (``id, date, kind, title, amount, currency, res_model, res_id,
            partner, user``) and ``next`` (for ``before``, or false)
        """
        partner = self._ref("res.partner", params["partner"], "partner")
        domain = Domain("commercial_partner_id", "=", partner.commercial_partner_id.id)
        if partner != partner.commercial_partner_id:
            domain = Domain("partner_id", "=", partner.id)
        if params.get("kinds"):
            domain &= Domain("kind", "in", params["kinds"])
        if params.get("before"):
            moment, event_id = self._cursor(params["before"])
            domain &= Domain("date", "<", moment) | (Domain("date", "=", moment) & Domain("id", "<", event_id))
        events, more = self._page("aftersales.event", domain, params.get("limit"))
        return {
            "events": [self._event(event) for event in events],
            "next": more and self._make_cursor(events[-1]),
        }

    def _event(self, event):
        return {
            "id": event.id,
            "date": event.date,
            "kind": event.kind,
            "title": event.title,
            "amount": event.amount,
            "currency": event.currency_id.name,
            "res_model": event.res_model,
            "res_id": event.res_id,
            "partner": self._named(event.partner_id),
            "user": self._named(event.user_id),
        }

    def _make_cursor(self, event):
        text = f"{event.date.isoformat()}|{event.id}"
        return urlsafe_b64encode(text.encode()).decode()

    def _cursor(self, text):
        try:
            moment, event_id = urlsafe_b64decode(text.encode()).decode().split("|")
            return datetime.fromisoformat(moment), int(event_id)
        except ValueError:
            raise UserError(self.env._("before: give the “next” of a page before, unchanged.")) from None
