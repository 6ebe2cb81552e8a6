import re
from base64 import b64encode

from odoo.tests import tagged

from .common import PortalCommon

URL = "/my/returns/new"


@tagged("post_install", "-at_install")
class TestPortalDoor(PortalCommon):
    """One door for whatever is wrong: where it is, what it offers, what it leaves out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 2))

    def _page(self, order=None, **params):
        query = "".join(f"&{name}={value}" for name, value in params.items())
        return " ".join(self._get(f"{URL}?order_id={(order or self.order).id}{query}").text.split())

    def _returns(self, order=None):
        return self.env["aftersales.rma"].search([("line_ids.sale_order_id", "=", (order or self.order).id)])

    # === Where it is === #

    def test_every_product_of_the_order_has_its_door(self):
        order = self._order((self.kettle, 1), (self._product("Cup"), 1))
        self._deliver(order, {self.kettle: 1, order.order_line[1].product_id: 0})
        self._login(self.customer_user)
        page = self._get(f"/my/orders/{order.id}").text
        self.assertIn(f"line={order.order_line[0].id}", page)
        self.assertNotIn(f"line={order.order_line[1].id}", page)

    def test_a_product_of_many_is_asked_about_at_once(self):
        order = self._sold(*((self._product(f"Cup {n}"), 1) for n in range(6)))
        third = order.order_line[2]
        self._login(self.customer_user)
        page = self._page(order)
        self.assertNotIn("quantity-", page)
        self.assertIn(f"line={third.id}", page)
        page = self._page(order, line=third.id)
        self.assertEqual(re.findall(r'name="quantity-(\w+)"', page), [str(third.id)])
        self.assertIn(f'data-preset="{third.id}"', page)
        for odd in ("x", "-1", "%00", "99999999999999999999", f"{third.id}&line=x"):
            self.assertIn("What is the matter?", self._page(order, line=odd))

    def _delivery_mail(self, order):
        """Deliver an order; the mail that Odoo sends about it."""
        self.company.stock_move_email_validation = True
        self._deliver(order)
        domain = [("model", "=", "stock.picking"), ("res_id", "in", order.picking_ids.ids)]
        return self.env["mail.mail"].sudo().search(domain)

    def test_the_mail_about_a_delivery_leads_to_it(self):
        order = self._order((self.kettle, 1))
        mail = self._delivery_mail(order)
        self.assertIn("Something wrong?", mail.body_html)
        address = re.search(r'href="([^"]*/my/returns/new[^"]*)"', mail.body_html)[1].replace("&amp;", "&")
        self.authenticate(None, None)
        self.assertIn("Kettle", self._get(address[address.index("/my/") :]).text)

    def test_who_only_gets_the_parcel_gets_no_key_to_the_order(self):
        friend = self.env["res.partner"].create({"name": "Zoe", "email": "zoe@example.com"})
        order = self._order((self.kettle, 1), partner_shipping_id=friend.id)
        mail = self._delivery_mail(order)
        self.assertTrue(mail.body_html)
        self.assertNotIn("/my/returns/new", mail.body_html)

    def test_switched_off_the_mail_says_nothing_of_it(self):
        self.company.aftersales_portal_returns = False
        order = self._order((self.kettle, 1))
        self.assertNotIn("Something wrong?", self._delivery_mail(order).body_html)

    # === Who may === #

    def test_an_expired_or_revoked_link_opens_nothing(self):
        self.authenticate(None, None)
        ended = self.order._aftersales_signed_token(days=-1)
        revoked = self.order._aftersales_signed_token()
        self.order.action_aftersales_revoke_links()
        form = {
            "order_id": self.order.id,
            f"quantity-{self.order.order_line.id}": "1",
            "matter": self._reason("defective").id,
        }
        for token in (ended, revoked, "x"):
            self._assert_sent_to_start(self._get(f"{URL}?order_id={self.order.id}&access_token={token}"))
            self._assert_sent_to_start(self._post(URL, {**form, "access_token": token}))
        self.assertFalse(self._returns())

    # === Matters === #

    def test_without_scripts_one_matter_holds_for_all_products(self):
        self._login(self.customer_user)
        key = self.order.order_line.id
        form = {"order_id": self.order.id, "matter": self._reason("defective").id, f"quantity-{key}": "1"}
        self.assertEqual(self._post(URL, {**form, f"reason-{key}": ""}).status_code, 303)
        self.assertEqual(self._returns().line_ids.reason_id, self._reason("defective"))

    def test_a_matter_that_cannot_be_says_why(self):
        order = self._sold((self.kettle, 1))
        law = order._aftersales_law()
        order.order_line.aftersales_return_until = "2020-01-31"
        law.withdrawal_days = 0
        self._login(self.customer_user)
        page = self._page(order)
        mind = self._reason("changed_mind").id
        card = page[page.index(f'id="matter-{mind}"') :][:1500]
        self.assertIn('disabled="disabled"', card[: card.index("<label")])
        self.assertIn("ended on 01/31/2020", card)

    def test_a_reason_of_the_staff_is_no_card(self):
        late = self._reason("late_delivery")
        self._login(self.customer_user)
        self.assertNotIn(f'id="matter-{late.id}"', self._page())
        key = self.order.order_line.id
        form = {"order_id": self.order.id, f"quantity-{key}": "1", f"reason-{key}": late.id}
        self.assertIn("what is the matter", self._post(URL, form).text)
        self.assertFalse(self._returns())

    def test_what_is_still_to_come_can_only_be_missing(self):
        order = self._order((self.kettle, 3))
        self._deliver(order, {self.kettle: 1})
        self._login(self.customer_user)
        line = order.order_line
        page = self._page(order)
        self.assertIn("Still to come: 2", page)
        form = {"order_id": order.id, f"quantity-{line.id}-open": "2"}
        refused = self._post(URL, {**form, f"reason-{line.id}-open": self._reason("defective").id})
        self.assertIn("still on its way to you", refused.text)
        self._post(URL, {**form, f"reason-{line.id}-open": self._reason("missing_item").id})
        rma = self._returns(order)
        self.assertEqual((rma.line_ids.quantity, rma.line_ids.origin_move_id), (2, self.env["stock.move"]))

    # === A question === #

    def test_without_cases_a_question_is_asked_of_the_order_once(self):
        self.company.aftersales_portal_cases = False
        self._login(self.colleague_user)
        form = {"order_id": self.order.id, "matter": "question", "question": "Is <it> safe?", "form_ref": "1"}
        for _ in range(2):
            response = self._post(URL, form)
            self.assertIn("message=question", response.headers["Location"])
        asked = self.order.message_ids.filtered(lambda message: message.author_id == self.colleague_user.partner_id)
        self.assertEqual(asked.mapped("body"), ["<p>Is &lt;it&gt; safe?</p>"])
        self.assertIn("We have your question", self._page(message="question"))
        self.assertFalse(self._returns())

    def test_a_question_has_words(self):
        self._login(self.customer_user)
        page = self._post(URL, {"order_id": self.order.id, "ask": "1", "question": " \0 "}).text
        self.assertIn("Write your question first", page)

    def test_before_the_delivery_there_are_questions(self):
        order = self._order((self.kettle, 1))
        self._login(self.customer_user)
        self._post(URL, {"order_id": order.id, "matter": "question", "question": "When?"})
        case = self.env["aftersales.case"].search([("sale_order_id", "=", order.id)])
        self.assertIn("When?", case.description)

    # === Switches === #

    def test_only_remedies_of_the_company_are_offered(self):
        self.company.aftersales_portal_remedy_type_ids = self._remedy("repair")
        self._login(self.customer_user)
        key, reason = self.order.order_line.id, self._reason("defective").id
        form = {"order_id": self.order.id, f"quantity-{key}": "1", f"reason-{key}": reason}
        page = self._page()
        self.assertNotIn("A new one", page)
        # The law gives the money back to who changes their mind, whatever a shop prefers.
        self.assertIn("My money back", page)
        refused = self._post(URL, {**form, f"remedy-{key}": self._remedy("replacement").id})
        self.assertIn("we offer: Repair it", refused.text)
        self._post(URL, form)
        self.assertEqual(self._returns().line_ids.requested_remedy_id, self._remedy("repair"))

    def test_photos_can_be_switched_off(self):
        self.company.aftersales_portal_photos = False
        self._login(self.customer_user)
        key = self.order.order_line.id
        form = {"order_id": self.order.id, f"quantity-{key}": "1", f"reason-{key}": self._reason("defective").id}
        self.assertNotIn('type="file"', self._page())
        refused = self._post(URL, form, [(f"photos-{key}", ("1.jpg", self._photo(), "image/jpeg"))])
        self.assertIn("Photos are not taken here", refused.text)
        self.assertFalse(self._returns())
        self.assertEqual(self._post(URL, form).status_code, 303)

    def test_the_words_of_the_company_are_above_the_form(self):
        self._login(self.customer_user)
        self.assertNotIn('name="intro"', self._page())
        self.company.aftersales_portal_intro = "<p>Call us <b>any time</b><script>alert(1)</script></p>"
        self.assertIn("Call us <b>any time</b></p>", self._page())

    # === Speed === #

    def test_more_products_cost_no_more_queries_and_little_more_page(self):
        self._login(self.customer_user)
        pages = []
        for count in (3, 30):
            products = [self._product(f"Cup number {n}", image_1920=self._png()) for n in range(count)]
            order = self._sold(*((product, 1) for product in products))
            line = order.order_line[0].id
            address = f"{URL}?order_id={order.id}&line={line}"
            pages.append((self._warm_count(address), len(self._get(address).content)))
        (few, small), (many, large) = pages
        self.assertLess(large, 60_000)
        self.assertLessEqual(many - few, 3, f"{few} → {many} statements, {small} → {large} bytes")

    @classmethod
    def _png(cls):
        return b64encode(cls._photo((64, 64), "PNG"))
