from odoo import models

from ..facade.parts import LIMIT, PARTNER, array, obj, text
from .aftersales_api import MAX_PAGE, facade
from .aftersales_event import KINDS

PAGE = 80


class AftersalesApi(models.AbstractModel):
    """What is known about a customer."""

    _inherit = "aftersales.api"

    @facade(
        obj(
            required=("partner",),
            partner=PARTNER,
            limit=LIMIT,
            before=text("`next` of the page before"),
            kinds=array(text("Kind of event", enum=[kind for kind, _name in KINDS]), "Only events of these kinds"),
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
        limit = min(params.get("limit") or PAGE, MAX_PAGE)
        events, cursor = self.env["aftersales.event"]._page(
            partner, limit, params.get("before"), params.get("kinds") or ()
        )
        return {"events": [self._event(event) for event in events], "next": cursor}

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
