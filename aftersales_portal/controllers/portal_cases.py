import uuid
from urllib.parse import urlencode

from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools import SQL

from odoo.addons.aftersales_crm.models.aftersales_photo_mixin import PHOTO_BYTES, PHOTO_COUNT
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.aftersales_rma import TEXT_LENGTH
from .portal_products import PortalProducts
from .portal_return_request import PortalReturnRequest

WORDS_LENGTH = 100
PAGE_LENGTH = 20
# Products that a customer chooses from, the newest.
MOST_PRODUCTS = 24
TYPES = ("question", "problem", "complaint")
ACTIONS = ("close", "reopen")


class PortalCases(PortalReturnRequest, PortalProducts):
    """The customer's cases: the list, and each with its answers and what they can do."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if not counters:
            values["aftersales_portal_cases"] = bool(self._cases_companies())
        if "aftersales_case_count" in counters:
            cases = request.env["aftersales.case"]
            values["aftersales_case_count"] = (
                cases.search_count(self._cases_domain()) if cases.has_access("read") else 0
            )
        return values

    # === List === #

    @route(["/my/cases", "/my/cases/page/<int:page>"], type="http", auth="user", website=True, readonly=True)
    def portal_my_cases(self, page=1, sortby=None, filterby=None, search=None, **kw):
        """The cases of the visitor's company; unknown parameters fall back to the defaults."""
        if not self._cases_companies():
            raise NotFound()
        if not request.env["aftersales.case"].has_access("read"):
            return request.redirect("/my")
        values = self._prepare_cases_values(page, sortby, filterby, self._as_text(search)[:WORDS_LENGTH])
        request.session["my_cases_history"] = values["cases"].ids
        return request.render("aftersales_portal.portal_my_cases", values)

    def _prepare_cases_values(self, page, sortby, filterby, words):
        sortings, filters = self._cases_sortings(), self._cases_filters()
        sortby = sortby if sortby in sortings else "date"
        filterby = filterby if filterby in filters else "all"
        domain = self._cases_domain() & filters[filterby]["domain"]
        if words:
            domain &= Domain("name", "ilike", words) | Domain("subject", "ilike", words)
        cases = request.env["aftersales.case"]
        pager = portal_pager(
            url="/my/cases",
            total=cases.search_count(domain),
            page=self._as_id(page) or 1,
            step=PAGE_LENGTH,
            url_args={"sortby": sortby, "filterby": filterby, "search": words},
        )
        found = cases.search(domain, order=sortings[sortby]["order"], limit=PAGE_LENGTH, offset=pager["offset"])
        return {
            **self._prepare_portal_layout_values(),
            # The customer may read these cases, but not the products in them.
            "cases": found.sudo(),
            "page_name": "aftersales_case",
            "pager": pager,
            "default_url": "/my/cases",
            "searchbar_sortings": sortings,
            "sortby": sortby,
            "searchbar_filters": filters,
            "filterby": filterby,
            "searchbar_inputs": {"all": {"input": "all", "label": request.env._("Subject or number")}},
            "search_in": "all",
            "search": words,
        }

    def _cases_sortings(self):
        return {
            "date": {"label": request.env._("Newest"), "order": "create_date desc, id desc"},
            "subject": {"label": request.env._("Subject"), "order": "subject, id"},
            "state": {"label": request.env._("Status"), "order": "state, id desc"},
        }

    def _cases_filters(self):
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "open": {"label": request.env._("Open"), "domain": Domain("is_open", "=", True)},
            "waiting": {
                "label": request.env._("Waiting for your answer"),
                "domain": Domain("state", "=", "waiting_customer"),
            },
            "done": {"label": request.env._("Solved or closed"), "domain": Domain("is_open", "=", False)},
        }

    def _cases_domain(self):
        commercial = request.env.user.partner_id.commercial_partner_id
        own = Domain("commercial_partner_id", "=", commercial.id)
        # Into which case one was merged, which may be somebody else's, is not for customers.
        merged = request.env["aftersales.case"].sudo()._search(own & Domain("merged_into_id", "!=", False))
        return own & Domain("id", "not in", merged) & Domain("company_id", "in", self._cases_companies().ids)

    def _cases_companies(self):
        """Companies of the visitor that show customers their cases."""
        # Customers may not read the settings of a company.
        return request.env.companies.sudo().filtered("aftersales_portal_cases")

    # === Asking === #

    @route("/my/cases/new", type="http", auth="public", website=True, methods=["GET"], readonly=True)
    def portal_case_form(self, order_id=None, access_token=None, **kw):
        """Ask something: about an order for who may see it or holds its signed link, about anything for customers."""
        try:
            order_sudo = self._case_order(order_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if not order_sudo and request.env.user._is_public():
            return request.redirect("/web/login?redirect=/my/cases/new")
        return self._render_case_form(order_sudo, access_token)

    @route("/my/cases/new", type="http", auth="public", website=True, methods=["POST"])
    def portal_case_ask(self, order_id=None, access_token=None, **post):
        """Open the case; the same form sent again opens none."""
        self._ensure_post()
        post = self._as_texts(post)
        try:
            order_sudo = self._case_order(order_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if not order_sudo and request.env.user._is_public():
            return request.redirect("/web/login?redirect=/my/cases/new")
        try:
            with request.env.cr.savepoint():
                case_sudo = self._open_once(order_sudo, post)
        except UserError as error:
            return self._render_case_form(order_sudo, access_token, post, str(error))
        return request.redirect(self._return_url(case_sudo, "asked"))

    def _case_order(self, order_id, access_token):
        """The confirmed order that a question is about, if the visitor may see it; empty when it names none.

        :return: `sale.order` in sudo mode: customers have no rights on what it consists of
        :raise AccessError, MissingError: when it is not theirs or not there
        :raise NotFound: where the company shows customers no cases
        """
        order_sudo = request.env["sale.order"].sudo()
        if order_id:
            order_sudo = self._document_check_access(
                "sale.order", self._as_id(order_id) or 0, self._as_text(access_token)
            )
        companies_sudo = order_sudo.company_id if order_sudo else self._cases_companies()
        if not any(companies_sudo.mapped("aftersales_portal_cases")):
            raise NotFound()
        # What the visitor asks carries their name, not the system's.
        return order_sudo.with_user(request.env.user).sudo()

    def _render_case_form(self, order_sudo, access_token, typed=None, problem=""):
        about = (typed or {}).get("about") or self._as_text(request.httprequest.args.get("about"))
        values = {
            "case_order": order_sudo,
            "order_url": order_sudo and f"{order_sudo.access_url}?{urlencode({'access_token': access_token or ''})}",
            "units": self._case_units(order_sudo),
            "about": about,
            "types": dict(request.env["aftersales.case"]._fields["type"]._description_selection(request.env)),
            "typed": typed or {},
            "problem": problem,
            "form_ref": uuid.uuid4().hex,
            "access_token": access_token,
            "lost_photos": any(file.filename for file in request.httprequest.files.values()),
            "photo_megabytes": PHOTO_BYTES // 1024 // 1024,
            "photo_count": PHOTO_COUNT,
            "page_name": "aftersales_case_new",
            "res_company": order_sudo.company_id or self._cases_companies()[:1],
        }
        return request.render("aftersales_portal.portal_case_form", values)

    def _case_units(self, order_sudo):
        """What a question may be about: the order's products, else what the customer owns.

        :return: dict: key of the choice → dict with ``line``, ``product``, ``lot`` and ``warranty``, in sudo mode
        """
        if order_sudo:
            lots, warranties = request.env["stock.lot"].sudo(), request.env["aftersales.warranty"].sudo()
            lines_sudo = order_sudo.order_line.filtered(lambda line: line.product_id and not line.display_type)
            return {
                str(line.id): {"line": line, "product": line.product_id, "lot": lots, "warranty": warranties}
                for line in lines_sudo[:MOST_PRODUCTS]
            }
        if not self._can_read_products():
            return {}
        owned = request.env["aftersales.owned"].with_context(allowed_company_ids=self._cases_companies().ids)
        newest = SQL("since DESC NULLS LAST, line_id DESC, product_id, lot_id")
        rows = owned._page(self._owner(), newest, MOST_PRODUCTS, 0)
        return {self._unit_key(row): {**row, "warranty": row["warranties"][:1]} for row in rows}

    def _prepare_products_values(self, page, sortby, filterby, words):
        values = super()._prepare_products_values(page, sortby, filterby, words)
        if self._cases_companies():
            for row in values["rows"]:
                row["help_url"] = row["help_url"] or f"/my/cases/new?about={self._unit_key(row)}"
        return values

    def _unit_key(self, row):
        return f"{row['line'].id or 0}-{row['product'].id}-{row['lot'].id or 0}"

    def _open_once(self, order_sudo, post):
        """Open the case that a form asks for, once.

        :return: `aftersales.case` in sudo mode
        :raise UserError: without words, with a photo that is none, or when there were too many
        """
        words = post.get("question", "")[:TEXT_LENGTH]
        if not words:
            raise UserError(request.env._("Write your question first."))
        user, company = request.env.user, order_sudo.company_id or self._cases_companies()[:1]
        subject = f"order {order_sudo.id}" if order_sudo else f"user {user.id}"

        def create():
            if not self._may_ask(subject):
                raise UserError(self._too_often_message())
            photos, about = self._read_photos(company, "photos-case"), self._read_case_about(order_sudo, post)
            # Customers have no right to open cases; what they are about is theirs.
            cases_sudo = request.env["aftersales.case"].sudo()
            return cases_sudo._portal_open(self._asking_partner(order_sudo), company, words, photos, about)

        refs_sudo = request.env["aftersales.external.ref"].sudo()  # see _request_once
        case_sudo, _created = refs_sudo._once(
            "aftersales.case", company, self._request_ref(order_sudo or user, post), None, create
        )
        return case_sudo

    def _asking_partner(self, order_sudo):
        author = self._return_author(order_sudo.partner_id)
        is_known = author.commercial_partner_id == order_sudo.partner_id.commercial_partner_id
        return author if is_known or not order_sudo else order_sudo.partner_id

    def _read_case_about(self, order_sudo, post):
        """What the question is about, of what the visitor could choose.

        :return: values of the case
        """
        kind = post.get("type")
        about = {"type": kind if kind in TYPES else "question", "sale_order_id": order_sudo.id}
        unit = self._case_units(order_sudo).get(post.get("about"))
        if unit:
            line = unit["line"]
            about.update(
                product_id=unit["product"].id,
                lot_id=unit["lot"].id,
                warranty_id=unit["warranty"].id,
                sale_order_id=line.order_id.id,
            )
        return about

    # === One case === #

    @route("/my/cases/<int:case_id>", type="http", auth="public", website=True, methods=["GET"])
    def portal_my_case(self, case_id, access_token=None, message=None, pid=None, hash=None, **kw):
        """One case with its answers, for who may read it or holds its signed link."""
        try:
            case_sudo = self._case_check_access(case_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        following_sudo = case_sudo._portal_goes_on()
        if following_sudo:
            return request.redirect(self._return_url(following_sudo, "merged"))
        return self._render_case(case_sudo, access_token, message=message, pid=pid, hash=hash)

    @route(
        f"/my/cases/<int:case_id>/<any({','.join(ACTIONS)}):action>",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_case_action(self, case_id, action, access_token=None, **post):
        """What the customer does with a case; what is refused says why on the page."""
        self._ensure_post()
        post = self._as_texts(post)
        try:
            case_sudo = self._case_check_access(case_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        author = self._return_author(case_sudo.partner_id)
        try:
            with request.env.cr.savepoint():
                getattr(case_sudo, f"_portal_{action}")(author, post)
        except UserError as error:
            return self._render_case(case_sudo, access_token, problem=str(error), typed=post)
        return request.redirect(self._return_url(case_sudo, action))

    @route("/my/cases/<int:case_id>/rate", type="http", auth="public", website=True, methods=["POST"])
    def portal_case_rate(self, case_id, access_token=None, **post):
        """Lead the customer to the page where they say how we did."""
        self._ensure_post()
        try:
            case_sudo = self._case_check_access(case_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        try:
            return request.redirect(case_sudo._portal_rate())
        except UserError as error:
            return self._render_case(case_sudo, access_token, problem=str(error))

    def _case_check_access(self, case_id, access_token):
        """The case, if the visitor may see it.

        :return: `aftersales.case` in sudo mode: customers have no rights on what it is about
        :raise AccessError, MissingError: when it is not theirs or not there
        :raise NotFound: when its company shows customers no cases
        """
        case_sudo = self._document_check_access("aftersales.case", case_id, self._as_text(access_token))
        if not case_sudo.company_id.aftersales_portal_cases:
            raise NotFound()
        # What the visitor does carries their name, not the system's.
        return case_sudo.with_user(request.env.user).sudo()

    def _render_case(self, case_sudo, access_token, message=None, problem=None, typed=None, **signed):
        values = {
            "case": case_sudo,
            "page_name": "aftersales_case",
            "res_company": case_sudo.company_id,
            "message": message,
            "problem": problem,
            "typed": typed or {},
        }
        values = self._get_page_view_values(case_sudo, access_token, values, "my_cases_history", False, **signed)
        return request.render("aftersales_portal.portal_my_case", values)
