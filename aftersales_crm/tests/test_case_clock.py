from datetime import datetime

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import new_test_user

from .common import AftersalesCommon


class TestCaseClock(AftersalesCommon):
    """Who spoke last, what that moves, and when silence ends a case."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env["aftersales.team"]._default_team(cls.company)
        cls.team.write({"auto_close_days": 7, "reopen_days": 30})
        cls.portal = new_test_user(cls.env, "clock_portal", groups="base.group_portal", email="clock@example.com")
        cls.portal.partner_id.parent_id = cls.customer

    def _case(self, **vals):
        case = self.env["aftersales.case"].create({"subject": "It leaks", "partner_id": self.customer.id, **vals})
        return case.with_user(self.agent)

    def _say(self, case, user=None, subtype="mail.mt_comment", **values):
        values.setdefault("message_type", "comment")
        return case.with_user(user or self.agent).message_post(body="A word", subtype_xmlid=subtype, **values)

    def _run(self):
        with self.enter_registry_test_mode():
            self.env.ref("aftersales_crm.aftersales_case_silence_cron").method_direct_trigger()
        self.env.invalidate_all()

    # === Who spoke === #

    def test_the_first_public_word_of_an_agent_is_the_first_answer(self):
        case = self._case()
        with freeze_time("2026-03-02 09:00"):
            self._say(case, subtype="mail.mt_note")
            self._say(case, user=self.env.ref("base.user_root"))
            self._say(case, message_type="notification")
            case.message_post(body="To all", message_type="comment", subtype_xmlid="mail.mt_activities")
        self.assertFalse(case.first_answer_at or case.last_answer_at or case.last_customer_at)
        with freeze_time("2026-03-02 10:00"):
            message = self._say(case)
        with freeze_time("2026-03-02 12:00"):
            self._say(case)
            case._message_update_content(message, body="Another word")
        self.assertEqual((case.first_answer_at.hour, case.last_answer_at.hour), (10, 12))
        self.assertEqual((case.state, case.user_id), ("in_progress", self.agent))
        case.sudo()._message_update_content(message.sudo(), body="", attachment_ids=[])
        self.assertEqual(case.first_answer_at.hour, 10)

    def test_the_customers_word_resumes_and_reopens(self):
        for state, after, reopened in (
            ("new", "new", 0),
            ("in_progress", "in_progress", 0),
            ("waiting_internal", "waiting_internal", 0),
            ("waiting_customer", "in_progress", 0),
            ("solved", "in_progress", 1),
            ("closed", "in_progress", 1),
        ):
            with self.subTest(state=state), freeze_time("2026-03-02 09:00"):
                case = self._case()
                if state != "new":
                    case._transition(state)
                self._say(case, user=self.portal)
                self.assertEqual((case.state, case.reopened), (after, reopened))
                self.assertEqual(case.last_customer_at, datetime(2026, 3, 2, 9))
                self.assertFalse(case.paused_since)

    def test_a_word_long_after_the_end_goes_on_in_a_new_case(self):
        with freeze_time("2026-01-01 09:00"):
            case = self._case(product_id=self.kettle.id)
            case.action_close()
        with freeze_time("2026-01-31 09:01"):
            self._say(case, user=self.portal)
        follower = self.env["aftersales.case"].search([("previous_id", "=", case.id)])
        self.assertEqual((case.state, case.reopened), ("closed", 0))
        self.assertEqual(
            (follower.partner_id, follower.product_id, follower.state), (self.customer, self.kettle, "new")
        )
        self.assertIn("A word", follower._plain_description())
        with freeze_time("2026-02-01 09:01"):
            self._say(case)
        self.assertEqual(len(self.env["aftersales.case"].search([("previous_id", "=", case.id)])), 1)

    def test_times_never_go_back_and_nobody_sets_them(self):
        case = self._case()
        case.sudo()._customer_spoke(datetime(2026, 3, 2))
        case.sudo()._customer_spoke(datetime(2026, 3, 1))
        case.sudo()._we_answered(datetime(2026, 3, 4))
        case.sudo()._we_answered(datetime(2026, 3, 3))
        self.assertEqual((case.last_customer_at.day, case.last_answer_at.day, case.first_answer_at.day), (2, 4, 4))
        for vals in ({"paused_since": "2026-01-01"}, {"quiet_since": "2026-01-01"}, {"previous_id": case.id}):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                case.write(vals)

    # === Silence === #

    def test_silence_counts_from_the_last_word_of_either_side(self):
        with freeze_time("2026-03-02 09:00"):
            waiting, solved, active, asked = (self._case() for _n in range(4))
            for case in (waiting, asked):
                self._say(case)
                case.action_wait_customer()
            solved.action_solve()
            active.action_start()
        with freeze_time("2026-03-05 09:00"):
            self._say(waiting)
        with freeze_time("2026-03-09 08:59"):
            self._run()
            self.assertEqual({case.is_open for case in (waiting, active, asked)} | {solved.state}, {True, "solved"})
        with freeze_time("2026-03-09 09:00"):
            self._run()
            states = [case.state for case in (waiting, solved, active, asked)]
            self.assertEqual(states, ["waiting_customer", "closed", "in_progress", "closed"])
        with freeze_time("2026-03-12 09:00"):
            self._run()
        self.assertEqual(waiting.state, "closed")

    def test_a_day_of_silence_is_a_day_where_the_shop_is(self):
        """In Warsaw the night of 29 March 2026 has an hour less, that of 25 October one more."""
        for spoke, before, closes in (
            ("2026-03-25 11:00", "2026-04-01 09:59", "2026-04-01 10:00"),
            ("2026-10-21 10:00", "2026-10-28 10:59", "2026-10-28 11:00"),
        ):
            with self.subTest(spoke=spoke):
                with freeze_time(spoke):
                    case = self._case()
                    case.action_wait_customer()
                with freeze_time(before):
                    self._run()
                    self.assertEqual(case.state, "waiting_customer")
                with freeze_time(closes):
                    self._run()
                    self.assertEqual(case.state, "closed")

    def test_what_a_sleeping_job_missed_is_caught_up_once(self):
        self.env.ref("aftersales_crm.mail_step_case_closed").write({"is_on": True})
        with freeze_time("2026-11-02 09:00"):
            self.env.ref("aftersales_crm.mail_step_case_closed").since = "2026-01-01"
            cases = self.env["aftersales.case"].create(
                [{"subject": f"Case {n}", "partner_id": self.customer.id} for n in range(3)]
            )
            cases._transition("waiting_customer")
        never = self.env["aftersales.team"].create({"name": "Patient", "auto_close_days": 0})
        patient = self._case(team_id=never.id)
        patient.action_wait_customer()
        with freeze_time("2026-11-19 09:00"):
            self._run()
            self._run()
        self.assertEqual(set(cases.mapped("state")), {"closed"})
        self.assertEqual(patient.state, "waiting_customer")
        mails = self.env["aftersales.case.mail"].search([("case_id", "in", cases.ids)])
        self.assertEqual(len(mails.filtered(lambda mail: mail.step_id.code == "case_closed")), 3)
        self.assertEqual(len(cases[0].message_ids.filtered(lambda m: "nothing was heard" in (m.body or ""))), 1)
        mails[0]._send_last()
        self.assertEqual(mails[0].state, "sent")
        with freeze_time("2026-11-20 09:00"):
            self._say(cases[0], user=self.portal)
            self._run()
        self.assertEqual((cases[0].state, cases[0].reopened), ("in_progress", 1))

    def test_a_case_that_may_not_be_closed_stops_no_other(self):
        with freeze_time("2026-03-02 09:00"):
            cases = self.env["aftersales.case"].create([{"subject": "One"}, {"subject": "Two"}])
            cases._transition("waiting_customer")

        def refuse(records, target):
            if target == "closed" and cases[0] in records:
                raise UserError(records.env._("Not now"))

        self.patch(type(cases), "_check_transition", refuse)
        with freeze_time("2026-04-02 09:00"), self.assertLogs("odoo.addons.aftersales_crm", "WARNING"):
            cases._close_silent()
        self.assertEqual(cases.mapped("state"), ["waiting_customer", "closed"])
