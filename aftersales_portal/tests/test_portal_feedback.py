import re
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from ..models import aftersales_attempt
from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalFeedback(PortalCommon):
    """The page that a click in the mail opens."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 1))
        cls.company.aftersales_review_url = "https://reviews.example.com/us"

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)
        self.feedback = self.env["aftersales.feedback"]._ask(self.order, notify=False)
        self.path = self.feedback._get_link().removeprefix(self.feedback.get_base_url())

    def _answer(self, path=None, **form):
        answer = self._post(path or self.path, form)
        self.env.invalidate_all()
        return answer

    def test_a_link_in_the_mail_opens_the_page_with_its_number_chosen(self):
        mails = self.env["mail.mail"].search([])
        self.feedback._send_request()
        mail = self.env["mail.mail"].search([]) - mails
        link = re.search(r'href="[^"]*(/feedback/[^"]*\?nps=9)"', mail.body_html)[1]
        page = self._get(link)
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.order.name, page.text)
        self.assertRegex(page.text, r'id="feedback_nps_9"[^>]*checked')
        self.assertIn('data-question="nps" data-number="9"', page.text)

    def test_looking_does_not_vote(self):
        for method in ("GET", "HEAD", "OPTIONS"):
            self.url_open(f"{self.path}?nps=0", method=method, allow_redirects=False)
        self.env.invalidate_all()
        self.assertFalse(self.feedback.answered_at or self.feedback.clicked_at)

    def test_a_click_counts_and_words_are_added(self):
        answer = self._answer(click="1", nps="9")
        self.assertTrue(answer.headers["Location"].endswith("?said=click"))
        self.assertEqual((self.feedback.nps, bool(self.feedback.clicked_at)), (9, True))
        page = self._get(answer.headers["Location"])
        self.assertIn("https://reviews.example.com/us", page.text)
        self.assertIn("You can change it until", page.text)
        answer = self._answer(nps="10", effort="7", comment="Quick\0 and kind", consent="1")
        self.assertTrue(answer.headers["Location"].endswith("?said=1"))
        said = self.feedback
        self.assertEqual((said.nps, said.effort, said.comment, said.consent), (10, 7, "Quick and kind", True))
        self._answer(nps="10", comment="")
        self.assertEqual((self.feedback.comment, self.feedback.consent), (False, False))

    def test_who_is_unhappy_is_written_to_and_not_invited(self):
        answer = self._answer(nps="2", comment="Broken")
        self.assertIn("Broken", self.feedback.complaint_id.description)
        self.assertNotIn("reviews.example.com", self._get(answer.headers["Location"]).text)

    def test_the_script_of_a_machine_does_not_vote(self):
        for number in ("10", "9", "0"):
            answer = self._answer(click="1", nps=number)
        self.assertTrue(answer.headers["Location"].endswith(self.path))
        self.assertFalse(self.feedback.answered_at)

    def test_what_is_wrong_is_said_and_nothing_recorded(self):
        for form, text in (
            ({"nps": "11"}, "Choose one of the numbers"),
            ({"nps": "9", "csat": "é" * 300}, "Choose one of the numbers"),
            ({"nps": "٣"}, "Choose one of the numbers"),
            ({}, "Choose a number, or write"),
        ):
            with self.subTest(form=form):
                answer = self._answer(**form)
                self.assertEqual(answer.status_code, 200)
                self.assertIn(text, answer.text)
        self.assertFalse(self.feedback.answered_at)
        self.assertEqual(self._post(self.path, {"nps": "9"}, csrf=False).status_code, 400)
        self.assertEqual(self._get(f"{self.path}?nps=99&csat=x").status_code, 200)

    def test_after_seven_days_it_stays(self):
        self._answer(nps="8", comment="Fine")
        with freeze_time(fields.Datetime.now() + timedelta(days=8)):
            page = self._get(self.path)
            self.assertIn("stays as it is", page.text)
            self.assertNotIn("<textarea", page.text)
            self._answer(nps="1")
        self.assertEqual(self.feedback.nps, 8)

    def test_every_link_that_does_not_open_gets_the_same_answer(self):
        token = self.path.rpartition("/")[2]
        feedback = self.feedback
        other = self.env["aftersales.feedback"]._ask(self.order, "again", notify=False)
        ended = self.env["aftersales.feedback"]._ask(self.order, "ended", notify=False)
        ended.link_until = fields.Datetime.now() - timedelta(days=1)
        revoked = self.env["aftersales.feedback"]._ask(self.order, "revoked", notify=False)
        revoked_token = revoked._get_token()
        revoked.with_user(self.manager).action_revoke_link()
        swapped = f"{other.id}-{token.partition('-')[2]}"
        answers = set()
        for wrong in ("x", f"{feedback.id}", f"{token}x", swapped, ended._get_token(), revoked_token, "9" * 40):
            for answer in (self._get(f"/feedback/{wrong}?nps=5"), self._answer(f"/feedback/{wrong}", nps="5")):
                answers.add((answer.status_code, re.search(r"<h1.*?</p>", answer.text, re.S)[0]))
        self.assertEqual([status for status, _text in answers], [404])
        self.assertFalse((feedback | other | ended | revoked).filtered("answered_at"))

    def test_the_page_speaks_the_language_of_its_customer(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.customer.lang = "de_DE"
        self.assertIn('lang="de-DE"', self._get(self.path).text)

    def test_nobody_sends_without_end(self):
        with patch.dict(aftersales_attempt.LIMITS, {"feedback": (None, 2, None)}):
            for number in ("7", "8"):
                self.assertEqual(self._answer(nps=number).status_code, 303)
            self.assertIn("That was often", self._answer(nps="9").text)
        self.assertEqual(self.feedback.nps, 8)

    def test_in_a_browser_one_click_is_enough(self):
        """The script counts the click, says so and keeps the form for words."""
        code = """
            const frame = document.createElement('iframe');
            frame.src = '%s?nps=9';
            document.body.replaceChildren(frame);
            const shown = (what) => frame.contentDocument?.querySelector(what);
            const timer = setInterval(() => {
                if (shown('.alert-success') && shown('#feedback_nps_9:checked') && shown('textarea')) {
                    clearInterval(timer);
                    console.log('test successful');
                }
            }, 100);
        """
        self.browser_js("/withdraw", code % self.path, timeout=60)
        self.env.invalidate_all()
        self.assertEqual(self.feedback.nps, 9)
