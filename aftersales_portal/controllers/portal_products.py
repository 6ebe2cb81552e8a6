from urllib.parse import urlencode

from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError, MissingError
from odoo.http import request, route
from odoo.tools import SQL

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .portal_returns import PortalReturns

WORDS_LENGTH = 100
PAGE_LENGTH = 20


class PortalProducts(PortalReturns):
    """What the customer owns, each with its cover, papers and help."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if not counters:
            values["aftersales_portal_products"] = bool(self._products_companies())
        if "aftersales_product_count" in counters:
            readable = self._products_companies() and self._can_read_products()
            values["aftersales_product_count"] = self._owned()._count(self._owner()) if readable else 0
        return values

    # === List === #

    @route(["/my/products", "/my/products/page/<int:page>"], type="http", auth="user", website=True, readonly=True)
    def portal_my_products(self, page=1, sortby=None, filterby=None, search=None, **kw):
        """The products of the visitor's company; unknown parameters fall back to the defaults."""
        if not self._products_companies():
            raise NotFound()
        if not self._can_read_products():
            return request.redirect("/my")
        words = self._as_text(search)[:WORDS_LENGTH]
        return request.render(
            "aftersales_portal.portal_my_products", self._prepare_products_values(page, sortby, filterby, words)
        )

    def _prepare_products_values(self, page, sortby, filterby, words):
        sortings, filters = self._products_sortings(), self._products_filters()
        sortby = sortby if sortby in sortings else "date"
        filterby = filterby if filterby in filters else "all"
        choice = {"words": words, "cover": filterby}
        pager = portal_pager(
            url="/my/products",
            total=self._owned()._count(self._owner(), **choice),
            page=self._as_id(page) or 1,
            step=PAGE_LENGTH,
            url_args={"sortby": sortby, "filterby": filterby, "search": words},
        )
        rows = self._owned()._page(self._owner(), sortings[sortby]["order"], PAGE_LENGTH, pager["offset"], **choice)
        for row in rows:
            row["help_url"] = self._help_url(row["line"])
        return {
            **self._prepare_portal_layout_values(),
            "rows": rows,
            "page_name": "aftersales_products",
            "pager": pager,
            "default_url": "/my/products",
            "searchbar_sortings": sortings,
            "sortby": sortby,
            "searchbar_filters": filters,
            "filterby": filterby,
            "searchbar_inputs": {"all": {"input": "all", "label": request.env._("Product, serial number or order")}},
            "search_in": "all",
            "search": words,
        }

    def _products_sortings(self):
        return {
            "date": {"label": request.env._("Newest"), "order": SQL("since DESC, line_id DESC, product_id, lot_id")},
            "until": {
                "label": request.env._("Cover ends first"),
                "order": SQL("until ASC NULLS LAST, line_id DESC, product_id, lot_id"),
            },
        }

    def _products_filters(self):
        return {
            "all": {"label": request.env._("All")},
            "covered": {"label": request.env._("Under warranty")},
            "expired": {"label": request.env._("Warranty ended")},
        }

    def _products_companies(self):
        """Companies of the visitor that show customers their products."""
        # Customers may not read the settings of a company.
        return request.env.companies.sudo().filtered("aftersales_portal_products")

    def _can_read_products(self):
        return all(request.env[name].has_access("read") for name in ("sale.order", "aftersales.warranty"))

    def _help_url(self, line_sudo):
        """The door to returns and help for a product of an order; "" where its company offers none."""
        if not line_sudo or not line_sudo.company_id.aftersales_portal_returns:
            return ""
        return f"/my/returns/new?{urlencode({'order_id': line_sudo.order_id.id, 'line': line_sudo.id})}"

    def _owned(self):
        return request.env["aftersales.owned"].with_context(allowed_company_ids=self._products_companies().ids)

    def _owner(self):
        return request.env.user.partner_id.commercial_partner_id

    # === One warranty === #

    @route("/my/warranties/<int:warranty_id>", type="http", auth="user", website=True, methods=["GET"], readonly=True)
    def portal_my_warranty(self, warranty_id, **kw):
        """A warranty with its terms in words, for who may read it."""
        try:
            warranty_sudo = self._warranty_check_access(warranty_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        values = {
            **self._prepare_portal_layout_values(),
            "warranty": warranty_sudo,
            "page_name": "aftersales_warranty",
            "help_url": self._help_url(warranty_sudo.sale_line_id) if warranty_sudo._is_buyer() else "",
            "res_company": warranty_sudo.company_id,
        }
        return request.render("aftersales_portal.portal_my_warranty", values)

    @route("/my/warranties/<int:warranty_id>/certificate", type="http", auth="user", website=True, methods=["GET"])
    def portal_warranty_certificate(self, warranty_id, **kw):
        """The certificate as PDF."""
        try:
            warranty_sudo = self._warranty_check_access(warranty_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if not warranty_sudo.is_verified:
            return request.redirect(warranty_sudo._portal_url())
        return self._show_report(warranty_sudo, "pdf", "aftersales_portal.warranty_certificate_report", download=True)

    def _warranty_check_access(self, warranty_id):
        """The warranty, if the visitor may see it.

        :return: `aftersales.warranty` in sudo mode: customers have no rights on what it covers
        :raise AccessError, MissingError: when it is not theirs or not there
        :raise NotFound: when its company shows no products online
        """
        warranty_sudo = self._document_check_access("aftersales.warranty", warranty_id)
        if not warranty_sudo.company_id.aftersales_portal_products:
            raise NotFound()
        return warranty_sudo

    @route("/warranty/<string:token>", type="http", auth="public", website=True, methods=["GET"], readonly=True)
    def warranty_facts(self, token, **kw):
        """What the code on a certificate tells anybody: facts about the product, nothing about its owner."""
        warranty_sudo = request.env["aftersales.warranty"]._by_public_token(self._as_text(token))
        if not warranty_sudo or not warranty_sudo.company_id.aftersales_portal_products:
            raise NotFound()
        return request.render(
            "aftersales_portal.warranty_facts",
            {
                "warranty": warranty_sudo,
                "page_name": "aftersales_warranty_facts",
                "res_company": warranty_sudo.company_id,
            },
        )
