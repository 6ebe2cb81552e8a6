from werkzeug.exceptions import NotFound

from odoo.http import request, route
from odoo.tools import email_normalize

from .portal_withdrawal import PortalWithdrawal

TEXT_LENGTH = 200


class PortalGuest(PortalWithdrawal):
    """The way to an order for who ordered without an account: a link by mail."""

    @route("/find-order", type="http", auth="public", website=True, methods=["GET"])
    def portal_find_order(self, sent=None, **kw):
        """Asks for number and e-mail; once asked, says the same whatever was found."""
        self._ensure_guests()
        return self._render_find_order(sent=bool(sent))

    @route("/find-order", type="http", auth="public", website=True, methods=["POST"])
    def portal_find_order_ask(self, **post):
        """Have the link mailed, if number and e-mail belong together."""
        self._ensure_post()
        self._ensure_guests()
        post = {name: text[:TEXT_LENGTH] for name, text in self._as_texts(post).items()}
        number, email = post.get("number", ""), email_normalize(post.get("email", ""))
        problems = {}
        if not number:
            problems["number"] = request.env._("Enter the number of your order. It is in every mail about it.")
        if not email:
            problems["email"] = request.env._("Enter the e-mail address that you ordered with.")
        # By mailbox: the same order has many spellings, and each would bring its customer another mail.
        if not problems and not self._allow("find_order", email):
            problems[""] = self._too_often_message()
        if problems:
            return self._render_find_order(post, problems)
        request.env["aftersales.guest.request"]._ask(number, email)
        return request.redirect("/find-order?sent=1")

    def _ensure_guests(self):
        # Visitors may not read the settings of a company.
        if not request.env.company.sudo().aftersales_portal_guests:
            raise NotFound()

    def _render_find_order(self, typed=None, problems=None, sent=False):
        values = {
            "typed": typed or {},
            "problems": problems or {},
            "sent": sent,
            "page_name": "aftersales_find_order",
        }
        return request.render("aftersales_portal.portal_find_order", values)
