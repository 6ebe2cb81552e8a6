from datetime import datetime, timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from .common import AftersalesCommon


class CommitmentCommon(AftersalesCommon):
    """A shop that works from nine to five and has switched its promises on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Office",
                "tz": "Europe/Warsaw",
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create({"name": "Day", "dayofweek": str(day), "hour_from": 9, "hour_to": 17})
                        for day in range(5)
                    ),
                ],
            }
        )
        cls.company.resource_calendar_id = cls.calendar
        cls.lead = new_test_user(cls.env, "aftersales_lead", groups="aftersales_crm.aftersales_crm_group_agent_all")
        cls.team = cls.env["aftersales.team"]._default_team(cls.company)
        cls.team.write({"leader_id": cls.lead.id, "member_ids": [Command.set([cls.agent.id, cls.lead.id])]})
        cls.rules = cls.env["aftersales.commitment.rule"].search([])
        cls.rules.since = "2026-01-01"
        cls.commitments = cls.env["aftersales.commitment"]
        cls.cron = cls.env.ref("aftersales_crm.ir_cron_commitment")

    def _case(self, **vals):
        vals = {"subject": "It drips", "partner_id": self.customer.id, "user_id": self.agent.id, **vals}
        case = self.env["aftersales.case"]._open([vals])
        self._settle_promises()
        return case

    def _settle_promises(self):
        """What the end of a transaction does."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.invalidate_all()

    def _promise(self, document, kind):
        self._settle_promises()
        return document.sudo().commitment_ids.filtered(lambda one: one.kind == kind)

    def _watch(self):
        self._settle_promises()
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()


