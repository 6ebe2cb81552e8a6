import re

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalHistory(PortalCommon):
    """Everything between a customer and the shop, as the customer reads it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 3))
        cls.rma = cls._rma(cls.order).sudo()
        cls.env["aftersales.event"]._rebuild()

    def _rows(self, url="/my/history"):
        page = self._get(url).text
        return re.findall(r'<li class="d-flex gap-3[^>]*>(.*?)</li>', page, re.S)

    def test_a_customer_reads_what_happened_to_their_company(self):
        for user in (self.customer_user, self.colleague_user):
            self._login(user)
            page = self._get("/my/history").text
            invoice = self.order.invoice_ids
            for address in (
                f"/my/orders/{self.order.id}",
                f"/my/invoices/{invoice.id}",
                f"/my/returns/{self.rma.id}",
            ):
                self.assertIn(f'href="{address}"', page)
            self.assertRegex(page, r'href="/my/warranties/\d+">Kettle: Your legal guarantee')
            self.assertIn(self.order.picking_ids[:1].name, page)

    def test_another_customer_reads_nothing_of_it(self):
        self._login(self.other_user)
        page = self._get("/my/history").text
        self.assertIn("Nothing here yet", page)
        self.assertNotIn(self.order.name, page)
        self.authenticate(None, None)
        self.assertIn("/web/login", self._get("/my/history").headers["Location"])

    def test_the_history_itself_is_not_for_customers(self):
        with self.assertRaises(AccessError):
            self.env["aftersales.event"].with_user(self.customer_user).search([]).read(["title"])

    def test_what_is_internal_is_left_out(self):
        event = self.env["aftersales.event"].search([("res_model", "=", "sale.order")], limit=1)
        for key, vals in {
            "call": {"kind": "call", "title": "Angry call"},
            "note": {"kind": "order", "res_model": "res.partner", "title": "Odd note"},
        }.items():
            event.copy({"source_key": key, **vals})
        self._login(self.customer_user)
        page = self._get("/my/history").text
        self.assertNotIn("Angry call", page)
        self.assertNotIn("Odd note", page)

    def test_kinds_are_a_filter(self):
        self._login(self.customer_user)
        rows = self._rows("/my/history?filterby=invoice")
        self.assertEqual(len(rows), 1)
        self.assertIn(self.order.invoice_ids.name, rows[0])
        self.assertIn("Nothing more to show", self._get("/my/history?filterby=payment").text)

    def test_pages_follow_each_other_without_gap_or_repetition(self):
        for _ in range(12):
            self._sold((self.kettle, 1))
        self.env["aftersales.event"]._rebuild()
        self._login(self.customer_user)
        url, seen = "/my/history", []
        while url:
            self.assertLess(len(seen), 100)
            page = self._get(url).text
            seen += re.findall(r'<li class="d-flex gap-3[^>]*>(.*?)</li>', page, re.S)
            older = re.search(r'href="(/my/history/[^"]+)"', page)
            url = older and older[1].replace("&amp;", "&")
        domain = self.env["aftersales.event"]._portal_domain(self.household)
        self.assertEqual(len(seen), self.env["aftersales.event"].search_count(domain))
        self.assertGreater(len(seen), 40)

    def test_odd_parameters_give_the_first_page(self):
        self._login(self.customer_user)
        for after in (
            "zzz",
            "2026-01-01_",
            f"2026-01-01_{'9' * 30}",
            "_1",
            "9999-99-99_1",
            "2026-01-01T00:00:00+05:00_1",
        ):
            self.assertEqual((after, self._get(f"/my/history/{after}").status_code), (after, 200))
        for query in ("filterby=zzz", "filterby=all&filterby=order", "after=%00"):
            self.assertEqual((query, self._get(f"/my/history?{query}").status_code), (query, 200))

    def test_switched_off_it_is_gone(self):
        self.company.aftersales_portal_history = False
        self._login(self.customer_user)
        self.assertEqual(self._get("/my/history").status_code, 404)
        self.assertNotIn('href="/my/history"', self._get("/my").text)

    def test_nothing_leads_to_pages_that_are_switched_off(self):
        self.company.write({"aftersales_portal_returns": False, "aftersales_portal_products": False})
        self._login(self.customer_user)
        page = self._get("/my/history").text
        self.assertNotIn('href="/my/returns/', page)
        self.assertNotIn('href="/my/warranties/', page)
        self.assertIn(self.rma.name, page)

    def test_the_home_card_appears_with_the_first_event(self):
        for user, count in ((self.customer_user, 1), (self.other_user, 0)):
            self._login(user)
            counters = self.url_open("/my/counters", json={"params": {"counters": ["aftersales_event_count"]}})
            self.assertEqual(counters.json()["result"], {"aftersales_event_count": count})

    def test_a_full_page_is_small_and_costs_no_more_than_a_list_of_orders(self):
        self._login(self.customer_user)
        few = self._warm_count("/my/history")
        for _ in range(12):
            self._sold((self.kettle, 1))
        self.env["aftersales.event"]._rebuild()
        self.assertLessEqual(self._warm_count("/my/history"), few)
        self.assertLess(len(self._get("/my/history").content), 60_000)
        self.assertLessEqual(few, self._warm_count("/my/orders") + 10)
