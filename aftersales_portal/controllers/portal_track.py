from urllib.parse import urlencode

from odoo.exceptions import AccessError, MissingError
from odoo.http import request, route

from .portal_returns import PortalReturns


class PortalTrack(PortalReturns):
    """Where an order is, for its customer or for who holds its signed link."""

    @route("/track", type="http", auth="public", website=True, methods=["GET"], readonly=True)
    def portal_track(self, order_id=None, access_token=None, **kw):
        """Follow an order; without a link that opens one, say how to get it."""
        order_sudo = self._track_order(order_id, access_token)
        values = {"page_name": "aftersales_track", "track_order": order_sudo, "asked": bool(order_id)}
        if order_sudo:
            token = self._as_text(access_token)
            signed = {"access_token": token} if token else {}
            door = {"order_id": order_sudo.id, **signed}
            values |= {
                "res_company": order_sudo.company_id,
                "order_url": f"{order_sudo.access_url}?{urlencode(signed)}",
                "door_url": order_sudo._portal_can_return() and f"/my/returns/new?{urlencode(door)}",
            }
        return request.render("aftersales_portal.portal_track", values)

    def _track_order(self, order_id, access_token):
        """The order that the visitor may follow, in sudo mode; None for whatever else was asked for."""
        order_id = self._as_id(order_id)
        if not order_id:
            return None
        try:
            order_sudo = self._document_check_access("sale.order", order_id, self._as_text(access_token))
        except (AccessError, MissingError):
            return None
        if not order_sudo.company_id.aftersales_portal_track or order_sudo.state not in ("sale", "cancel"):
            return None
        return order_sudo