# 10 March 2026 is a Tuesday; Warsaw is at UTC+1.
@freeze_time("2026-03-10 09:00:00")
class TestCommitmentOfCase(CommitmentCommon):
    def test_a_case_gets_what_the_rules_promise(self):
        for priority, answer, solution in (
            ("0", datetime(2026, 3, 11, 9), datetime(2026, 3, 17, 9)),
            ("1", datetime(2026, 3, 11, 9), datetime(2026, 3, 13, 9)),
            ("2", datetime(2026, 3, 10, 13), datetime(2026, 3, 12, 9)),
            ("3", datetime(2026, 3, 10, 10), datetime(2026, 3, 11, 9)),
        ):
            with self.subTest(priority=priority):
                case = self._case(priority=priority)
                self.assertEqual(self._promise(case, "first_answer").promised_on, answer)
                self.assertEqual(self._promise(case, "resolution").promised_on, solution)
                self.assertEqual(len(case.commitment_ids), 2)

    def test_nothing_is_promised_on_documents_from_before_the_switch(self):
        self.rules.since = "2026-03-11"
        self.assertFalse(self._case().commitment_ids)
        self.rules.is_on = False
        self.assertFalse(self._case().commitment_ids)
        self.assertFalse(self.commitments._promise(self._case(), "first_answer"))

    def test_an_answer_and_a_solution_keep_what_was_promised(self):
        case = self._case()
        answer, solution = self._promise(case, "first_answer"), self._promise(case, "resolution")
        with freeze_time("2026-03-10 11:00:00"):
            case._we_answered()
            case.with_user(self.agent).action_start()
            self._settle_promises()
        self.assertEqual((answer.state, answer.closing, answer.hours_taken), ("kept", "kept", 2.0))
        self.assertEqual((solution.state, solution.closing), ("open", False))
        with freeze_time("2026-03-18 11:00:00"):
            self.env.invalidate_all()
            self.assertEqual(solution.state, "broken", "no job is needed for that")
            self.assertIn(solution, self.commitments.search([("state", "=", "broken")]))
            self.assertNotIn(solution, self.commitments.search([("state", "=", "open")]))
            case.with_user(self.agent).action_solve()
            self._settle_promises()
        self.assertEqual((solution.closing, solution.kept_rate, solution.hours_taken), ("broken", 0.0, 50.0))

    def test_the_clock_stands_still_while_we_wait_for_the_customer(self):
        case = self._case()
        solution = self._promise(case, "resolution")
        due = solution.promised_on
        with freeze_time("2026-03-11 09:00:00"):
            case.with_user(self.agent).action_wait_customer()
            self._settle_promises()
            self.assertEqual(solution.paused_at, datetime(2026, 3, 11, 9))
        with freeze_time("2026-03-30 09:00:00"):
            self.env.invalidate_all()
            self.assertEqual(solution.state, "open", "it stands still")
            self.assertNotIn(solution, self.commitments.search([("state", "=", "broken")]))
        # Thirteen working days later, over the change of clocks.
        with freeze_time("2026-03-30 08:00:00"):
            case.with_user(self.agent).action_start()
            self._settle_promises()
        self.assertEqual(solution.promised_on, datetime(2026, 4, 3, 8))
        self.assertEqual(solution.first_promised_on, due)
        for _again in range(2):
            solution._with_system()._reschedule()
            self.assertEqual(solution.promised_on, datetime(2026, 4, 3, 8), "computed anew, it is the same")

    def test_a_late_promise_is_not_saved_by_waiting(self):
        case = self._case()
        solution = self._promise(case, "resolution")
        with freeze_time("2026-03-18 09:00:00"):
            case.with_user(self.agent).action_wait_customer()
            self._settle_promises()
        with freeze_time("2026-03-20 09:00:00"):
            self.env.invalidate_all()
            self.assertEqual(solution.state, "broken")
            self.assertIn(solution, self.commitments.search([("state", "=", "broken")]))

    def test_a_case_that_is_reopened_is_owed_again(self):
        case = self._case()
        solution = self._promise(case, "resolution")
        with freeze_time("2026-03-11 09:00:00"):
            case.with_user(self.agent).action_solve()
            self._settle_promises()
        self.assertEqual(solution.closing, "kept")
        with freeze_time("2026-03-13 09:00:00"):
            case.with_user(self.agent).action_reopen()
            self._settle_promises()
        self.assertFalse(solution.closing)
        self.assertEqual(solution.promised_on, datetime(2026, 3, 19, 9), "two days that it was solved")
        with freeze_time("2026-03-13 10:00:00"):
            case.with_user(self.agent).action_cancel()
            self._settle_promises()
        self.assertEqual(solution.closing, "cancelled")

    def test_a_complaint_is_answered_when_the_law_wants_it(self):
        laws = self.env["aftersales.jurisdiction"].search([("country_ids", "in", self.poland.ids)])
        laws.answer_days = 14
        case = self._case(type="complaint")
        answer = self._promise(case, "complaint_answer")
        self.assertEqual(answer.promised_on, datetime(2026, 3, 24, 22, 59, 59))
        case.with_user(self.agent).action_wait_customer()
        self._settle_promises()
        self.assertFalse(answer.paused_at, "the law waits for nobody")
        case.type = "question"
        self._settle_promises()
        self.assertEqual(answer.closing, "cancelled")
        case.type = "complaint"
        self._settle_promises()
        self.assertFalse(answer.closing)
        self.customer.is_company = True
        self.assertFalse(self._promise(self._case(type="complaint"), "complaint_answer"), "consumers only")
        self.customer.is_company = False

    def test_a_case_that_gets_urgent_is_due_earlier(self):
        case = self._case()
        solution = self._promise(case, "resolution")
        first = solution.promised_on
        case.priority = "3"
        self._settle_promises()
        self.assertEqual(solution.promised_on, datetime(2026, 3, 11, 9))
        self.assertEqual(solution.first_promised_on, first)

    def test_scripts_read_what_was_promised(self):
        api = self.env["aftersales.api"].with_user(self.agent)
        answer = {"type": "question", "subject": "Which filter?", "partner": self.customer.id}
        case = api.open_case(answer)
        kinds = {promise["kind"]: promise for promise in case["commitments"]}
        self.assertEqual(set(kinds), {"first_answer", "resolution"})
        self.assertEqual(kinds["resolution"]["promised_on"], "2026-03-17 09:00:00")
        solved = api.solve_case({"case": case["id"], "solution": "The white one."})
        self.assertEqual({promise["state"] for promise in solved["commitments"]}, {"kept"})

    def test_holidays_and_the_hours_of_the_team_count(self):
        self.env["resource.calendar.leaves"].create(
            {"name": "Holiday", "date_from": "2026-03-10 23:00:00", "date_to": "2026-03-11 23:00:00"}
        )
        self.assertEqual(self._promise(self._case(), "first_answer").promised_on, datetime(2026, 3, 12, 9))
        night = self.calendar.copy({"name": "Night"})
        night.attendance_ids.write({"hour_from": 18, "hour_to": 22})
        self.team.resource_calendar_id = night
        self.assertEqual(self._promise(self._case(), "first_answer").promised_on, datetime(2026, 3, 12, 21))
        self.team.resource_calendar_id = False

    def test_one_document_promises_each_kind_once(self):
        case = self._case()
        link = {"case_id": case.id}
        known = case.commitment_ids
        for kind in ("first_answer", "resolution"):
            self.assertEqual(len(self.commitments._promise(case, kind)), 1)
        rows = [
            {
                **link,
                "company_id": self.company.id,
                "kind": "first_answer",
                **{name: datetime(2026, 3, 11) for name in ("started_on", "promised_on", "first_promised_on")},
            }
        ]
        self.assertFalse(self.commitments._insert(rows), "another worker was first")
        self.assertEqual(case.commitment_ids, known)
        kept = self.commitments._keep(case, "first_answer")
        self.assertEqual((kept.kind, kept.closing), ("first_answer", "kept"))
        self.assertFalse(self.commitments._keep(case, "first_answer"), "it was kept before")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.commitments._with_system().create(rows)


