from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import AftersalesCommon

NOW = "2026-10-24 10:00:00"


class TestFeedback(AftersalesCommon):
    """Asked once, answered by a link, seen to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Feedback = cls.env["aftersales.feedback"]
        cls.order = cls._sold((cls.kettle, 5))
        cls.other_order = cls._order((cls.kettle, 1), (cls.washer, 1))
        cls.rma = cls._rma(cls.order, user=cls.agent_all, vals={"user_id": cls.agent_all.id})
        cls.case = cls.env["aftersales.case"]._open(
            [{"subject": "How do I open it?", "partner_id": cls.customer.id, "user_id": cls.agent_all.id}]
        )

    def _asked(self, document=None):
        return self.Feedback._ask(document or self.order, notify=False)

    def _token(self, feedback):
        return feedback._get_token()

    # === Asking === #

    def test_each_document_and_occasion_is_asked_about_once(self):
        first = self._asked()
        self.assertEqual(
            (first.partner_id, first.product_id, first.company_id), (self.customer, self.kettle, self.company)
        )
        self.assertFalse(self._asked())
        self.assertEqual(len(self.Feedback._ask(self.order | self.other_order, notify=False)), 1)
        self.assertTrue(self.Feedback._ask(self.order, "warranty", notify=False))

    def test_a_return_and_a_case_bring_who_and_why(self):
        of_return, of_case = self._asked(self.rma), self._asked(self.case)
        self.assertEqual(of_return.reason_id, self._reason("changed_mind"))
        self.assertEqual((of_return | of_case).user_id, self.agent_all)
        self.assertEqual(of_case.team_id, self.case.team_id)

    def test_of_an_order_with_several_products_none_is_judged(self):
        self.assertFalse(self._asked(self.other_order).product_id)

    def test_the_question_goes_into_the_mail_queue(self):
        before = self.env["mail.mail"].search([])
        self.order.with_user(self.agent).action_aftersales_ask_feedback()
        mail = self.env["mail.mail"].search([]) - before
        if "/feedback/" in self.Feedback.search([], limit=1)._get_link():
            self.assertEqual((mail.recipient_ids, mail.state), (self.customer, "outgoing"))
            self.assertEqual(mail.body_html.count("?nps="), 11)
        self.assertIn("before", self.order.with_user(self.agent).action_aftersales_ask_feedback()["params"]["message"])

    # === Answering === #

    def test_figures_follow_their_definitions(self):
        feedbacks = self._asked()
        for occasion in "abc":
            feedbacks |= self.Feedback._ask(self.order, occasion, notify=False)
        answers = ({"nps": 0, "csat": 1}, {"nps": 9, "csat": 4}, {"nps": 10}, {"nps": 8, "csat": 5, "effort": 7})
        for feedback, answer in zip(feedbacks, answers, strict=True):
            feedback._answer(answer)
        self.assertEqual(feedbacks.mapped("mood"), ["detractor", "promoter", "promoter", "passive"])
        ((nps, csat, ces, mean),) = self.Feedback._read_group(
            [("id", "in", feedbacks.ids)], [], ["nps_score:avg", "csat_score:avg", "effort_score:avg", "nps:avg"]
        )
        self.assertEqual((nps, round(csat), ces, mean), (25, 67, 7, 6.75))
        self.assertEqual(self.order.aftersales_feedback_count, 4)
        self.assertEqual(self.customer.aftersales_nps, 25)

    def test_none_is_not_zero(self):
        feedback = self._asked()
        self.assertIs(feedback.nps, False)
        feedback._answer({"nps": 0})
        self.assertEqual((feedback.nps, feedback.nps is False, feedback.csat), (0, False, False))
        self.assertIn("NPS 0", feedback.display_name)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(feedback.read(["nps", "csat_score"])[0], {"id": feedback.id, "nps": 0, "csat_score": False})
        self.assertEqual(self.Feedback.search([("csat", "=", False), ("nps", "=", 0)]), feedback)

    def test_what_cannot_be_is_refused(self):
        feedback = self._asked()
        for wrong in ({"nps": 11}, {"nps": -1}, {"csat": 0}, {"effort": 8}, {"nps": True}, {"nps": "9"}):
            with self.subTest(answer=wrong), self.assertRaises(UserError):
                feedback._answer(wrong)
        self.assertFalse(feedback.answered_at)

    @freeze_time(NOW)
    def test_an_answer_changes_for_seven_days(self):
        feedback = self._asked()
        self.assertTrue(feedback._answer({"nps": 8}))
        self.assertFalse(feedback._answer({"nps": 8}))
        with freeze_time("2026-10-31 09:59:00"):
            feedback._answer({"nps": 9, "comment": " Fine. "})
        self.assertEqual((feedback.comment, feedback.answered_at), ("Fine.", fields.Datetime.to_datetime(NOW)))
        with freeze_time("2026-10-31 10:00:00"):
            feedback._answer({"nps": 9})
            with self.assertRaisesRegex(UserError, "stays as it is"):
                feedback._answer({"nps": 1})

    # === One click === #

    @freeze_time(NOW)
    def test_a_click_counts_and_is_seen_to_when_it_stays(self):
        feedback = self._asked()
        self.assertTrue(feedback._click("nps", 3))
        self.assertEqual((feedback.nps, feedback.complaint_id.ids), (3, []))
        self._run_cron()
        self.assertFalse(feedback.complaint_id)
        with freeze_time("2026-10-24 10:01:00"):
            self.assertTrue(feedback._click("nps", 4))
        with freeze_time("2026-10-24 10:04:00"):
            self._run_cron()
            self._run_cron()
        self.assertEqual(feedback.complaint_id.priority, "3")
        self.assertIn("NPS 4", feedback.complaint_id.description)

    def _run_cron(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("aftersales_crm.aftersales_feedback_cron").method_direct_trigger()
        self.env.invalidate_all()

    @freeze_time(NOW)
    def test_a_machine_that_follows_every_link_has_no_vote(self):
        self.company.aftersales_review_url = "https://reviews.example.com"
        feedback = self._asked()
        for number in (10, 9, 8, 0):
            feedback._click("nps", number)
        self.assertTrue(feedback.is_machine)
        self.assertFalse(feedback.answered_at or feedback.react_at or feedback.invited_at)
        self.assertIs(feedback.nps, False)
        feedback._answer({"nps": 10})
        self.assertEqual((feedback.nps, bool(feedback.invited_at)), (10, True))

    @freeze_time(NOW)
    def test_a_click_takes_no_words_back(self):
        feedback = self._asked()
        feedback._answer({"nps": 9, "comment": "Lovely"})
        with freeze_time("2026-10-25 10:00:00"):
            self.assertFalse(feedback._click("nps", 0))
        self.assertEqual(feedback.nps, 9)

    # === What follows === #

    def test_who_is_unhappy_gets_one_urgent_case(self):
        feedback = self._asked(self.rma)
        feedback._answer({"csat": 2, "comment": "Three weeks!"})
        case = feedback.complaint_id
        self.assertEqual((case.type, case.priority, case.channel), ("complaint", "3", "feedback"))
        self.assertEqual((case.partner_id, case.sale_order_id), (self.customer, self.order))
        self.assertIn("Three weeks!", case.description)
        self.assertIn(
            "first_answer", self.env["aftersales.commitment"].search([("case_id", "=", case.id)]).mapped("kind")
        )
        feedback._answer({"csat": 1, "comment": "<b>Four</b> weeks!"})
        self.assertEqual(feedback.complaint_id, case)
        self.assertIn("&lt;b&gt;Four", case.message_ids[0].body)
        feedback._answer({"csat": 5, "nps": 10})
        self.assertEqual((feedback.mood, case.state), ("promoter", "new"))
        self.assertIn("NPS 10", case.message_ids[0].body)
        self.assertEqual(self.env["aftersales.case"].search_count([("channel", "=", "feedback")]), 1)

    @mute_logger("odoo.addons.aftersales_crm.models.aftersales_feedback_reaction")
    def test_an_answer_is_kept_when_no_case_can_be_opened(self):
        self.env["aftersales.team"].search([("company_id", "=", self.company.id)]).action_archive()
        feedback = self._asked()
        feedback._answer({"nps": 1})
        self.assertEqual((feedback.nps, bool(feedback.react_at), len(feedback.complaint_id)), (1, True, 0))
        self.env["aftersales.team"].with_context(active_test=False).search([]).action_unarchive()
        with freeze_time(feedback.react_at):
            self._run_cron()
        self.assertEqual(feedback.complaint_id.type, "complaint")

    def test_who_is_happy_is_invited_to_review_once(self):
        first, second = self._asked(), self._asked(self.rma)
        first._answer({"nps": 10})
        self.assertFalse(first._review_url())
        self.company.aftersales_review_url = "https://reviews.example.com"
        first._answer({"nps": 9})
        second._answer({"nps": 10})
        self.assertEqual((first._review_url(), second._review_url()), ("https://reviews.example.com", ""))
        first._answer({"nps": 2})
        self.assertFalse(first._review_url())
        with self.assertRaises(UserError):
            self.company.aftersales_review_url = "javascript:alert(1)"

    def test_an_answer_is_part_of_the_history(self):
        feedback = self._asked()
        domain = [("res_model", "=", "aftersales.feedback"), ("res_id", "=", feedback.id)]
        self.env.cr.flush()
        self.assertFalse(self.env["aftersales.event"].search(domain))
        feedback._answer({"nps": 7})
        self.env.cr.flush()
        event = self.env["aftersales.event"].search(domain)
        self.assertEqual((event.kind, event.title), ("feedback", f"{self.order.name} · NPS 7"))
        before = event.read()
        self.env["aftersales.event"]._rebuild()
        self.assertEqual(self.env["aftersales.event"].search(domain).read(), before)

    def test_only_what_a_customer_allows_is_published(self):
        feedback = self._asked()
        feedback._answer({"nps": 9, "comment": "Fine"})
        with self.assertRaisesRegex(UserError, "not allowed"):
            feedback.with_user(self.manager).action_publish()
        feedback._answer({"consent": True})
        with self.assertRaises(AccessError):
            feedback.with_user(self.agent_all).action_publish()
        feedback.with_user(self.manager).action_publish()
        self.assertTrue(feedback.is_published)
        feedback._answer({"consent": False})
        self.assertFalse(feedback.is_published)

    # === Links and rights === #

    def test_only_the_right_link_opens_until_it_ends_or_is_revoked(self):
        feedback = self._asked()
        token = self._token(feedback)
        self.assertEqual(self.Feedback._by_token(token), feedback)
        for wrong in (None, 5, "", "-", "x", token[:-1], f"{feedback.id}-", f"{feedback.id + 1}-x", f"9{token}", "é"):
            with self.subTest(token=wrong):
                self.assertFalse(self.Feedback._by_token(wrong))
        with freeze_time(fields.Datetime.now() + timedelta(days=91)):
            self.assertFalse(self.Feedback._by_token(token))
        with self.assertRaises(AccessError):
            feedback.with_user(self.agent_all).action_revoke_link()
        feedback.with_user(self.manager).action_revoke_link()
        self.assertFalse(self.Feedback._by_token(token))
        self.assertNotEqual(self._token(feedback), token)

    def test_agents_read_their_own_and_free_feedback_and_write_none(self):
        free, others = self._asked(), self._asked(self.rma)
        portal = new_test_user(self.env, "portal_feedback", groups="base.group_portal")
        readable = [
            user for user in (self.agent, self.agent_all, self.manager) if others.with_user(user).has_access("read")
        ]
        self.assertEqual(readable, [self.agent_all, self.manager])
        self.assertTrue(free.with_user(self.agent).has_access("read"))
        for user in (portal, self.stranger):
            with self.assertRaises(AccessError):
                free.with_user(user).read(["nps"])
        for user in (self.agent_all, self.manager):
            with self.assertRaises(AccessError):
                free.with_user(user).write({"nps": 10})
            with self.assertRaises(AccessError):
                free.with_user(user).read(["link_token"])

    # === The façade === #

    def _record(self, user=None, **params):
        return self.env["aftersales.api"].with_user(user or self.agent).record_feedback(params)

    def test_a_script_records_feedback_by_order_or_token(self):
        first = self._record(order=self.order.name, nps=9, comment="Quick")
        self.assertEqual((first["nps"], first["csat"], first["mood"]), (9, False, "promoter"))
        self.assertEqual(self._record(order=self.order.id, nps=9), first)
        token = self._token(self.Feedback.browse(first["id"]))
        self.assertEqual(self._record(token=token, csat=4)["csat"], 4)
        for params, message in (
            ({"order": self.order.name}, "at least one"),
            ({"nps": 5}, "either an order or a token"),
            ({"order": self.order.name, "token": token, "nps": 5}, "either"),
            ({"token": "1-wrong", "nps": 5}, "wrong or has ended"),
            ({"order": self.order.name, "nps": 11}, "more than 10"),
            ({"order": self.order.name, "nps": 1.5}, "expected integer"),
            ({"order": self._order((self.kettle, 1), confirm=False).name, "nps": 5}, "not confirmed"),
        ):
            with self.subTest(params=params), self.assertRaisesRegex(UserError, message):
                self._record(**params)
        with self.assertRaises(AccessError):
            self._record(user=self.stranger, order=self.order.id, nps=5)

    @mute_logger("odoo.sql_db")
    def test_two_at_once_record_one(self):
        self.env.cr.flush()
        with self._worker() as env:
            env["aftersales.feedback"]._ask(env["sale.order"].browse(self.order.id), notify=False)
        self.assertFalse(self._asked())
        self.assertEqual(self.Feedback.search_count([("sale_order_id", "=", self.order.id)]), 1)
