from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.aftersales_portal.models.aftersales_attempt import LIMITS

from .common import PortalCommon

NEW = "/my/cases/new"


@tagged("post_install", "-at_install")
class TestPortalCases(PortalCommon):
    """What customers ask, follow and close on the pages of their cases."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 1), (cls.washer, 1), lots={cls.washer: cls._lots(cls.washer, "W1")})
        about = {"sale_order_id": cls.order.id, "product_id": cls.kettle.id}
        cases = cls.env["aftersales.case"]
        cls.case = cases._portal_open(cls.customer, cls.company, "It leaks\n<b>badly</b>", about=about)
        cls.url = f"/my/cases/{cls.case.id}"

    def _cases(self):
        return self.env["aftersales.case"].search([("id", ">", self.case.id)])

    def _text(self, url):
        return " ".join(self._get(url).text.split())

    # === Asking === #

    def test_a_customer_asks_about_what_they_own_with_a_photo_once(self):
        self._login(self.customer_user)
        page = self._text(NEW)
        self.assertIn("Kettle", page)
        key = f"{self.order.order_line[1].id}-{self.washer.id}-{self.order.order_line[1].move_ids.lot_ids.id}"
        self.assertIn(f'value="{key}"', page)
        form = {"about": key, "type": "problem", "question": "It <i>hums</i>", "form_ref": "f1"}
        photo = {"photos-case": ("hum.jpg", self._photo())}
        for _ in range(2):
            answer = self._post(NEW, form, photo)
            self.assertEqual(answer.status_code, 303)
        case = self._cases()
        self.assertEqual(len(case), 1)
        self.assertIn(f"/my/cases/{case.id}?message=asked", answer.headers["Location"])
        self.assertEqual((case.type, case.channel, case.state), ("problem", "portal", "new"))
        self.assertEqual((case.product_id, case.lot_id.name, case.sale_order_id), (self.washer, "W1", self.order))
        self.assertEqual((case.partner_id, case.subject), (self.customer, "Washer: It <i>hums</i>"))
        self.assertIn("&lt;i&gt;hums", case.description)
        said = case.message_ids.filtered(lambda message: message.message_type == "comment")
        self.assertEqual((len(said), said.author_id), (1, self.customer))
        self.assertEqual((said.attachment_ids.name, said.attachment_ids.res_id), ("hum.jpg", case.id))
        self.assertIn(self.customer, case.message_partner_ids)

    def test_who_has_no_login_asks_by_the_link_of_the_order(self):
        self.authenticate(None, None)
        token = self.order._aftersales_signed_token()
        line = self.order.order_line[0]
        self.assertIn("Kettle", self._text(f"{NEW}?order_id={self.order.id}&access_token={token}"))
        form = {"order_id": self.order.id, "access_token": token, "about": line.id, "question": "How hot?"}
        answer = self._post(NEW, form)
        case = self._cases()
        self.assertEqual((case.partner_id, case.product_id, case.type), (self.customer, self.kettle, "question"))
        page = self._text(answer.headers["Location"])
        self.assertIn("Thank you, we have it", page)
        self.assertIn("Kettle: How hot?", page)

    def test_what_is_asked_wrongly_is_said_and_what_was_typed_is_kept(self):
        self._login(self.customer_user)
        self.assertIn("Write your question first", self._post(NEW, {"question": " \0 "}).text)
        answer = self._post(NEW, {"question": "Why?"}, {"photos-case": ("x.txt", b"no photo")})
        self.assertIn("is not a photo", answer.text)
        self.assertIn(">Why?</textarea>", answer.text)
        self.assertIn("Please add your photos again", answer.text)
        self._post(NEW, {"question": "Who?", "about": "9-9-9", "type": "visit", "partner_id": "1", "state": "closed"})
        case = self._cases()
        self.assertEqual((case.product_id.id, case.type, case.state), (False, "question", "new"))
        self.assertEqual(case.partner_id, self.customer)

    def test_nobody_asks_without_a_right_to(self):
        self.authenticate(None, None)
        self.assertIn("/web/login", self._get(NEW).headers["Location"])
        form = {"question": "Who are you?"}
        self.assertIn("/web/login", self._post(NEW, form).headers["Location"])
        for token in ("", "x", "é"):
            answer = self._post(NEW, {**form, "order_id": self.order.id, "access_token": token})
            self._assert_sent_to_start(answer)
        self._login(self.other_user)
        self._assert_sent_to_start(self._get(f"{NEW}?order_id={self.order.id}"))
        self._assert_sent_to_start(self._post(NEW, {**form, "order_id": self.order.id}))
        self.assertEqual(self._post(NEW, form, csrf=False).status_code, 400)
        self.assertFalse(self._cases())

    def test_too_many_questions_are_slowed_down(self):
        self._login(self.customer_user)
        with patch.dict(LIMITS, ask=(None, 2, None)):
            for number in range(3):
                answer = self._post(NEW, {"question": f"Question {number}"})
        self.assertIn("That was often", answer.text)
        self.assertEqual(len(self._cases()), 2)

    # === Following === #

    def test_a_customer_and_their_colleague_see_the_cases_of_their_company(self):
        for user in (self.customer_user, self.colleague_user):
            self._login(user)
            self.assertIn("Kettle: It leaks", self._text("/my/cases"))
            page = self._text(self.url)
            self.assertIn("We have it", page)
            self.assertIn(self.case.name, page)
            counters = self.url_open("/my/counters", json={"params": {"counters": ["aftersales_case_count"]}})
            self.assertEqual(counters.json()["result"], {"aftersales_case_count": 1})

    def test_another_customer_learns_nothing(self):
        self._login(self.other_user)
        self.assertIn("You have not asked anything yet", self._text("/my/cases"))
        self._assert_sent_to_start(self._get(self.url))
        self._assert_sent_to_start(self._get(f"{self.url}?access_token=x%C3%A9"))
        for action in ("close", "reopen"):
            self._assert_sent_to_start(self._post(f"{self.url}/{action}", {"reason": "x"}))
            self.assertEqual(self._get(f"{self.url}/{action}").status_code, 405)
        self.assertEqual(self.case.state, "new")

    def test_filters_and_words_find_cases(self):
        self._login(self.customer_user)
        for query, found in (
            ("", True),
            ("filterby=open", True),
            ("filterby=done", False),
            ("filterby=waiting", False),
            ("search=leaks", True),
            (f"search={self.case.name}", True),
            ("search=100%25", False),
            ("sortby=x&filterby=x&page=x", True),
        ):
            with self.subTest(query=query):
                self.assertEqual("Kettle: It leaks" in self._text(f"/my/cases?{query}"), found)

    def test_a_customer_closes_a_case_and_opens_it_again(self):
        self._login(self.customer_user)
        self.assertIn("Tell us what is still wrong", self._text_of_solved())
        for _ in range(2):
            self.assertEqual(self._post(f"{self.url}/close").status_code, 303)
        self.assertEqual(self.case.state, "closed")
        self.assertTrue(self.case.solved_at and self.case.closed_at)
        self.assertIn("Good to hear", self._text(f"{self.url}?message=close"))
        self.assertIn("Tell us what is still wrong", self._post(f"{self.url}/reopen").text)
        for _ in range(2):
            self.assertEqual(self._post(f"{self.url}/reopen", {"reason": "It leaks again"}).status_code, 303)
        self.assertEqual((self.case.is_open, self.case.reopened), (True, 1))
        said = " ".join(self.case.message_ids.mapped("body"))
        self.assertEqual((said.count("Solved, thank you"), said.count("It leaks again")), (1, 1))

    def _text_of_solved(self):
        self.case.action_solve()
        return self._text(self.url)

    def test_a_customer_says_how_we_did(self):
        self._login(self.customer_user)
        self.assertNotIn("How did we do?", self._text(self.url))
        self.assertIn("cannot be rated", self._post(f"{self.url}/rate").text)
        self.case.action_solve()
        self.assertIn("How did we do?", self._text(self.url))
        links = {self._post(f"{self.url}/rate").headers["Location"] for _ in range(2)}
        feedback = self.env["aftersales.feedback"].search([("case_id", "=", self.case.id)])
        self.assertEqual(len(feedback), 1)
        self.assertEqual([link.partition("/feedback/")[2] for link in links], [feedback._get_token()])
        self._login(self.other_user)
        self._assert_sent_to_start(self._post(f"{self.url}/rate"))

    def test_what_was_called_off_stays(self):
        self.case.action_cancel()
        self._login(self.customer_user)
        for action, words in (("close", "has been called off"), ("reopen", "is closed for good")):
            self.assertIn(words, self._post(f"{self.url}/{action}", {"reason": "x"}).text)
        self.assertEqual(self.case.state, "cancelled")

    def test_a_signed_link_is_enough_to_follow_and_close(self):
        self.authenticate(None, None)
        self._assert_sent_to_start(self._get(self.url))
        token = self.case._aftersales_signed_token()
        self.assertIn(self.case.name, self._text(f"{self.url}?access_token={token}"))
        self.assertEqual(self._post(f"{self.url}/close", {"access_token": token}).status_code, 303)
        self.assertEqual(self.case.message_ids.sorted("id")[-1:].author_id, self.customer)
        self.assertEqual(self.case.state, "closed")

    def test_a_case_leads_to_its_return(self):
        rma = self._rma(self.order)
        rma.case_id = self.case
        self._login(self.customer_user)
        self.assertIn(f'href="/my/returns/{rma.id}"', self._text(self.url))

    def test_a_promised_visit_is_in_sight(self):
        start = fields.Datetime.now().replace(hour=11, minute=0, second=0) + timedelta(days=3)
        about = {"type": "visit", "visit_kind": "home_repair", "product_id": self.washer.id}
        visit = self.env["aftersales.case"]._portal_open(self.customer, self.company, "", about=about)
        visit.write({"visit_from": start, "visit_to": start + timedelta(hours=2)})
        visit._write_guarded({"origin_case_id": self.case.id})
        self._login(self.customer_user)
        self.assertIn(f"We come on <strong>{visit.visit_window}</strong>", self._text(f"/my/cases/{visit.id}"))
        self.assertIn(f'href="/my/cases/{visit.id}"', self._text(self.url))

    def test_a_merged_case_goes_on_in_the_other(self):
        cases = self.env["aftersales.case"]
        other = cases._portal_open(self.customer, self.company, "It leaks still")
        self.case._merge_into(other)
        token = self.case._aftersales_signed_token()
        self.authenticate(None, None)
        self.assertIn(
            f"/my/cases/{other.id}?access_token=", self._get(f"{self.url}?access_token={token}").headers["Location"]
        )
        self._login(self.customer_user)
        self.assertIn(f"/my/cases/{other.id}?message=merged", self._get(self.url).headers["Location"])
        self.assertNotIn(self.case.name, self._text("/my/cases"))
        foreign = cases._portal_open(self.other_user.partner_id, self.company, "Mine")
        foreign._merge_into(other, confirmed=True)
        self._login(self.other_user)
        self.assertEqual(self._get(f"/my/cases/{foreign.id}").status_code, 200)

    def test_what_is_switched_off_disappears(self):
        self.company.aftersales_portal_cases = False
        self._login(self.customer_user)
        self.assertNotIn("/my/cases", self._text("/my"))
        for url in ("/my/cases", self.url, NEW, f"{NEW}?order_id={self.order.id}"):
            self.assertEqual(self._get(url).status_code, 404)
        self.assertEqual(self._post(NEW, {"question": "x"}).status_code, 404)

    # === The door === #

    def test_a_question_at_the_door_is_a_case(self):
        self._login(self.customer_user)
        line = self.order.order_line[0]
        door = f"/my/returns/new?order_id={self.order.id}&line={line.id}"
        self.assertIn(f'name="about-question" value="{line.id}"', self._text(door))
        form = {"order_id": self.order.id, "matter": "question", "question": "Hot?", "about-question": line.id}
        answer = self._post("/my/returns/new", form, {"photos-question": ("k.jpg", self._photo())})
        case = self._cases()
        self.assertIn(f"/my/cases/{case.id}?message=asked", answer.headers["Location"])
        self.assertEqual((case.product_id, case.sale_order_id, case.type), (self.kettle, self.order, "question"))
        self.assertEqual(case.message_ids.attachment_ids.name, "k.jpg")

    def test_a_machine_that_is_broken_at_home_is_a_visit_without_a_word(self):
        self._login(self.customer_user)
        door = f"/my/returns/new?order_id={self.order.id}"
        self.assertNotIn("repair it at my home", self._text(door))
        self.washer.product_tmpl_id.aftersales_home_repair = True
        self.assertIn("Please repair it at my home", self._text(door))
        kettle, washer = self.order.order_line
        form = {"order_id": self.order.id, "matter": "visit", "form_ref": "v"}
        for wrong in ({}, {"about-visit": kettle.id}, {"about-visit": "x"}):
            self.assertIn("Choose what is to be repaired", self._post("/my/returns/new", {**form, **wrong}).text)
        for _ in range(2):
            answer = self._post("/my/returns/new", {**form, "about-visit": washer.id})
        case = self._cases()
        self.assertIn(f"/my/cases/{case.id}?", answer.headers["Location"])
        self.assertEqual((case.type, case.product_id, case.lot_id.name), ("visit", self.washer, "W1"))
        self.assertEqual(case.subject, "Repair at home: Washer")
