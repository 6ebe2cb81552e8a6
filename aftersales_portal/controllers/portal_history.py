from urllib.parse import urlencode

from werkzeug.exceptions import NotFound

from odoo.fields import Domain
from odoo.http import request, route

from ..models.aftersales_event import CUSTOMER_MODELS
from .portal_returns import PortalReturns

PAGE_LENGTH = 20


class PortalHistory(PortalReturns):
    """Everything between the customer and the shop, newest first."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if not counters:
            values["aftersales_portal_history"] = bool(self._history_companies())
        if "aftersales_event_count" in counters:
            events_sudo = request.env["aftersales.event"].sudo()  # the domain is the customer's own
            values["aftersales_event_count"] = events_sudo.search_count(self._history_domain(), limit=1)
        return values

    # The place is part of the path: Odoo's filters keep the rest of the query, and begin anew.
    @route(
        ["/my/history", "/my/history/<string:after>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_my_history(self, after="", filterby=None, **kw):
        """The history of the visitor's company; unknown parameters fall back to the defaults."""
        if not self._history_companies():
            raise NotFound()
        filters = self._history_filters()
        filterby = filterby if filterby in filters else "all"
        events_sudo, following = request.env["aftersales.event"]._portal_page(
            self._history_domain(filterby), PAGE_LENGTH, self._as_text(after)
        )
        values = {
            **self._prepare_portal_layout_values(),
            "rows": events_sudo._portal_rows(),
            "older_url": following and f"/my/history/{following}?{urlencode({'filterby': filterby})}",
            "is_first": not after,
            "page_name": "aftersales_history",
            "default_url": "/my/history",
            "searchbar_filters": filters,
            "filterby": filterby,
        }
        return request.render("aftersales_portal.portal_my_history", values)

    def _history_domain(self, kind="all"):
        customer = request.env.user.partner_id.commercial_partner_id
        companies = Domain("company_id", "in", self._history_companies().ids)
        return request.env["aftersales.event"]._portal_domain(customer, kind) & companies

    def _history_filters(self):
        words = dict(request.env["aftersales.event"]._fields["kind"]._description_selection(request.env))
        return {
            "all": {"label": request.env._("All")},
            **{kind: {"label": words[kind]} for kind in CUSTOMER_MODELS},
        }

    def _history_companies(self):
        """Companies of the visitor that show customers their history."""
        # Customers may not read the settings of a company.
        return request.env.companies.sudo().filtered("aftersales_portal_history")
