import itertools
import os
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from odoo.tests import tagged
from odoo.tools import SQL

from .common import PATIENCE, PortalCommon

# How many spoilt requests are tried; 2,000 before a release.
MUTATIONS = int(os.environ.get("AFTERSALES_MUTATIONS", "200"))
RANDOM = settings(
    max_examples=MUTATIONS,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
NONSENSE = (
    "",
    "0",
    "-1",
    "1.5",
    "NaN",
    "1e400",
    "9" * 40,
    "2147483648",
    "a\0b",
    "é" * 300,
    "A" * 5000,
    "true",
    "[]",
    "{}",
    "../../../etc/passwd",
    "'\"><script>alert(1)</script>",
    "<t t-out='object'/>",
    "{{ object.name }}",
    "%(name)s",
    "1); DROP TABLE aftersales_rma; --",
    "2026-02-30",
    "0000-00-00",
)
# What a visitor without rights may be told: no such page, go to the start or log in, not like that.
POLITE = {200, 303, 302, 400, 403, 404, 405, 413}
# Words that stand in the other customer's documents and nowhere else.
MARKS = ("Samovar", "SAMOVAR-1", "Eve Secretive", "hush-hush")


@tagged("post_install", "-at_install")
class TestPortalWalk(PortalCommon):
    """Every address of ours, asked by everybody for everything, and asked wrongly."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.eve = cls.other_user.partner_id
        cls.eve.write({"name": "Eve Secretive", "email": "eve@example.com"})
        cls.empty_user = cls._portal_user("portal_empty", cls.env["res.partner"].create({"name": "Nobody"}))
        cls.samovar = cls._product("Samovar", tracking="serial")
        cls.theirs = cls._sold(
            (cls.samovar, 1), (cls.kettle, 2), lots={cls.samovar: cls._lots(cls.samovar, "SAMOVAR-1")}, partner=cls.eve
        )
        cls.their_rma = cls._rma(cls.theirs, note="hush-hush").sudo()
        cls.kettle.product_tmpl_id.aftersales_term_ids = cls.env["aftersales.warranty.term"].create(
            {"name": "Two years", "duration": 24}
        )
        cls.ours = cls._sold((cls.kettle, 30))
        cls.our_warranty = cls.env["aftersales.warranty"].search([("sale_order_id", "=", cls.ours.id)], limit=1)
        cls.our_rmas = cls._rma(cls.ours).sudo() | cls._rma(cls.ours).sudo()
        cls.our_rmas[1].action_approve()
        cases = cls.env["aftersales.case"]
        secret = {"sale_order_id": cls.theirs.id, "product_id": cls.samovar.id}
        cls.their_case = cases._portal_open(cls.eve, cls.company, "hush-hush: it hums", about=secret)
        cls.our_cases = cases._portal_open(cls.customer, cls.company, "One") | cases._portal_open(
            cls.customer, cls.company, "Two"
        )
        cls.our_cases[1].action_solve()
        cls.env.flush_all()

    # === What there is === #

    def _addresses(self):
        """Every address of ours: ``(path with %s for ids, methods)``."""
        self._get("/my")  # addresses are known once a page was asked for
        rules = self.env["ir.http"].routing_map().iter_rules()
        for rule in sorted(rules, key=lambda rule: rule.rule):
            if not rule.endpoint.func.__module__.startswith("odoo.addons.aftersales_"):
                continue
            path = re.sub(r"<any\(([^,)]+)[^>]*>", r"\1", rule.rule)
            path = re.sub(r"<int:page>", "1", path)
            yield re.sub(r"<[^>]+>", "%s", path), sorted({"GET", "POST"} & (rule.methods or {"GET", "POST"}))

    def _ids(self, order, rma):
        """The ids of everything that hangs on an order and its return, whatever they are of."""
        warranties = self.env["aftersales.warranty"].sudo().search([("sale_order_id", "=", order.id)])
        records = [order, order.order_line, order.picking_ids, order.picking_ids.move_ids, order.invoice_ids]
        records += [rma, rma.line_ids, rma.message_ids, warranties, warranties.lot_id, order.partner_id]
        records.append(self.env["aftersales.case"].search([("sale_order_id", "=", order.id)]))
        return sorted({identifier for record in records for identifier in record.ids})

    def _state_of(self, order, rma):
        """What would differ if somebody had changed the documents."""
        self.env.flush_all()
        records = [order, order.order_line, rma, rma.line_ids, self.their_case]
        states = [
            self.env.execute_query(
                SQL("SELECT * FROM %s WHERE id IN %s ORDER BY id", SQL.identifier(record._table), tuple(record.ids))
            )
            for record in records
        ]
        messages = self.env["mail.message"].sudo()
        of_them = [
            [("model", "=", record._name), ("res_id", "in", record.ids)] for record in (order, rma, self.their_case)
        ]
        return states + [messages.search_count(domain) for domain in of_them]

    def _visitors(self):
        yield "nobody", None
        for user in (self.customer_user, self.colleague_user, self.empty_user):
            yield user.login, user

    def _ask(self, method, url, fields):
        """Answer of one request, ours or refused; told apart by its content only."""
        if method == "POST":
            return self._post(url, fields)
        return self.url_open(url, params=fields, timeout=PATIENCE, allow_redirects=False)

    def _assert_polite(self, response, asked):
        self.assertIn(response.status_code, POLITE, asked)
        if "text" in response.headers.get("Content-Type", ""):
            for mark in MARKS:
                self.assertNotIn(mark, response.text, asked)

    # === Tests === #

    def test_who_owns_them_sees_the_words_that_nobody_else_may(self):
        self._login(self.other_user)
        pages = (f"/my/returns/new?order_id={self.theirs.id}", f"/my/returns/{self.their_rma.id}", "/my")
        pages += (f"/my/cases/{self.their_case.id}", "/my/cases")
        text = " ".join(self._get(page).text for page in pages)
        for mark in MARKS:
            self.assertIn(mark, text)

    def test_nobody_gets_at_the_documents_of_another_customer(self):
        ids = self._ids(self.theirs, self.their_rma)
        before = self._state_of(self.theirs, self.their_rma)
        own_token = self.our_rmas[0]._aftersales_signed_token()
        for name, user in self._visitors():
            if user:
                self._login(user)
            else:
                self.authenticate(None, None)
            for path, methods in self._addresses():
                urls = [path.replace("%s", str(number)) for number in ids] if "%s" in path else [path]
                for url, method in itertools.product(urls, methods):
                    tried = ids if url == path else [self.theirs.id]
                    for number in tried[:: 1 if url == path else 5]:
                        fields = {"order_id": number, "line": number, "rma_id": number, "access_token": own_token}
                        with self.subTest(visitor=name, method=method, url=url):
                            self._assert_polite(self._ask(method, url, fields), (name, method, url, fields))
        self.assertEqual(self._state_of(self.theirs, self.their_rma), before)

    def _requests(self):
        """The requests that our pages offer a customer: ``(method, path, fields)``."""
        pages = ["/my/returns", f"/my/returns/new?order_id={self.ours.id}", "/withdraw", "/find-order"]
        pages += ["/my/products", "/my/history", f"/track?order_id={self.ours.id}", f"/my/orders/{self.ours.id}"]
        pages += ["/my/products/register", f"/my/products/register?product={self.kettle.id}"]
        pages.append(f"/my/warranties/{self.our_warranty.id}/transfer")
        feedback = self.env["aftersales.feedback"]._ask(self.ours, notify=False)
        pages.append(f"/feedback/{feedback._get_token()}")
        pages.append(f"/followup/stop/{self.customer._aftersales_stop_token()}")
        pages += [f"/my/returns/{rma.id}" for rma in self.our_rmas]
        pages += ["/my/cases", "/my/cases/new", f"/my/cases/new?order_id={self.ours.id}", "/my/preferences"]
        pages += [f"/my/cases/{case.id}" for case in self.our_cases]
        requests = []
        for page in pages:
            path, _, query = page.partition("?")
            requests.append(("GET", path, dict(pair.split("=") for pair in query.split("&") if pair)))
            answer = self._get(page)
            if answer.status_code == 200:
                requests += self._forms(answer.text, path)
        return requests

    def _forms(self, text, path):
        for form in html.fromstring(text).forms:
            action = (form.action or path).partition("?")[0]
            if action.startswith(
                (
                    "/my/returns",
                    "/withdraw",
                    "/find-order",
                    "/my/products",
                    "/my/warranties",
                    "/feedback",
                    "/my/cases",
                    "/my/preferences",
                    "/followup",
                )
            ):
                fields = {}
                for field in form.inputs:
                    options = [value for value in getattr(field, "value_options", []) if value]
                    value = options[0] if options else field.value
                    if field.name and field.name != "csrf_token":
                        fields[field.name] = value or ("1" if field.name.startswith("quantity") else "x")
                yield form.method, action, fields

    def test_what_is_asked_wrongly_is_answered_in_words(self):
        self._login(self.customer_user)
        requests = self._requests()
        others = [str(number) for number in self._ids(self.theirs, self.their_rma)]
        others.append(self.their_rma._aftersales_signed_token()[:-2])
        before = self._state_of(self.theirs, self.their_rma)

        @RANDOM
        @given(data=st.data())
        def ask(data):
            method, path, fields = data.draw(st.sampled_from(requests))
            fields = dict(fields)
            for _ in range(data.draw(st.integers(1, 3))):
                path = self._spoil(data, path, fields, others)
            if data.draw(st.integers(0, 9)) == 0:
                method = "POST" if method == "GET" else "GET"
            self._assert_polite(self._ask(method.upper(), path, fields), (method, path, fields))

        ask()
        self.assertEqual(self._state_of(self.theirs, self.their_rma), before)

    def _spoil(self, data, path, fields, others):
        """Make a request wrong in one way; gives its path."""
        value = st.sampled_from(NONSENSE) | st.sampled_from(others) | st.text(max_size=20)
        kind = data.draw(st.sampled_from(("value", "value", "value", "drop", "rename", "twice", "path")))
        if kind == "path":
            return re.sub(r"\d+", lambda _: data.draw(st.sampled_from(others + ["0", "9" * 12, "x"])), path)
        if not fields:
            fields[data.draw(st.sampled_from(("page", "sortby", "filterby", "search", "kind", "cursor")))] = "x"
        name = data.draw(st.sampled_from(sorted(fields)))
        if kind == "value":
            fields[name] = data.draw(value)
        elif kind == "drop":
            del fields[name]
        elif kind == "twice":
            fields[name] = [fields[name], data.draw(value)]
        else:
            other = re.sub(r"\d+", data.draw(st.sampled_from(others)), name) + data.draw(
                st.sampled_from(("", "[]", "-"))
            )
            fields[other] = fields.pop(name)
        return path
