from datetime import datetime

from odoo import api, models
from odoo.fields import Domain

# What of the history is the customer's own business, by the document that an event is about.
CUSTOMER_MODELS = {
    "order": "sale.order",
    "delivery": "stock.picking",
    "invoice": "account.move",
    "payment": "account.payment",
    "return": "aftersales.rma",
    "warranty": "aftersales.warranty",
    "case": "aftersales.case",
    "visit": "aftersales.case",
}
MAX_ID = 2**31 - 1


class AftersalesEvent(models.Model):
    """The history as its customer reads it."""

    _inherit = "aftersales.event"

    # === Pages === #

    @api.model
    def _portal_domain(self, customer, kind="all"):
        """The events that a customer may see: documents of their own company, and none that are internal.

        :param customer: `res.partner`, the commercial one
        :param str kind: one of `CUSTOMER_MODELS`, or ``all``
        """
        wanted = CUSTOMER_MODELS if kind == "all" else {kind: CUSTOMER_MODELS[kind]}
        return Domain("commercial_partner_id", "=", customer.id) & Domain.OR(
            Domain("kind", "=", name) & Domain("res_model", "=", model) for name, model in wanted.items()
        )

    @api.model
    def _portal_page(self, domain, limit, after=""):
        """One page, newest first.

        :param Domain domain: see `_portal_domain`
        :param int limit: events at most
        :param str after: the cursor of the page before; another text gives the first page
        :return: ``(events in sudo mode, cursor of the next page or "")``
        """
        events_sudo = self.sudo()  # customers have no right on the history; the domain is theirs
        place = self._portal_cursor(after)
        if place:
            moment, event_id = place
            domain &= Domain("date", "<", moment) | (Domain("date", "=", moment) & Domain("id", "<", event_id))
        found_sudo = events_sudo.search(domain, limit=limit + 1)
        page_sudo = found_sudo[:limit]
        last_sudo = page_sudo[-1:]
        return page_sudo, f"{last_sudo.date.isoformat()}_{last_sudo.id}" if found_sudo > page_sudo else ""

    def _portal_cursor(self, text):
        moment, _dash, event_id = text.partition("_")
        if not (event_id.isdecimal() and event_id.isascii() and int(event_id[:12]) <= MAX_ID):
            return None
        try:
            return datetime.fromisoformat(moment).replace(tzinfo=None), int(event_id)
        except ValueError:
            return None

    # === Rows === #

    def _portal_rows(self):
        """What a page shows of these events, with few look-ups for all of them.

        :return: list of dicts with ``event``, ``date``, ``kind`` (words), ``title`` and ``url`` ("" where the
            visitor may not open the document)
        """
        documents = {
            model: self.env[model].browse(events.mapped("res_id"))
            for model, events in self.grouped("res_model").items()
        }
        urls = self._portal_urls(documents)
        words = dict(self._fields["kind"]._description_selection(self.env))
        return [
            {
                "event": event,
                "date": event.company_id._aftersales_date(event.date),
                "kind": words[event.kind],
                "title": event._portal_title(documents),
                "url": urls.get((event.res_model, event.res_id), ""),
            }
            for event in self
        ]

    def _portal_title(self, documents):
        if self.res_model == "aftersales.warranty":
            warranty = documents[self.res_model].browse(self.res_id).with_prefetch(documents[self.res_model].ids)
            product = warranty.product_id.with_context(display_default_code=False)
            return self.env._("%(product)s: %(cover)s", product=product.display_name, cover=warranty._portal_title())
        return self.title

    def _portal_urls(self, documents):
        """Addresses of the documents that the visitor may open.

        :param dict documents: model → records in sudo mode
        """
        urls = {}
        for model, address in self._portal_addresses().items():
            for record in self._portal_readable(documents.get(model)):
                urls[model, record.id] = f"{address}/{record.id}"
        deliveries = documents.get("stock.picking")
        if deliveries:
            orders = self._portal_readable(deliveries.sale_id)
            for delivery in deliveries.filtered(lambda delivery: delivery.sale_id in orders.sudo()):
                urls["stock.picking", delivery.id] = f"/my/orders/{delivery.sale_id.id}"
        return urls

    def _portal_addresses(self):
        """Hook: model → address of its pages in the portal."""
        companies_sudo = self.env.companies.sudo()  # customers may not read the settings of a company
        addresses = {"sale.order": "/my/orders", "account.move": "/my/invoices"}
        if all(companies_sudo.mapped("aftersales_portal_returns")):
            addresses["aftersales.rma"] = "/my/returns"
        if all(companies_sudo.mapped("aftersales_portal_products")):
            addresses["aftersales.warranty"] = "/my/warranties"
        if all(companies_sudo.mapped("aftersales_portal_cases")):
            addresses["aftersales.case"] = "/my/cases"
        return addresses

    def _portal_readable(self, records):
        """Those of records in sudo mode that the visitor may read, without sudo; none for no records."""
        return records.sudo(False)._filtered_access("read") if records else ()