@freeze_time("2026-03-10 09:00:00")
class TestCommitmentOfReturn(CommitmentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 20))

    def _pay(self, moves):
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=moves.ids)
        return wizard.create({"journal_id": journal.id})._create_payments()

    def _refunded(self):
        self._pay(self.order.invoice_ids)
        rma = self._rma(self.order)
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        return rma

    def test_a_refund_is_kept_when_it_is_paid_and_open_again_when_the_payment_is_undone(self):
        rma = self._refunded()
        promise = self._promise(rma, "refund")
        self.assertEqual(promise.promised_on, datetime(2026, 3, 24, 22, 59, 59))
        self.assertEqual(str(rma.refund_by), "2026-03-24")
        self.assertFalse(promise.closing, "a credit note is no money")
        with freeze_time("2026-03-12 09:00:00"):
            payment = self._pay(rma.sudo().refund_ids)
            self._settle_promises()
        self.assertEqual(rma.payout_status, "paid")
        self.assertEqual((promise.closing, promise.kept_rate), ("kept", 100.0))
        payment.action_draft()
        payment.action_cancel()
        self._settle_promises()
        self.assertEqual(rma.payout_status, "to_pay")
        self.assertFalse(promise.closing)
        with freeze_time("2026-03-25 12:00:00"):
            self.env.invalidate_all()
            self.assertEqual(promise.state, "broken")
            self._pay(rma.sudo().refund_ids)
            self._settle_promises()
        self.assertEqual((promise.closing, promise.kept_rate), ("broken", 0.0))

    def test_a_refund_is_not_owed_while_nothing_is_approved(self):
        rma = self._rma(self.order)
        self.assertFalse(self._promise(rma, "refund"))
        rma.action_approve()
        promise = self._promise(rma, "refund")
        self.assertTrue(promise)
        rma.action_cancel()
        self._settle_promises()
        self.assertEqual(promise.closing, "cancelled")

    def test_a_complaint_is_answered_by_a_mail_that_does_not_fail(self):
        laws = self.env["aftersales.jurisdiction"].search([("country_ids", "in", self.poland.ids)])
        laws.write({"answer_days": 14, "silence": "accepted"})
        rma = self._rma(self.order, reason=self._reason("defective"))
        promise = self._promise(rma, "complaint_answer")
        self.assertEqual(promise.promised_on, datetime(2026, 3, 24, 22, 59, 59))
        rma.action_reject("It was dropped.")
        self._settle_promises()
        self.assertFalse(promise.closing, "decided, not told")
        with freeze_time("2026-03-11 09:00:00"):
            message = rma.message_post(
                body="No.", message_type="comment", subtype_xmlid="mail.mt_comment", partner_ids=self.customer.ids
            )
            self._settle_promises()
        self.assertEqual(promise.kept_on, datetime(2026, 3, 11, 9))
        notification = self.env["mail.notification"].sudo().search([("mail_message_id", "=", message.id)])
        notification.notification_status = "bounce"
        with freeze_time("2026-03-12 09:00:00"):
            self._watch()
        self.assertFalse(promise.closing, "it never arrived")

    def test_a_replacement_is_kept_when_it_is_shipped(self):
        self._stock(self.kettle, 5)
        rma = self._rma(self.order, reason=self._reason("defective"), remedy=self._remedy("replacement"))
        rma.action_approve()
        promise = self._promise(rma, "replacement")
        self.assertTrue(promise)
        self.assertTrue(promise.paused_at, "the goods have to come first")
        with freeze_time("2026-03-16 09:00:00"):
            self._receive(rma)
            self._settle_promises()
            self.assertFalse(promise.paused_at)
            self.assertEqual(promise.promised_on, datetime(2026, 3, 19, 9), "24 working hours from then")
            rma.action_settle()
            self._settle_promises()
            self.assertFalse(promise.closing)
            picking = rma.sudo().remedy_ids.move_ids.picking_id
            picking.move_ids.picked = True
            picking._action_done()
            self._settle_promises()
        self.assertEqual(promise.closing, "kept")


