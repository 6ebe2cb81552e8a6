from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

PAGE = 40
# Open matters of one sort that are named; more of them are counted.
SHOWN = 5


class AftersalesEvent(models.Model):
    """The history as the web client shows it on a customer, an order, a case or a return."""

    _inherit = "aftersales.event"

    @api.model
    @api.readonly
    def read_timeline(self, model, res_id, before=False, kind=False, year=False):
        """One page of the history of the customer of a document.

        :param str model: model of the document, or ``res.partner``
        :param int res_id: its id
        :param before: cursor of the page before; the first page tells also what is open and what can be asked for
        :param kind: only events of this kind
        :param year: only events of this year
        :return: dict with ``events`` and ``next``; of the first page also ``customer``, ``open``, ``kinds``, ``years``
        """
        customer = self._timeline_customer(model, res_id)
        if not customer:
            return {"events": [], "next": False, "customer": False, "open": [], "kinds": [], "years": []}
        kinds = [str(kind)] if kind else ()
        events, cursor = self._page(customer, PAGE, before and str(before), kinds, self._as_int(year))
        page = {"events": [event._timeline_row(customer) for event in events], "next": cursor}
        if before:
            return page
        return {
            **page,
            "customer": {"id": customer.id, "name": customer.display_name},
            "open": self._open_matters(customer),
            "kinds": self._timeline_kinds(),
            "years": self._timeline_years(customer),
        }

    @api.model
    def open_document(self, model, res_id):
        """Open a document that the history names."""
        return self.env["aftersales.rma"]._desk_action(self._timeline_document(model, res_id))

    # === Input === #

    def _as_int(self, value):
        """A whole number of the database's range, 0 for nothing."""
        if value and (not isinstance(value, int) or not 0 < value < 2**31):
            raise UserError(self.env._("%(value)s is no number that fits.", value=value))
        return int(value or 0)

    def _timeline_document(self, model, res_id):
        if not self.env.user._is_internal():
            raise AccessError(self.env._("This page is for staff."))
        if model not in self._documents():
            raise UserError(self.env._("The history tells nothing of %(model)s.", model=model))
        document = self.env[model].browse(self._as_int(res_id)).exists()
        if not document:
            raise UserError(self.env._("This document is gone."))
        document.check_access("read")
        return document

    def _timeline_customer(self, model, res_id):
        document = self._timeline_document(model, res_id)
        if model == "res.partner":
            return document
        if model == "aftersales.remedy":
            document = document.rma_id or document.case_id
        return document.partner_id.commercial_partner_id

    # === Rows === #

    def _timeline_row(self, customer):
        self.ensure_one()
        return {
            "id": self.id,
            "date": self.date,
            "kind": self.kind,
            "title": self.title,
            "amount": self.currency_id and self.amount,
            "currency_id": self.currency_id.id,
            "model": self.res_model,
            "res_id": self.res_id,
            "contact": self.partner_id != customer and self.partner_id.display_name,
            "who": self.user_id.name,
        }

    def _timeline_kinds(self):
        return [[kind, words] for kind, words in self._fields["kind"]._description_selection(self.env)]

    def _timeline_years(self, customer):
        """Years from the first event to the last, newest first."""
        domain = self._customer_domain(customer)
        ends = [self.search(domain, order=order, limit=1) for order in ("date desc, id desc", "date, id")]
        if not ends[0]:
            return []
        newest, oldest = (self._local_year(event.date) for event in ends)
        return list(range(newest, oldest - 1, -1))

    def _local_year(self, moment):
        return self.env.tz.fromutc(moment).year

    # === What is open === #

    def _open_matters(self, customer):
        """What waits for somebody, the most pressing first; what the user may not read is left out.

        :return: list of dicts with ``key``, ``name``, ``icon``, ``late`` (bool), ``count`` and ``records`` (the first
            ones: ``model, res_id, title, date, amount, currency_id``)
        """
        groups = []
        for matter in self._open_matter_sorts(customer):
            records = self.env[matter["model"]]
            if not records.has_access("read"):
                continue
            records = records.search(matter["domain"], order=matter["order"], limit=SHOWN + 1)
            if records:
                groups.append(self._open_group(matter, records))
        return groups

    def _open_group(self, matter, records):
        count = len(records)
        if count > SHOWN:
            count = records.search_count(matter["domain"])
        return {
            **{name: matter[name] for name in ("key", "name", "icon", "late")},
            "count": count,
            "records": [self._open_row(record, matter) for record in records[:SHOWN]],
        }

    def _open_row(self, record, matter):
        amount = matter.get("amount")
        document = record._document() if matter["model"] == "aftersales.commitment" else record
        return {
            "model": document._name,
            "res_id": document.id,
            "title": record[matter.get("title", "display_name")] or record.display_name,
            "date": fields.Date.to_date(record[matter["date"]]),
            "amount": amount and record[amount],
            "currency_id": amount and record.currency_id.id,
        }

    def _contact_ids(self, customer):
        """Ids of a customer and of all its contacts, the archived ones too."""
        contacts = self.env["res.partner"].with_context(active_test=False)
        return contacts._search([("commercial_partner_id", "=", customer.id)])

    @api.model
    def _open_matter_sorts(self, customer):
        """Hook: sorts of open matters of a customer.

        :return: list of dicts with ``key``, ``name``, ``icon``, ``late`` (whether all of them are), ``model``,
            ``domain``, ``order``, ``date`` (name of a field); optional ``title`` and ``amount`` (names of fields)
        """
        whose = self._customer_domain(customer)
        contacts = [customer.id] if customer != customer.commercial_partner_id else self._contact_ids(customer)
        paid_by = Domain("partner_id", "in", contacts)  # Odoo has an index of it, not of the commercial one
        today = self.env.company._aftersales_today()
        unpaid = Domain(
            [
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial")),
            ]
        )
        invoice = {
            "icon": "fa-file-text-o",
            "model": "account.move",
            "order": "invoice_date_due, id",
            "date": "invoice_date_due",
            "title": "name",
            "amount": "amount_residual",
        }
        under_way = [("state", "in", ("submitted", "approved"))]
        to_pay = [("state", "=", "done"), ("payout_status", "in", ("to_pay", "partial"))]
        returns = {"icon": "fa-undo", "model": "aftersales.rma", "order": "requested_on, id", "date": "requested_on"}
        promises = self.env["aftersales.commitment"]
        return [
            {
                "key": "promises",
                "name": self.env._("Broken promises"),
                "icon": "fa-exclamation",
                "late": True,
                "model": promises._name,
                "domain": Domain("partner_id", "in", contacts) & promises._late_domain(),
                "order": "promised_on, id",
                "date": "promised_on",
            },
            {
                "key": "cases",
                "name": self.env._("Open cases"),
                "icon": "fa-life-ring",
                "late": False,
                "model": "aftersales.case",
                "domain": whose & Domain("is_open", "=", True),
                "order": "priority desc, id",
                "date": "create_date",
            },
            {
                **invoice,
                "key": "overdue",
                "name": self.env._("Overdue invoices"),
                "late": True,
                "domain": paid_by & unpaid & Domain("invoice_date_due", "<", today),
            },
            {
                **returns,
                "key": "returns",
                "name": self.env._("Returns under way"),
                "late": False,
                "domain": whose & Domain(under_way),
            },
            {
                **returns,
                "key": "to_pay",
                "name": self.env._("Refunds to pay"),
                "late": False,
                "domain": whose & Domain(to_pay),
            },
            {
                **invoice,
                "key": "unpaid",
                "name": self.env._("Unpaid invoices"),
                "late": False,
                "domain": paid_by & unpaid & Domain("invoice_date_due", ">=", today),
            },
        ]
