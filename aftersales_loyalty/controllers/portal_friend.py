from urllib.parse import quote

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

# As much of a code that does not fit as the page shows again.
SHOWN = 40


class PortalFriend(CustomerPortal):
    """A customer names the member who told them about the shop, before the order is confirmed."""

    @route("/my/orders/<int:order_id>/friend", type="http", auth="public", methods=["POST"], website=True)
    def portal_order_friend(self, order_id, access_token=None, code="", **kw):
        """Note the code of a friend; what does not fit is told on the page of the order."""
        try:
            order_sudo = self._document_check_access("sale.order", order_id, access_token=access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        code = code.replace("\0", "").strip() if isinstance(code, str) else ""
        query = None
        try:
            if code:
                order_sudo._aftersales_name_friend(code)
        except UserError:
            query = f"&friend={quote(code[:SHOWN])}"
        return request.redirect(order_sudo.get_portal_url(query_string=query, anchor="friend"))