@freeze_time("2026-03-10 09:00:00")
class TestCommitmentByHand(CommitmentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules.since = False
        cls.order = cls._sold((cls.kettle, 2))

    def _dialog(self, document, note="Call back", **vals):
        action = document.with_user(self.agent).action_aftersales_promise()
        form = Form(self.env["aftersales.promise"].with_user(self.agent).with_context(action["context"]))
        form.note = note
        for name, value in vals.items():
            setattr(form, name, value)
        form.save().action_apply()
        self.env.invalidate_all()

    def test_quick_choices_are_when_people_expect_them(self):
        case = self._case()
        for quick, due in (
            ("today", datetime(2026, 3, 10, 16)),
            ("tomorrow", datetime(2026, 3, 11, 11)),
            ("friday", datetime(2026, 3, 13, 16)),
            ("week", datetime(2026, 3, 17, 16)),
        ):
            self._dialog(case, quick, quick=quick)
            promise = case.commitment_ids.filtered(lambda one, quick=quick: one.note == quick)
            self.assertEqual((promise.promised_on, promise.kind), (due, "other"), quick)
        self.assertEqual(len(case.commitment_ids), 4, "several of one document")

    def test_agents_promise_on_cases_returns_and_orders(self):
        rma = self._rma(self.order)
        for document in (self._case(), rma, self.order):
            self._dialog(document)
            promise = self.commitments.search([("note", "=", "Call back")], order="id desc", limit=1)
            self.assertEqual(promise._document(), document)
            self.assertIn("Call back", document.message_ids[0].body)
            promise.with_user(self.agent).action_keep()
            self.assertEqual((promise.state, promise.kept_by), ("kept", self.agent))
            with self.assertRaises(UserError):
                promise.with_user(self.agent).action_keep()

    def test_a_promise_is_moved_with_a_reason_and_keeps_its_first_time(self):
        case = self._case()
        self._dialog(case)
        promise = case.commitment_ids
        first = promise.promised_on
        action = promise.with_user(self.agent).action_open_move()
        form = Form(self.env["aftersales.promise"].with_user(self.agent).with_context(action["context"]))
        form.quick = "friday"
        form.reason = "The part is not here."
        form.save().action_apply()
        self.assertEqual(promise.promised_on, datetime(2026, 3, 13, 16))
        self.assertEqual((promise.first_promised_on, promise.moved), (first, 1))
        self.assertIn("The part is not here.", promise.move_reason)
        self.assertIn("The part is not here.", case.message_ids[0].body)
        with freeze_time("2026-03-12 09:00:00"):
            promise.with_user(self.agent).action_keep()
        self.assertEqual((promise.state, promise.kept_rate), ("kept", 0.0), "kept, and not as first promised")

    def test_what_makes_no_sense_is_refused(self):
        case = self._case()
        make = self.commitments.with_user(self.agent)._make
        for note, on, words in (
            ("", datetime(2026, 3, 11), "what you promise"),
            ("  ", datetime(2026, 3, 11), "what you promise"),
            ("Call", datetime(2026, 3, 10, 8), "still to come"),
            ("Call", False, "still to come"),
        ):
            with self.subTest(note=note, on=on), self.assertRaisesRegex(UserError, words):
                make(case.with_user(self.agent), note, on)
        self.assertFalse(case.commitment_ids)
        self._dialog(case)
        promise = case.commitment_ids.with_user(self.agent)
        for on, reason in ((datetime(2026, 3, 9), "x"), (datetime(2026, 3, 12), ""), (datetime(2026, 3, 12), False)):
            with self.subTest(on=on, reason=reason), self.assertRaises(UserError):
                promise._move(on, reason)
        with self.assertRaises(UserError):
            promise._drop(" ")

    def test_rows_are_the_systems(self):
        case = self._case()
        self._dialog(case)
        promise = case.commitment_ids
        for name, value in (
            ("promised_on", "2027-01-01 00:00:00"),
            ("first_promised_on", "2027-01-01 00:00:00"),
            ("closing", "kept"),
            ("kept_rate", 100.0),
        ):
            for user in (self.agent, self.manager):
                with self.subTest(name=name), self.assertRaises(UserError):
                    promise.with_user(user).write({name: value})
        with self.assertRaises(AccessError):
            promise.with_user(self.manager).unlink()
        with self.assertRaises(UserError):
            self.commitments.with_user(self.manager).create({"case_id": case.id, "kind": "other"})
        with self.assertRaises(UserError):
            promise.with_user(self.agent).breach_cause = "The courier."
        promise.with_user(self.lead).breach_cause = "The courier."

    def test_others_see_and_touch_nothing(self):
        case = self._case(user_id=self.manager.id)
        self.commitments._make(case.with_user(self.manager), "Call back", datetime(2026, 3, 12))
        promise = case.commitment_ids
        other = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = new_test_user(
            self.env,
            "foreign_manager",
            groups="aftersales_crm.aftersales_crm_group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        customer = new_test_user(self.env, "curious", groups="base.group_portal", partner_id=self.customer.id)
        for user in (self.agent, self.stranger, foreign, customer):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    promise.with_user(user).read(["note"])
                with self.assertRaises(AccessError):
                    promise.with_user(user).action_keep()
        self.assertFalse(self.commitments.with_user(self.agent).search([("id", "=", promise.id)]))
        with self.assertRaises(AccessError):
            self.commitments.with_user(self.agent)._make(case.with_user(self.agent), "x", datetime(2026, 3, 12))

    def test_a_late_promise_is_dropped_by_managers_only(self):
        case = self._case()
        self._dialog(case)
        promise = case.commitment_ids
        with freeze_time("2026-03-20 09:00:00"):
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                promise.with_user(self.agent)._drop("It was late anyway.")
            promise.with_user(self.manager)._drop("The customer moved away.")
        self.assertEqual(promise.state, "cancelled")

    def test_the_set_up_switches_promises_on_and_off(self):
        rules = self.env["aftersales.commitment.rule"].with_user(self.manager)
        self.assertEqual(rules.search([]), self.rules, "a manager sees them")
        for switch in (True, False):
            setup = Form(self.env["aftersales.setup"].with_user(self.manager))
            setup.with_promises = switch
            setup.save().action_apply()
            self.assertEqual(set(rules.search([]).mapped("is_on")), {switch})
        other = self.env["res.company"].create({"name": "Elsewhere too"})
        self.rules.is_on = True
        self.assertFalse(any(self.rules.with_company(other).mapped("is_on")), "each company for itself")

    def test_rules_promise_what_can_be(self):
        rules = self.env["aftersales.commitment.rule"].with_user(self.manager)
        for vals in (
            {"document": "sale.order", "kind": "refund"},
            {"document": "aftersales.case", "kind": "refund"},
            {"document": "aftersales.case", "kind": "resolution", "unit": "law"},
        ):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                rules.create({"name": "Rule", **vals})
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            rules.create({"name": "Rule", "duration": 0})
        with self.assertRaises(AccessError):
            rules.with_user(self.agent).create({"name": "Rule"})

    def test_a_delivery_is_promised_by_rule_and_kept_when_it_has_left(self):
        self.env["aftersales.commitment.rule"].create(
            {"name": "Ships", "document": "sale.order", "kind": "delivery", "duration": 16, "since": "2026-01-01"}
        )
        order = self._order((self.kettle, 1))
        self._settle_promises()
        promise = order.aftersales_commitment_ids
        self.assertEqual(promise.promised_on, datetime(2026, 3, 12, 9))
        with freeze_time("2026-03-11 09:00:00"):
            self._deliver(order)
            self._settle_promises()
        self.assertEqual(promise.closing, "kept")


@freeze_time("2026-03-10 09:00:00")
class TestCommitmentWatch(CommitmentCommon):
    def _activities(self, case):
        return self.env["mail.activity"].search([("res_model", "=", "aftersales.case"), ("res_id", "=", case.id)])

    def test_people_are_warned_before_and_told_after_each_once(self):
        case = self._case()
        answer = self._promise(case, "first_answer")  # due on the 11th at 9:00, a warning after 6 of 8 hours
        self._watch()
        self.assertFalse(self._activities(case))
        with freeze_time("2026-03-10 15:00:00"):
            for _run in range(2):
                self._watch()
                self.assertEqual(self._activities(case).user_id, self.agent)
                self.assertEqual(len(self._activities(case)), 1)
        self.assertFalse(answer.breached_at)
        with freeze_time("2026-03-11 09:15:00"):
            for _run in range(2):
                self._watch()
                told = self._activities(case).user_id
                self.assertIn(self.lead, told)
                self.assertIn(self.manager, told)
                self.assertEqual(len(self._activities(case).filtered(lambda one: one.user_id == self.lead)), 1)
            self.assertEqual(answer.breached_at, answer.promised_on)
            case._we_answered()
            self._settle_promises()
        self.assertFalse(self._activities(case), "done, nobody has to look at it")

    def test_ten_days_without_the_job_are_one_escalation(self):
        case = self._case()
        with freeze_time("2026-03-21 09:00:00"):
            self._watch()
            self._watch()
        mine = self._activities(case).filtered(lambda one: one.user_id == self.lead)
        self.assertEqual(len(mine), 2, "first answer and solution, one each, and no warnings of the past")
        self.assertNotIn(self.agent, self._activities(case).user_id)
        promises = case.commitment_ids
        self.assertEqual(promises.mapped("escalated_for"), promises.mapped("promised_on"))

    def test_many_are_one_summary(self):
        cases = self.env["aftersales.case"].union(*(self._case() for _number in range(6)))
        with freeze_time("2026-03-21 09:00:00"):
            before = self.env["mail.message"].sudo().search_count([("partner_ids", "in", self.lead.partner_id.ids)])
            self._watch()
            told = self.env["mail.message"].sudo().search([("partner_ids", "in", self.lead.partner_id.ids)])
        self.assertEqual(len(told) - before, 1)
        self.assertFalse(cases.activity_ids.filtered(lambda one: one.user_id == self.lead))
        self.assertIn("12", told.sorted("id")[-1].subject)

    def test_a_moved_promise_is_watched_anew(self):
        case = self._case()
        answer = self._promise(case, "first_answer")
        with freeze_time("2026-03-11 10:00:00"):
            self._watch()
            answer.with_user(self.agent)._move(datetime(2026, 3, 12, 9), "The expert is ill.")
            first = answer.breached_at
        with freeze_time("2026-03-12 10:00:00"):
            self._watch()
        self.assertEqual(answer.escalated_for, datetime(2026, 3, 12, 9))
        self.assertEqual(answer.breached_at, first, "since when it is broken stays")

    def test_a_paused_promise_is_left_alone(self):
        case = self._case()
        case.with_user(self.agent).action_wait_customer()
        self._settle_promises()
        with freeze_time("2026-03-21 09:00:00"):
            self._watch()
        self.assertFalse(self._activities(case))

    def test_the_next_promise_is_what_the_countdown_shows(self):
        case = self._case().with_user(self.agent)
        clock = case.promise_clock
        self.assertEqual((clock["due"], clock["what"], clock["more"]), ("2026-03-11 09:00:00", "First answer", 1))
        case._we_answered()
        self.assertEqual(case.promise_clock["what"], "Solution", "in the same transaction")
        self.assertEqual(case.promise_clock["more"], 0)
        case.action_solve()
        self.assertFalse(case.promise_clock)

    def test_a_page_of_cases_costs_what_few_cost(self):
        cases = [self._case() for _number in range(12)]
        counts = []
        for some in (cases, cases[:2], cases):
            records = self.env["aftersales.case"].union(*some).with_user(self.agent_all)
            self.env.invalidate_all()
            records.mapped("name")
            before = self.cr.sql_log_count
            records.mapped("promise_clock")
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])

    def test_a_warning_comes_as_the_rule_says(self):
        rule = self.env.ref("aftersales_crm.commitment_rule_answer")
        for unit, value, warn_on in (
            ("percent", 50, datetime(2026, 3, 10, 13)),
            ("hours", 2, datetime(2026, 3, 10, 15)),
            ("hours", 20, datetime(2026, 3, 10, 9)),
            ("none", 0, False),
        ):
            rule.write({"warn_unit": unit, "warn_value": value})
            self.assertEqual(self._promise(self._case(), "first_answer").warn_on, warn_on, unit)

    def test_what_was_promised_stays_when_a_rule_changes(self):
        case = self._case()
        solution = self._promise(case, "resolution")
        due = solution.promised_on
        self.env.ref("aftersales_crm.commitment_rule_resolution").duration = 8
        with freeze_time("2026-03-11 09:00:00"):
            case.with_user(self.agent).action_wait_customer()
            case.with_user(self.agent).action_start()
            self._settle_promises()
        self.assertEqual(solution.promised_on - due, timedelta())
