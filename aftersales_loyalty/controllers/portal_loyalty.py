from werkzeug.exceptions import NotFound

from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

PAGE_LENGTH = 20
STATEMENT = "/my/loyalty/statement"


class PortalLoyalty(CustomerPortal):
    """The customer's points: what there is, why, and what it brings."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if not counters:
            values["aftersales_loyalty_balances"] = [card._portal_points(card.points) for card in self._loyalty_cards()]
        if "aftersales_loyalty_count" in counters:
            values["aftersales_loyalty_count"] = len(self._loyalty_cards() or self._loyalty_joinable())
        return values

    # === Pages === #

    @route("/my/loyalty", type="http", auth="user", website=True, methods=["GET"], readonly=True)
    def portal_my_loyalty(self, **kw):
        """The cards of the visitor, or how to get one."""
        cards_sudo = self._loyalty_cards()
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "aftersales_loyalty",
            "overviews": cards_sudo._portal_overviews(),
            "joinable": request.env["loyalty.program"] if cards_sudo else self._loyalty_joinable(),
        }
        return request.render("aftersales_loyalty.portal_my_loyalty", values)

    @route(
        [
            STATEMENT,
            f"{STATEMENT}/page/<int:page>",
            f"{STATEMENT}/<int:card_id>",
            f"{STATEMENT}/<int:card_id>/page/<int:page>",
        ],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_my_loyalty_statement(self, card_id=None, page=1, filterby=None, **kw):
        """Every entry of a card, of the first one where none is named; unknown parameters fall back to the defaults."""
        cards_sudo = self._loyalty_cards()
        if not cards_sudo and not isinstance(card_id, int):
            return request.redirect("/my/loyalty")
        card_sudo = self._loyalty_card(cards_sudo, card_id)
        values = self._prepare_statement_values(card_sudo, page, filterby)
        return request.render("aftersales_loyalty.portal_my_loyalty_statement", {**values, "cards": cards_sudo})

    def _prepare_statement_values(self, card_sudo, page, filterby):
        entries_sudo = request.env["aftersales.loyalty.entry"].sudo()  # the card is the visitor's own
        filters = entries_sudo._portal_filters()
        filterby = filterby if filterby in filters else "all"
        url = f"{STATEMENT}/{card_sudo.id}"
        pager = portal_pager(
            url=url,
            total=entries_sudo._portal_count(card_sudo, filterby),
            page=page if isinstance(page, int) else 1,
            step=PAGE_LENGTH,
            url_args={"filterby": filterby},
        )
        return {
            **self._prepare_portal_layout_values(),
            "page_name": "aftersales_loyalty_statement",
            "card": card_sudo,
            "rows": entries_sudo._portal_rows(card_sudo, filterby, PAGE_LENGTH, pager["offset"]),
            "pager": pager,
            "statement_url": url,
            "filters": filters,
            "filterby": filterby,
        }

    @route(f"{STATEMENT}/<int:card_id>/pdf", type="http", auth="user", website=True, methods=["GET"])
    def portal_my_loyalty_statement_pdf(self, card_id, **kw):
        """The statement as PDF."""
        card_sudo = self._loyalty_card(self._loyalty_cards(), card_id)
        return self._show_report(card_sudo, "pdf", "aftersales_loyalty.loyalty_statement_report", download=True)

    # === Whose === #

    def _loyalty_cards(self):
        """The visitor's cards, in sudo mode."""
        return request.env["loyalty.card"]._portal_cards(request.env.user.partner_id, request.env.companies)

    def _loyalty_joinable(self):
        return request.env["loyalty.program"]._portal_joinable(request.env.companies)

    def _loyalty_card(self, cards_sudo, card_id):
        """One of the visitor's cards.

        :param card_id: an id; anything else stands for the first
        :raise NotFound: it is none of theirs
        """
        if isinstance(card_id, int):
            cards_sudo = cards_sudo.filtered(lambda card: card.id == card_id)
        if not cards_sudo:
            raise NotFound()
        return cards_sudo[0]
