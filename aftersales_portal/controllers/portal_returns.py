import math

from werkzeug.exceptions import MethodNotAllowed, NotFound

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .portal_links import PortalLinks

ACTIONS = ("cancel", "sent", "appeal", "remedy", "account", "accept", "decline")


class PortalReturns(PortalLinks):
    """The customer's returns: the list, each with its story, and what they can do."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if not counters:
            values["aftersales_portal_returns"] = bool(self._returns_companies())
        if "aftersales_rma_count" in counters:
            rmas = request.env["aftersales.rma"]
            readable = rmas.has_access("read")
            values["aftersales_rma_count"] = rmas.search_count(self._returns_domain()) if readable else 0
        return values

    # === List === #

    @route(["/my/returns", "/my/returns/page/<int:page>"], type="http", auth="user", website=True, readonly=True)
    def portal_my_returns(self, page=1, sortby=None, filterby=None, **kw):
        """The returns of the visitor's company; unknown parameters fall back to the defaults."""
        if not self._returns_companies():
            raise NotFound()
        if not request.env["aftersales.rma"].has_access("read"):
            return request.redirect("/my")
        values = self._prepare_returns_values(page, sortby, filterby)
        request.session["my_returns_history"] = values["rmas"].ids[:100]
        return request.render("aftersales_portal.portal_my_returns", values)

    def _prepare_returns_values(self, page, sortby, filterby):
        sortings, filters = self._returns_sortings(), self._returns_filters()
        sortby = sortby if sortby in sortings else "date"
        filterby = filterby if filterby in filters else "all"
        domain = Domain(self._returns_domain()) & filters[filterby]["domain"]
        rmas = request.env["aftersales.rma"]
        pager = portal_pager(
            url="/my/returns",
            total=rmas.search_count(domain),
            page=self._as_id(page) or 1,
            step=self._items_per_page,
            url_args={"sortby": sortby, "filterby": filterby},
        )
        found = rmas.search(domain, order=sortings[sortby]["order"], limit=self._items_per_page, offset=pager["offset"])
        return {
            **self._prepare_portal_layout_values(),
            # The customer may read these returns, but not the products in them.
            "rmas": found.sudo(),
            "page_name": "aftersales_rma",
            "pager": pager,
            "default_url": "/my/returns",
            "searchbar_sortings": sortings,
            "sortby": sortby,
            "searchbar_filters": filters,
            "filterby": filterby,
        }

    def _returns_sortings(self):
        return {
            "date": {"label": request.env._("Newest"), "order": "requested_on desc, id desc"},
            "name": {"label": request.env._("Reference"), "order": "name, id"},
            "state": {"label": request.env._("Status"), "order": "state, id desc"},
        }

    def _returns_filters(self):
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "open": {"label": request.env._("Under way"), "domain": Domain("state", "in", ("submitted", "approved"))},
            "done": {"label": request.env._("Done"), "domain": Domain("state", "=", "done")},
            "rejected": {"label": request.env._("Refused"), "domain": Domain("state", "=", "rejected")},
            "cancelled": {"label": request.env._("Cancelled"), "domain": Domain("state", "=", "cancelled")},
        }

    def _returns_domain(self):
        commercial = request.env.user.partner_id.commercial_partner_id
        return [
            ("commercial_partner_id", "=", commercial.id),
            ("company_id", "in", self._returns_companies().ids),
            ("state", "!=", "draft"),
        ]

    def _returns_companies(self):
        """Companies of the visitor that take returns online."""
        # Customers may not read the settings of a company.
        return request.env.companies.sudo().filtered("aftersales_portal_returns")

    # === One return === #

    @route("/my/returns/<int:rma_id>", type="http", auth="public", website=True)
    def portal_my_return(self, rma_id, access_token=None, message=None, pid=None, hash=None, **kw):
        """One return with its story, for who may read it or holds its signed link."""
        try:
            rma_sudo = self._return_check_access(rma_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        return self._render_return(rma_sudo, access_token, message=message, pid=pid, hash=hash)

    @route(
        f"/my/returns/<int:rma_id>/<any({','.join(ACTIONS)}):action>",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_return_action(self, rma_id, action, access_token=None, **post):
        """What the customer does with a return; what is refused says why on the page."""
        self._ensure_post()
        post = self._as_texts(post)
        try:
            rma_sudo = self._return_check_access(rma_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        author = self._return_author(rma_sudo.partner_id)
        try:
            with request.env.cr.savepoint():
                getattr(rma_sudo, f"_portal_{action}")(author, post)
        except UserError as error:
            return self._render_return(rma_sudo, access_token, problem=str(error), typed=post)
        return request.redirect(self._return_url(rma_sudo, action))

    # === Papers === #

    @route("/my/returns/<int:rma_id>/slip", type="http", auth="public", website=True, methods=["GET"])
    def portal_return_slip(self, rma_id, access_token=None, **kw):
        """The slip that goes into the parcel, as PDF."""
        try:
            rma_sudo = self._return_check_access(rma_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if not rma_sudo._awaits_goods():
            return request.redirect(self._return_url(rma_sudo, ""))
        return self._show_report(rma_sudo, "pdf", "aftersales_crm.return_slip_report", download=True)

    @route("/my/returns/<int:rma_id>/label/<int:label_id>", type="http", auth="public", website=True, methods=["GET"])
    def portal_return_label(self, rma_id, label_id, access_token=None, **kw):
        """A label of the return, for who may see the return."""
        try:
            rma_sudo = self._return_check_access(rma_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        label_sudo = rma_sudo.label_ids.filtered(lambda label: label.id == label_id)
        if not label_sudo:
            raise NotFound()
        return request.env["ir.binary"]._get_stream_from(label_sudo).get_response(as_attachment=True)

    # === Access === #

    def _return_check_access(self, rma_id, access_token):
        """The return, if the visitor may see it.

        :return: `aftersales.rma` in sudo mode: customers have no rights on what it consists of
        :raise AccessError, MissingError: when it is not theirs or not there
        :raise NotFound: when its company takes no returns online
        """
        rma_sudo = self._document_check_access("aftersales.rma", rma_id, self._as_text(access_token))
        if not rma_sudo.company_id.aftersales_portal_returns:
            raise NotFound()
        # What the visitor does carries their name, not the system's.
        return rma_sudo.with_user(request.env.user).sudo()

    def _return_author(self, customer):
        """Who speaks: the visitor, or the customer whose signed link they hold."""
        return customer if request.env.user._is_public() else request.env.user.partner_id

    def _return_url(self, rma_sudo, message):
        """Address of a return; signed for who cannot read it otherwise."""
        if rma_sudo.sudo(False).has_access("read"):
            return f"{rma_sudo.access_url}?message={message}"
        return f"{rma_sudo._portal_link()}&message={message}"

    def _render_return(self, rma_sudo, access_token, message=None, problem=None, typed=None, **signed):
        """The page of a return.

        :param str message: the action that has just been done
        :param str problem: why an action was refused
        :param dict typed: the form that was refused
        :param signed: ``pid`` and ``hash`` of a link in a mail, which say who writes a message
        """
        values = {
            "rma": rma_sudo,
            "page_name": "aftersales_rma",
            "res_company": rma_sudo.company_id,
            "message": message,
            "problem": problem,
            "typed": typed or {},
        }
        values = self._get_page_view_values(rma_sudo, access_token, values, "my_returns_history", False, **signed)
        return request.render("aftersales_portal.portal_my_return", values)

    # === What visitors send === #

    def _ensure_post(self):
        # Odoo hands OPTIONS requests to every route, and asks them for no CSRF token.
        if request.httprequest.method != "POST":
            raise MethodNotAllowed(["POST"])

    def _too_often_message(self):
        return request.env._("That was often. Please try again in an hour, or write to us.")

    def _as_text(self, value):
        """Words that a visitor typed, else "": a file in their place is none, PostgreSQL takes no NUL."""
        return value.replace("\0", "").replace("\r\n", "\n").strip() if isinstance(value, str) else ""

    def _as_texts(self, post):
        return {name: self._as_text(value) for name, value in post.items()}

    def _as_id(self, text):
        """A positive number that a visitor typed, else None."""
        text = str(text or "")
        return int(text) if text.isdecimal() and len(text) < 10 else None

    def _as_number(self, text):
        """A number of zero or more that a visitor typed, else None."""
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            return None
        return number if math.isfinite(number) and number >= 0 else None
