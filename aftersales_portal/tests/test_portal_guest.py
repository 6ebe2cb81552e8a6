import re
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from ..models import aftersales_attempt
from .common import PortalCommon

LIMITS = {"find_order": (3, 2, 4), "withdraw": (2, None, 10), "withdraw_known": (None, 2, None)}


@tagged("post_install", "-at_install")
class TestPortalGuest(PortalCommon):
    """Who ordered without an account gets a link to the order by mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guest = cls.env["res.partner"].create(
            {"name": "Greta Guest", "email": "Greta@Example.com", "country_id": cls.poland.id}
        )
        cls.order = cls._sold((cls.kettle, 1), partner=cls.guest)

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def _ask(self, number=None, email="greta@example.com", **more):
        return self._post("/find-order", {"number": number or self.order.name, "email": email, **more})

    def _mails(self):
        """What the job mails for what was asked."""
        before = self.env["mail.mail"].search([])
        with self.enter_registry_test_mode():
            self.env.ref("aftersales_portal.ir_cron_guest_request").method_direct_trigger()
        return self.env["mail.mail"].search([]) - before

    def test_number_and_address_together_bring_a_link_that_opens_the_order(self):
        response = self._ask(f" {self.order.name.lower()} ", "GRETA@example.com")
        self.assertTrue(response.headers["Location"].endswith("/find-order?sent=1"))
        mail = self._mails()
        self.assertEqual((mail.email_to, mail.res_id), ("greta@example.com", self.order.id))
        link = re.search(r'href="[^"]*(/my/orders/[^"]*)"', mail.body_html)[1]
        page = self._get(link)
        self.assertEqual(page.status_code, 200)
        self.assertIn("Kettle", page.text)
        door = re.search(r'href="(/withdraw\?[^"]*order_id[^"]*)"', page.text)[1].replace("&amp;", "&")
        self.assertIn("Greta Guest", self._get(door).text)
        self.assertFalse(self.env["aftersales.guest.request"].search([]))

    def test_the_answer_is_the_same_for_right_and_wrong(self):
        answers = set()
        for number, email in (
            (self.order.name, "greta@example.com"),
            (self.order.name, "eve@example.com"),
            ("S99999", "greta@example.com"),
        ):
            response = self._ask(number, email)
            answers.add((response.status_code, response.headers["Location"], response.text))
        self.assertEqual(len(answers), 1)
        self.assertEqual(self._mails().mapped("email_to"), ["greta@example.com"])

    def test_the_link_ends_after_thirty_days_and_can_be_revoked(self):
        link = self.order._portal_guest_url().removeprefix(self.order.get_base_url())
        self.assertEqual(self._get(link).status_code, 200)
        for days, status in ((29, 200), (31, 303)):
            with freeze_time(fields.Datetime.now() + timedelta(days=days)):
                self.assertEqual(self._get(link).status_code, status)
        self.order.access_token = "another"
        self.assertEqual(self._get(link).status_code, 303)

    def test_what_is_missing_is_said(self):
        for form, text in (
            ({"number": " "}, "Enter the number"),
            ({"email": "greta"}, "Enter the e-mail"),
            ({"number": "\0"}, "Enter the number"),
        ):
            with self.subTest(form=form):
                self.assertIn(text, self._ask(**form).text)
        self.assertFalse(self.env["aftersales.guest.request"].search([]))

    def test_switched_off_it_is_gone(self):
        token = self.order._portal_guest_url()
        self._ask()
        self.company.aftersales_portal_guests = False
        self.assertFalse(self._mails())
        self.assertEqual(self._get("/find-order").status_code, 404)
        self.assertEqual(self._ask().status_code, 404)
        self.assertNotIn("/find-order", self._get("/web/login").text)
        self.assertTrue(token)

    def test_the_login_page_leads_to_it(self):
        self.assertIn('href="/find-order"', self._get("/web/login").text)
        self.assertIn('href="/find-order"', self._get("/withdraw").text)

    # === Guessing === #

    def test_guessing_ends_for_an_address_a_number_and_all_together(self):
        attempts = self.env["aftersales.attempt"]
        with patch.dict(aftersales_attempt.LIMITS, LIMITS):
            self.assertTrue(attempts._allow("find_order", "1.1.1.1", "S1"))
            self.assertTrue(attempts._allow("find_order", "1.1.1.1", "S1"))
            self.assertFalse(attempts._allow("find_order", "2.2.2.2", "S1"))
            self.assertTrue(attempts._allow("find_order", "1.1.1.1", "S2"))
            self.assertFalse(attempts._allow("find_order", "1.1.1.1", "S3"))
            self.assertTrue(attempts._allow("find_order", "2.2.2.2", "S3"))
            self.assertFalse(attempts._allow("find_order", "3.3.3.3", "S4"))
            self.assertTrue(attempts._allow("withdraw", "1.1.1.1"))
            attempts.search([]).write({"at": fields.Datetime.now() - timedelta(minutes=61)})
            self.assertTrue(attempts._allow("find_order", "1.1.1.1", "S1"))

    def test_who_guesses_is_told_the_same_for_right_and_wrong(self):
        with patch.dict(aftersales_attempt.LIMITS, LIMITS):
            for number in ("S1", "S2", "S3"):
                self._ask(number)
            for number in (self.order.name, "S99999"):
                self.assertIn("That was often", self._ask(number).text)
        self.assertFalse(self._mails())

    def test_one_mailbox_gets_few_mails_however_the_number_is_spelt(self):
        with patch.dict(aftersales_attempt.LIMITS, {"find_order": (10, 2, 10)}):
            for number in (self.order.name, f"order {self.order.name}"):
                self._ask(number)
            self.assertIn("That was often", self._ask(f"#{self.order.name} please").text)
        self.assertEqual(len(self._mails()), 2)

    def test_neither_address_nor_number_is_kept(self):
        self._ask("S12345")
        attempt = self.env["aftersales.attempt"].search([])
        self.assertNotIn("S12345", f"{attempt.address} {attempt.subject}")
        self.assertNotIn("127.0.0.1", attempt.address)
        attempt.at = fields.Datetime.now() - timedelta(days=2)
        attempt._gc_attempts()
        self.assertFalse(attempt.exists())

    def test_statements_of_withdrawal_without_a_login_have_a_limit_that_no_customer_meets(self):
        form = {"person_name": "Eve", "email": "eve@example.com", "contract": "S1", "scope": "whole"}
        with patch.dict(aftersales_attempt.LIMITS, LIMITS):
            for _attempt in range(2):
                self.assertEqual(self._post("/withdraw", form).status_code, 303)
            self.assertIn("That was often", self._post("/withdraw", form).text)
            self._login(self.customer_user)
            self.assertEqual(self._post("/withdraw", form).status_code, 303)

    def test_who_is_known_has_no_confirmations_sent_at_will_either(self):
        form = {"person_name": "Eve", "email": "anybody@example.com", "contract": "S1", "scope": "whole"}
        link = {"order_id": self.order.id, "access_token": self.order._aftersales_signed_token()}
        with patch.dict(aftersales_attempt.LIMITS, LIMITS):
            for more, login in ((link, False), ({}, True)):
                if login:
                    self._login(self.customer_user)
                for _attempt in range(2):
                    self.assertEqual(self._post("/withdraw", {**form, **more}).status_code, 303)
                self.assertIn("That was often", self._post("/withdraw", {**form, **more}).text)
