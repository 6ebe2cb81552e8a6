import re
from base64 import b64encode
from urllib.parse import quote

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalProducts(PortalCommon):
    """What a customer owns: list, warranty, certificate, and the page behind its code."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold(
            (cls.kettle, 3), (cls.washer, 2), lots={cls.washer: cls._lots(cls.washer, "WASH-0001", "WASH-0002")}
        )
        cls.warranty = cls._warranties(cls.order).filtered(lambda w: w.lot_id.name == "WASH-0001")
        cls.url = f"/my/warranties/{cls.warranty.id}"

    @classmethod
    def _warranties(cls, order):
        return cls.env["aftersales.warranty"].search([("sale_order_id", "=", order.id)])

    # === Who sees what === #

    def test_a_customer_sees_what_their_company_bought(self):
        for user in (self.customer_user, self.colleague_user):
            self._login(user)
            page = self._get("/my/products")
            self.assertEqual(page.status_code, 200)
            for words in ("3 × ", "Kettle", "WASH-0001", "WASH-0002", self.order.name):
                self.assertIn(words, page.text)
            self.assertIn(f"/my/returns/new?order_id={self.order.id}&amp;line=", page.text)

    def test_another_customer_sees_nothing(self):
        self._login(self.other_user)
        page = self._get("/my/products").text
        self.assertIn("Nothing here yet", page)
        self.assertNotIn("WASH", page)
        self.assertNotIn("WASH-0001", self._get("/my/products?search=WASH").text)
        self._assert_sent_to_start(self._get(self.url))
        self._assert_sent_to_start(self._get(f"{self.url}/certificate"))

    def test_a_visitor_logs_in_first(self):
        self.authenticate(None, None)
        for url in ("/my/products", self.url, f"{self.url}/certificate"):
            self.assertIn("/web/login", self._get(url).headers["Location"])

    def test_staff_see_their_own_products_and_not_those_of_customers(self):
        self._login(self.agent_all)
        self.assertNotIn("WASH", self._get("/my/products").text)

    # === What is owned === #

    def test_what_came_back_is_not_owned(self):
        rma = self._rma(self.order, 1)
        rma.action_approve()
        self._receive(rma)
        wizard = self.env["stock.return.picking"].with_context(
            active_id=self.order.picking_ids.filtered(lambda p: not p.return_id)[:1].id, active_model="stock.picking"
        )
        wizard = wizard.create({})
        for line in wizard.product_return_moves:
            line.quantity = 1 if line.product_id == self.washer else 0
        back = wizard._create_return()
        back.move_ids.move_line_ids.lot_id = self.warranty.lot_id
        back.move_ids.quantity = 1
        back.move_ids.picked = True
        back.button_validate()
        self._login(self.customer_user)
        page = self._get("/my/products").text
        self.assertIn("2 × ", page)
        self.assertNotIn("WASH-0001", page)
        self.assertIn("WASH-0002", page)

    def test_what_was_not_delivered_is_not_owned(self):
        self._order((self.kettle, 7))
        self._login(self.customer_user)
        self.assertNotIn("7 × ", self._get("/my/products").text)

    def test_what_was_registered_is_owned(self):
        self.env["aftersales.warranty"].create(
            {
                "product_id": self.washer.id,
                "lot_id": self._lots(self.washer, "FAIR-7").id,
                "partner_id": self.customer.id,
                "source": "registration",
                "start_date": "2026-01-01",
                "term_id": self.env["aftersales.warranty.term"].create({"name": "Ten years", "duration": 120}).id,
            }
        )
        self._login(self.customer_user)
        page = self._get("/my/products?search=FAIR").text
        self.assertIn("FAIR-7", page)
        self.assertNotIn("WASH-0001", page)

    def test_it_is_found_by_product_serial_and_order(self):
        self._login(self.customer_user)
        for words, there, not_there in (
            ("kettl", "Kettle", "WASH-0001"),
            ("WASH-0002", "WASH-0002", "WASH-0001"),
            (self.order.name, "WASH-0001", "No product matches"),
            ("100%", "No product matches", "WASH-0001"),
        ):
            page = self._get(f"/my/products?search={quote(words)}")
            self.assertIn(there, page.text, words)
            self.assertNotIn(not_there, page.text, words)

    def test_cover_is_a_filter(self):
        self._login(self.customer_user)
        self.assertIn("WASH-0001", self._get("/my/products?filterby=covered").text)
        self.assertIn("No product matches", self._get("/my/products?filterby=expired").text)
        with freeze_time("2040-01-01"):
            self._login(self.customer_user)
            self.assertIn("No product matches", self._get("/my/products?filterby=covered").text)
            self.assertIn("WASH-0001", self._get("/my/products?filterby=expired&sortby=until").text)

    def test_papers_open_through_the_order_and_not_for_others(self):
        document = self.env["product.document"].create(
            {
                "name": "How to descale.pdf",
                "raw": b"%PDF-1.4",
                "res_model": "product.template",
                "res_id": self.kettle.product_tmpl_id.id,
                "attached_on_sale": "sale_order",
            }
        )
        document.copy({"name": "Margins.xlsx", "attached_on_sale": "hidden"})
        self._login(self.customer_user)
        page = self._get("/my/products").text
        self.assertIn("How to descale.pdf", page)
        self.assertNotIn("Margins", page)
        address = re.search(r'href="(/my/orders/\d+/document/\d+\?access_token=)"', page)[1]
        self.assertEqual(self._get(address).content, b"%PDF-1.4")
        self._login(self.other_user)
        self._assert_sent_to_start(self._get(address))

    def test_the_picture_opens_with_the_page_and_not_without(self):
        self.kettle.image_1920 = b64encode(self._photo((200, 200), "PNG"))
        self._login(self.customer_user)
        page = self._get("/my/products").text
        address = re.search(r'src="(/web/image/product.product/[^"]+)"', page)[1].replace("&amp;", "&")
        self.assertIn("image/", self._get(address).headers["Content-Type"])
        self.authenticate(None, None)
        self.assertEqual(self._get(address).status_code, 200)
        bare = self._get(address.partition("?")[0])
        self.assertNotEqual(bare.content, self._get(address).content)

    # === Warranty === #

    def test_the_terms_are_told_in_words(self):
        term = self.env["aftersales.warranty.term"].create(
            {
                "name": "Motor",
                "duration": 60,
                "labour_percent": 50,
                "excluded_reason_ids": [Command.set(self._reason("wrong_choice").ids)],
            }
        )
        self.washer.aftersales_term_ids = term
        order = self._sold((self.washer, 1), lots={self.washer: self._lots(self.washer, "WASH-9")})
        warranty = self._warranties(order).filtered("term_id")
        term.parts_percent = 0
        self._login(self.customer_user)
        page = self._get(f"/my/warranties/{warranty.id}").text
        self.assertIn("Free of charge for you: parts.", page)
        self.assertIn("We pay 50 % of: work.", page)
        self.assertIn("You pay yourself: the way to us and back.", page)
        self.assertIn(self._reason("wrong_choice").name, page)

    def test_odd_warranties_lead_to_the_start(self):
        self._login(self.customer_user)
        for path in ("0", "-1", "999999999", "99999999999999999999"):
            self._assert_sent_to_start(self._get(f"/my/warranties/{path}"))
            self._assert_sent_to_start(self._get(f"/my/warranties/{path}/certificate"))
        for path in ("abc", f"{self.warranty.id}/explode"):
            self.assertEqual(self._get(f"/my/warranties/{path}").status_code, 404)

    def test_the_certificate_is_a_document_of_its_owner(self):
        self._login(self.customer_user)
        page = self._get(f"{self.url}/certificate")
        self.assertEqual(page.status_code, 200)
        html = self.env["ir.actions.report"]._render_qweb_html(
            "aftersales_portal.warranty_certificate_report", self.warranty.ids
        )[0]
        for words in (b"WASH-0001", b"Ada Kowalska", self.order.name.encode()):
            self.assertIn(words, html)

    # === The public page === #

    def test_the_public_page_tells_facts_and_no_names(self):
        self.authenticate(None, None)
        page = self._get(f"/warranty/{self.warranty._public_token()}")
        self.assertEqual(page.status_code, 200)
        self.assertIn("Washer", page.text)
        self.assertIn("•••••0001", page.text)
        for secret in ("WASH-0001", "Kowalska", "Ada", self.order.name, "1,500", "1500"):
            self.assertNotIn(secret, page.text)
        self.assertIn("noindex", page.text)

    def test_the_public_address_cannot_be_guessed(self):
        self.authenticate(None, None)
        number, _dash, signature = self.warranty._public_token().partition("-")
        other = self._warranties(self.order)[-1]
        for token in (
            number,
            f"{number}-",
            f"{other.id}-{signature}",
            f"{number}-{signature[:-1]}",
            f"{number}-{signature}0",
            f"{number}-{'é' * 32}",
            f"²-{signature}",
            f"{'9' * 30}-{signature}",
        ):
            self.assertEqual((token, self._get(f"/warranty/{token}").status_code), (token, 404))

    def test_a_void_warranty_says_so(self):
        self.warranty._close("void", "Returned by Ada")
        self.authenticate(None, None)
        page = self._get(f"/warranty/{self.warranty._public_token()}").text
        self.assertIn("No longer valid", page)
        self.assertNotIn("Ada", page)

    # === Odd addresses, switch, home === #

    def test_odd_parameters_give_the_default_list(self):
        self._login(self.customer_user)
        queries = (
            "sortby=zzz",
            "filterby=zzz",
            "page=abc",
            "page=²",
            "sortby=a&sortby=b",
            "search=%00&search=x",
            "sortby=[]",
        )
        for query in queries:
            self.assertEqual((query, self._get(f"/my/products?{query}").status_code), (query, 200))
        for path in ("page/0", "page/99999999999999999999"):
            self.assertEqual(self._get(f"/my/products/{path}").status_code, 200)

    def test_switched_off_it_is_gone(self):
        token = self.warranty._public_token()
        self.company.aftersales_portal_products = False
        self._login(self.customer_user)
        self.assertNotIn('href="/my/products"', self._get("/my").text)
        for url in ("/my/products", self.url, f"{self.url}/certificate", f"/warranty/{token}"):
            self.assertEqual((url, self._get(url).status_code), (url, 404))

    def test_the_home_card_counts_what_is_owned(self):
        for user, count in ((self.customer_user, 3), (self.other_user, 0)):
            self._login(user)
            self.assertIn('href="/my/products"', self._get("/my").text)
            counters = self.url_open("/my/counters", json={"params": {"counters": ["aftersales_product_count"]}})
            self.assertEqual(counters.json()["result"], {"aftersales_product_count": count})

    # === Speed === #

    def test_a_full_page_is_small_and_costs_no_more_than_a_list_of_orders(self):
        self._login(self.customer_user)
        few = self._warm_count("/my/products")
        for _ in range(30):
            self._sold((self.kettle, 1))
        self.assertLessEqual(self._warm_count("/my/products"), few)
        self.assertLess(len(self._get("/my/products").content), 60_000)
        self.assertLessEqual(few, self._warm_count("/my/orders") + 10)
