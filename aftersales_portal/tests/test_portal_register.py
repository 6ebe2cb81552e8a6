from datetime import timedelta

from odoo.tests import tagged

from ..models import aftersales_warranty_register as portal_model
from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalRegister(PortalCommon):
    """Products that were bought elsewhere, and products that change hands."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.env["aftersales.warranty.term"].create({"name": "Two years", "duration": 24})
        cls.washer.product_tmpl_id.aftersales_term_ids = cls.term
        cls.order = cls._sold((cls.washer, 1), (cls.kettle, 3), lots={cls.washer: cls._lots(cls.washer, "SOLD-1")})
        cls.warranties = cls.env["aftersales.warranty"].search([("sale_order_id", "=", cls.order.id)])
        cls.today = cls.company._aftersales_today()

    def _form(self, **fields):
        fields = {"product": self.washer.id, "serial": "FAIR-1", "purchase_date": str(self.today), **fields}
        return {name: value for name, value in fields.items() if value is not None}

    def _register(self, files=None, **fields):
        files = [("proof", ("receipt.jpg", self._photo(), "image/jpeg"))] if files is None else files
        return self._post("/my/products/register", self._form(**fields), files)

    def _registered(self):
        return self.env["aftersales.warranty"].search([("source", "=", "registration")])

    # === Registering === #

    def test_a_customer_finds_and_registers_a_product(self):
        self._login(self.customer_user)
        self.assertIn("/my/products/register", self._get("/my/products").text)
        found = self._get("/my/products/register?search=wash").text
        self.assertIn(f"/my/products/register?product={self.washer.id}", found)
        self.assertNotIn("Kettle", self._get("/my/products/register?search=kettle").text.replace('value="kettle"', ""))
        self.assertIn("Serial number", self._get(f"/my/products/register?product={self.washer.id}").text)
        answer = self._register(seller="Fair & Co")
        warranty = self._registered()
        self.assertEqual(answer.headers["Location"].removeprefix(self.base_url()), f"/my/warranties/{warranty.id}")
        self.assertEqual((warranty.is_verified, warranty.partner_id), (False, self.customer))
        self.assertEqual((warranty.lot_id.name, warranty.seller), ("FAIR-1", "Fair & Co"))
        self.assertEqual(warranty.proof_id.create_uid, self.customer_user)
        self.assertNotIn(self.customer, warranty.lot_id.message_partner_ids)
        page = self._get(f"/my/warranties/{warranty.id}").text
        self.assertIn("We are checking your receipt", page)
        self.assertNotIn("/certificate", page)
        self.assertIn("FAIR-1", self._get("/my/products").text)

    def test_what_is_wrong_is_said_and_nothing_is_written(self):
        self._login(self.customer_user)
        text = [("proof", ("receipt.txt", b"hello", "text/plain"))]
        broken = [("proof", ("receipt.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"x" * 99, "image/jpeg"))]
        many = [("proof", (f"{n}.jpg", self._photo(), "image/jpeg")) for n in range(12)]
        for words, files, fields in (
            ("Add a photo or a PDF", [], {}),
            ("neither a photo nor a PDF", text, {}),
            ("is damaged", broken, {}),
            ("At most 10", many, {}),
            ("Enter the serial number", None, {"serial": None}),
            ("Enter the day", None, {"purchase_date": "soon"}),
            ("Enter the day", None, {"purchase_date": "2026-02-30"}),
            ("lies in the future", None, {"purchase_date": str(self.today + timedelta(days=1))}),
            ("more than 30 years ago", None, {"purchase_date": "0001-01-01"}),
            ("ended on", None, {"purchase_date": str(self.today - timedelta(days=900))}),
            ("at most 64", None, {"serial": "9" * 65}),
            ("We know SOLD-1 already", None, {"serial": "sold-1", "login": self.other_user}),
            ("Which product is it?", None, {"product": self.kettle.id}),
            ("Which product is it?", None, {"product": "x"}),
        ):
            with self.subTest(fields=fields, words=words):
                self._login(fields.pop("login", self.customer_user))
                page = self._register(files, **fields)
                self.assertEqual(page.status_code, 200)
                self.assertIn(words, page.text)
                for secret in ("Ada Kowalska", self.order.name):
                    self.assertNotIn(secret, page.text.replace(self.customer_user.name, ""))
        self.assertFalse(self._registered())
        self._login(self.customer_user)
        self.assertIn("among your products already", self._register(serial="SOLD-1").text)

    def test_the_same_form_sent_twice_registers_once(self):
        self._login(self.customer_user)
        answers = [self._register(form_ref="F").headers["Location"] for _ in range(2)]
        self.assertEqual(len(set(answers)), 1)
        self.assertEqual(len(self._registered()), 1)

    def test_nobody_floods_the_staff(self):
        self._login(self.customer_user)
        self.env["aftersales.warranty"]._register_unit(
            {
                "product": self.washer,
                "partner": self.customer,
                "purchase_date": self.today,
                "serial": "X",
                "verified": False,
            }
        )
        self.patch(portal_model, "MOST_WAITING", 1)
        self.assertIn("still looking at", self._register().text)

    def test_what_is_off_is_not_there(self):
        self.company.aftersales_portal_register = False
        self.company.aftersales_portal_transfer = False
        self._login(self.customer_user)
        self.assertNotIn("/my/products/register", self._get("/my/products").text)
        self.assertEqual(self._get("/my/products/register").status_code, 404)
        self.assertEqual(self._register().status_code, 404)
        url = f"/my/warranties/{self.warranties[:1].id}"
        self.assertNotIn(f"{url}/transfer", self._get(url).text)
        self.assertEqual(self._get(f"{url}/transfer").status_code, 404)

    # === Handing over === #

    def _unit(self, product):
        return self.warranties.filtered(lambda w: w.product_id == product and w.source == "statutory")

    def _transfer(self, warranty, **fields):
        fields = {"name": "Eve", "email": "Eve@Example.com", **fields}
        return self._post(f"/my/warranties/{warranty.id}/transfer", fields)

    def test_the_new_owner_sees_it_and_the_old_one_does_not(self):
        self.other_user.partner_id.email = "eve@example.com"
        warranty = self._unit(self.washer)
        self._login(self.customer_user)
        self.assertIn(f"/my/warranties/{warranty.id}/transfer", self._get(f"/my/warranties/{warranty.id}").text)
        self.assertIn("new owner", self._get(f"/my/warranties/{warranty.id}/transfer").text)
        answer = self._transfer(warranty)
        self.assertTrue(answer.headers["Location"].endswith("/my/products?message=handed_over"))
        self.assertEqual(self.warranties.filtered("lot_id").partner_id, self.other_user.partner_id)
        mine = self._get("/my/products?message=handed_over").text
        self.assertIn("It is handed over", mine)
        self.assertNotIn("SOLD-1", mine)
        self.assertIn("3 × ", mine)
        self._assert_sent_to_start(self._get(f"/my/warranties/{warranty.id}"))
        self._login(self.other_user)
        theirs = self._get("/my/products").text
        self.assertIn("SOLD-1", theirs)
        page = self._get(f"/my/warranties/{warranty.id}").text
        for secret in (self.order.name, "Ada", "/my/returns/new"):
            self.assertNotIn(secret, theirs)
            self.assertNotIn(secret, page)
        mails = self.env["mail.mail"].search([("subject", "ilike", "warrant")])
        self.assertEqual(mails.recipient_ids, self.customer | self.other_user.partner_id)
        # And back again.
        self.customer.email = "ada@example.com"
        self._transfer(warranty, email="ada@example.com", name="Ada")
        self._login(self.customer_user)
        self.assertIn("SOLD-1", self._get("/my/products").text)

    def test_what_is_said_does_not_tell_whether_the_address_is_known(self):
        self.other_user.partner_id.email = "eve@example.com"
        self._login(self.customer_user)
        kettles = self._unit(self.kettle)
        answers = set()
        for email in ("eve@example.com", "nobody@example.com"):
            answer = self._transfer(kettles, quantity="1", email=email)
            answers.add(
                (answer.status_code, answer.headers["Location"], self._get("/my/products").text.count("Kettle"))
            )
        self.assertEqual(len(answers), 1)
        rows = self.env["aftersales.warranty"].search([("product_id", "=", self.kettle.id)])
        self.assertEqual(sorted(rows.mapped("quantity")), [1, 1, 1])
        new = rows.partner_id - self.customer - self.other_user.partner_id
        self.assertEqual((new.name, new.email), ("Eve", "nobody@example.com"))
        former = self.env["mail.mail"].search([("recipient_ids", "in", self.customer.ids)], limit=1)
        self.assertNotIn("Eve", former.body_html)

    def test_what_cannot_be_handed_over_stays(self):
        warranty, kettles = self._unit(self.washer), self._unit(self.kettle)
        self._login(self.customer_user)
        for words, which, fields in (
            ("Enter the name", warranty, {"name": " "}),
            ("Enter the e-mail", warranty, {"email": "nonsense"}),
            ("your own e-mail", warranty, {"email": self.customer.email}),
            ("between 1 and 3", kettles, {"quantity": "4"}),
            ("between 1 and 3", kettles, {"quantity": "NaN"}),
            ("between 1 and 3", kettles, {}),
        ):
            with self.subTest(words=words, fields=fields):
                self.assertIn(words, self._transfer(which, **fields).text)
        self._login(self.other_user)
        self._assert_sent_to_start(self._transfer(warranty))
        self.assertEqual(self.warranties.partner_id, self.customer)

    def test_terms_that_do_not_allow_it_are_named(self):
        self.term.transferable = False
        order = self._sold((self.washer, 1), lots={self.washer: self._lots(self.washer, "SOLD-2")})
        warranties = self.env["aftersales.warranty"].search([("sale_order_id", "=", order.id)])
        mine = warranties.filtered("term_id")
        self._login(self.customer_user)
        self.assertEqual(self._get(f"/my/warranties/{mine.id}/transfer").status_code, 404)
        self.assertIn("Two years", self._get(f"/my/warranties/{(warranties - mine).id}/transfer").text)

    # === What pages say === #

    def test_papers_tell_what_became_of_a_warranty(self):
        warranty = self._unit(self.washer)
        self._login(self.customer_user)
        warranty.with_user(self.manager)._record_repair(self.today)
        if warranty.suspended_since:
            self.assertIn("In repair since", self._get(f"/my/warranties/{warranty.id}").text)
        waiting = self.env["aftersales.warranty"]._register_unit(
            {
                "product": self.washer,
                "partner": self.customer,
                "purchase_date": self.today,
                "serial": "X",
                "verified": False,
            }
        )
        self.assertIn("Not confirmed yet", self._get(f"/warranty/{waiting._public_token()}").text)
        answer = self._get(f"/my/warranties/{waiting.id}/certificate")
        self.assertEqual(answer.status_code, 303)
