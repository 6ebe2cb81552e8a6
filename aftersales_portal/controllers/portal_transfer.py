from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route
from odoo.tools import email_normalize

from .portal_products import PortalProducts

NAME_LENGTH = 100


class PortalTransfer(PortalProducts):
    """A product gets a new owner."""

    @route(
        "/my/warranties/<int:warranty_id>/transfer",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_transfer_form(self, warranty_id, **kw):
        """Asks who the new owner is."""
        try:
            warranty_sudo = self._transfer_check_access(warranty_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        return self._render_transfer(warranty_sudo)

    @route("/my/warranties/<int:warranty_id>/transfer", type="http", auth="user", website=True, methods=["POST"])
    def portal_transfer(self, warranty_id, **post):
        """Hand the product over; both owners get a mail."""
        self._ensure_post()
        try:
            warranty_sudo = self._transfer_check_access(warranty_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        post, problems = self._as_texts(post), {}
        values = self._read_transfer(warranty_sudo, post, problems)
        if not problems and not self._allow_transfer():
            problems[""] = request.env._("That was often. Please try again in an hour, or write to us.")
        try:
            if not problems:
                with request.env.cr.savepoint():
                    warranty_sudo._portal_transfer(request.env.user.partner_id, **values)
                return request.redirect("/my/products?message=handed_over")
        except UserError as error:
            problems[""] = str(error)
        return self._render_transfer(warranty_sudo, post, problems)

    def _prepare_products_values(self, page, sortby, filterby, words):
        values = super()._prepare_products_values(page, sortby, filterby, words)
        return {**values, "handed_over": request.httprequest.args.get("message") == "handed_over"}

    def _transfer_check_access(self, warranty_id):
        """The warranty, if the visitor may hand it over.

        :return: `aftersales.warranty` in sudo mode, with the visitor as its user
        :raise NotFound: when it cannot be handed over
        """
        warranty_sudo = self._warranty_check_access(warranty_id)
        if not warranty_sudo._portal_can_transfer():
            raise NotFound()
        return warranty_sudo.with_user(request.env.user).sudo()

    def _allow_transfer(self):
        # Each makes us write to an address that a visitor typed.
        return request.env["aftersales.attempt"]._allow("transfer", request.httprequest.remote_addr)

    def _read_transfer(self, warranty_sudo, post, problems):
        """Who takes over what.

        :param dict problems: name of a field → what is wrong with it; updated
        """
        name = " ".join(post.get("name", "").split())[:NAME_LENGTH]
        email = email_normalize(post.get("email", ""))
        quantity = None
        if warranty_sudo._portal_is_several():
            quantity = self._as_number(post.get("quantity", ""))
            if not quantity or quantity > warranty_sudo.quantity:
                problems["quantity"] = request.env._(
                    "Enter a number between 1 and %(count)s.", count=f"{warranty_sudo.quantity:g}"
                )
        if not name:
            problems["name"] = request.env._("Enter the name of the new owner.")
        if not email or len(email) > NAME_LENGTH:
            problems["email"] = request.env._("Enter the e-mail address of the new owner.")
        return {"name": name, "email": email, "quantity": quantity}

    def _render_transfer(self, warranty_sudo, typed=None, problems=None):
        values = {
            **self._prepare_portal_layout_values(),
            "warranty": warranty_sudo,
            "staying": warranty_sudo._portal_staying(),
            "typed": typed or {},
            "problems": problems or {},
            "page_name": "aftersales_transfer",
            "res_company": warranty_sudo.company_id,
        }
        return request.render("aftersales_portal.portal_transfer", values)
