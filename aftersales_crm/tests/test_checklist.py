from datetime import timedelta

from dateutil.relativedelta import relativedelta
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import PIXEL, AftersalesCommon

TRAINER = "aftersales_crm.aftersales_crm_group_agent,aftersales_crm.aftersales_crm_group_trainer"


class ChecklistCommon(AftersalesCommon):
    """A published checklist of four items, a trainer, and a certification to pass."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._aftersales_today()
        cls.trainer = new_test_user(cls.env, "aftersales_trainer", groups=TRAINER)
        cls.survey = cls.env["survey.survey"].create(
            {
                "title": "Returns quiz",
                "certification": True,
                "scoring_type": "scoring_with_answers",
                "scoring_success_min": 80.0,
                "question_and_page_ids": [
                    Command.create(
                        {
                            "title": "Within how many days?",
                            "question_type": "simple_choice",
                            "suggested_answer_ids": [
                                Command.create({"value": "14", "is_correct": True, "answer_score": 1.0}),
                                Command.create({"value": "3"}),
                            ],
                        }
                    )
                ],
            }
        )
        cls.customer_case = cls.env["aftersales.case"].create({"subject": "Hello", "partner_id": cls.customer.id})
        cls.checklist = cls._checklist(
            {"name": "Read the policy", "kind": "read", "body": "<p>All of it.</p>"},
            {"name": "Inspect a kettle", "kind": "do", "evidence": "note"},
            {"name": "Know the law", "kind": "quiz", "survey_id": cls.survey.id},
            {"name": "Watched by a colleague", "kind": "signoff"},
        )

    @classmethod
    def _checklist(cls, *items, publish=True, **vals):
        name = vals.pop("name", "Handling a return")
        lines = [Command.create({**item, "sequence": number}) for number, item in enumerate(items, 1)]
        checklist = (
            cls.env["aftersales.checklist"].with_user(cls.manager).create({"name": name, "item_ids": lines, **vals})
        )
        if publish:
            checklist.action_publish()
        return checklist

    def _run(self, checklist=None, user=None):
        """A run that its user has started."""
        user = user or self.agent
        run = self.env["aftersales.checklist.run"].with_user(user)._own(checklist or self.checklist)
        run.action_start()
        return run

    def _answer(self, run, right=True):
        """An attempt at the quiz of a run."""
        line = run.line_ids.filtered(lambda line: line.kind == "quiz")
        token = line.action_quiz()["url"].split("answer_token=")[1]
        attempt = self.env["survey.user_input"].search([("access_token", "=", token)])
        question = self.survey.question_ids
        answer = question.suggested_answer_ids[0 if right else 1]
        attempt._save_lines(question, str(answer.id))
        attempt._mark_done()
        return attempt

    def _pass_all(self, run):
        """Everything that the user does by themselves."""
        for line in run.line_ids.filtered(lambda line: line.kind in ("read", "do")):
            line.note = "Done at the desk"
            line.action_done()
        if run.line_ids.filtered(lambda line: line.kind == "quiz"):
            self._answer(run)

    def _valid(self, user, checklist=None, **vals):
        """A run that a user has passed."""
        run = self.env["aftersales.checklist.run"].create(
            {"checklist_id": (checklist or self.checklist).id, "user_id": user.id}
        )
        run._write_guarded({"state": "done", "done_at": "2026-01-01 12:00:00", **vals})
        return run


class TestChecklist(ChecklistCommon):
    def test_the_quiz_of_a_published_version_stays_as_it_is(self):
        question = self.survey.question_ids
        answers = question.suggested_answer_ids
        for edit in (
            lambda: self.survey.write({"scoring_success_min": 1.0}),
            lambda: self.survey.write({"question_and_page_ids": [Command.delete(question.id)]}),
            lambda: question.write({"title": "Something else?"}),
            lambda: answers[1].write({"is_correct": True}),
            lambda: answers.create({"question_id": question.id, "value": "30"}),
            answers[1].unlink,
            self.survey.unlink,
        ):
            with self.assertRaisesRegex(UserError, "published"):
                edit()
        answers[1].aftersales_explanation = "Fourteen, by law."
        draft = self.checklist._new_version()
        quiz = draft.item_ids.survey_id
        self.assertNotEqual(quiz, self.survey)
        self.assertEqual((quiz.title, len(quiz.question_ids)), (self.survey.title, 1))
        quiz.sudo().question_ids.title = "Something else?"
        draft.with_user(self.manager).action_publish()
        self.survey.scoring_success_min = 50.0

    def test_a_run_is_passed_by_doing_knowing_and_a_colleague(self):
        run = self._run()
        self.assertEqual(len(run.line_ids), 4)
        self._pass_all(run)
        self.assertEqual((run.state, run.progress), ("waiting", 75.0))
        signoff = run.line_ids[-1].with_user(self.trainer)
        signoff.action_sign_off("Well done")
        self.assertEqual((run.state, run.is_valid), ("done", True))
        self.assertEqual(run.line_ids[-1].signed_by, self.trainer)
        self.assertEqual(run.valid_until, self.today + relativedelta(months=12))
        self.assertFalse(run.activity_ids)

    def test_starting_twice_is_one_run(self):
        runs = self._run() | self._run()
        self.assertEqual((len(runs), len(runs.line_ids)), (1, 4))
        self.checklist.with_user(self.agent).action_start()
        self.assertEqual(self._open_runs(self.agent), runs)

    def test_a_published_version_is_edited_by_nobody(self):
        item = self.checklist.item_ids[0]
        document = self.env["ir.attachment"].create({"name": "policy.txt", "raw": b"30 days"})
        for user in (self.manager, self.env.ref("base.user_admin"), self.env.ref("base.user_root")):
            checklist = self.checklist.with_user(user)
            attempts = (
                lambda c=checklist: c.write({"name": "Other"}),
                lambda c=checklist: c.write({"validity_months": 99}),
                lambda c=checklist: c.write({"state": "draft"}),
                lambda c=checklist: c.write({"item_ids": [Command.clear()]}),
                lambda c=checklist: c.item_ids[0].write({"body": "<p>Nothing.</p>"}),
                lambda c=checklist: c.item_ids[0].write({"attachment_ids": [Command.link(document.id)]}),
                lambda c=checklist: c.unlink(),
            )
            for attempt in attempts:
                with self.assertRaisesRegex(UserError, "make a new version"):
                    attempt()
            for method in ("unlink", "copy"):
                with self.assertRaises(UserError):
                    getattr(checklist.item_ids[0], method)()
        imported = self.env["aftersales.checklist.item"].with_user(self.manager)
        result = imported.load([".id", "name"], [[str(item.id), "Imported"]])
        self.assertFalse(result["ids"])
        self.assertIn("make a new version", result["messages"][0]["message"])
        self.assertEqual(self.checklist.item_ids.mapped("name")[0], "Read the policy")

    def test_documents_of_a_published_version_stay_as_they_are(self):
        other = self.env["ir.attachment"].create(
            {"name": "policy.txt", "raw": b"30 days", "res_model": "res.partner", "res_id": self.customer.id}
        )
        reading = {"name": "Read", "kind": "read", "attachment_ids": [Command.link(other.id)]}
        checklist = self._checklist(reading, name="Documents")
        shown = checklist.item_ids.attachment_ids
        self.assertNotEqual(shown, other)
        with self.assertRaises(AccessError):
            shown.with_user(self.manager).write({"raw": b"3 days"})
        self.assertEqual(shown.with_user(self.agent).raw, b"30 days")
        draft = checklist._new_version()
        draft.item_ids.attachment_ids.with_user(self.manager).write({"raw": b"14 days"})
        self.assertEqual(shown.raw, b"30 days")

    def test_the_next_version_replaces_the_published_one(self):
        begun, idle = self._run(), self.env["aftersales.checklist.run"]._assign(self.checklist, self.agent_all)
        draft = self.checklist.with_user(self.manager)._new_version()
        self.assertEqual((draft.version, draft.root_id, draft.code), (2, self.checklist, self.checklist.code))
        self.assertEqual(self.checklist._new_version(), draft)
        self.assertEqual(draft.item_ids.mapped("name"), self.checklist.item_ids.mapped("name"))
        draft.name = "Handling a return, revised"
        draft.action_publish()
        self.assertEqual((self.checklist.state, draft.state), ("archived", "published"))
        self.assertEqual((begun.checklist_id, idle.checklist_id), (self.checklist, draft))
        with self.assertRaisesRegex(UserError, "is not published"):
            self.env["aftersales.checklist.run"]._assign(self.checklist, self.stranger)

    def test_bad_input_is_refused_with_a_clear_message(self):
        yesterday = self.today - timedelta(days=1)
        survey = self.survey.copy({"scoring_success_min": 0.0})
        runs = self.env["aftersales.checklist.run"].with_user(self.manager)
        archived = new_test_user(self.env, "gone", groups="base.group_user")
        archived.active = False
        item = {"name": "Item", "kind": "read", "url": "https://example.com"}
        refused = {
            "is in the past": lambda: runs._assign(self.checklist, self.agent, yesterday),
            "is in the past.": lambda: runs.create(
                {"checklist_id": self.checklist.id, "user_id": self.agent.id, "due_on": yesterday}
            ),
            "archived or no member": lambda: runs._assign(self.checklist, archived),
            "at least one month": lambda: self._checklist(item, name="Zero", validity_months=0),
            "one month. For good": lambda: self._checklist(item, name="Negative", validity_months=-3),
            "Minutes cannot": lambda: self._checklist(item, name="Minutes", minutes=-1),
            "has no pass mark": lambda: self._checklist(
                {"name": "Q", "kind": "quiz", "survey_id": survey.id}, name="Q"
            ),
            "choose the quiz": lambda: self._checklist({"name": "Q", "kind": "quiz"}, name="Q"),
            "say what to read": lambda: self._checklist({"name": "R", "kind": "read"}, name="R"),
            "what shows that": lambda: self._checklist({"name": "D", "kind": "do"}, name="D"),
            "has no items": lambda: self._checklist(name="Empty"),
            "give them the right": lambda: self._checklist(item, name="T", trainer_ids=self.agent.ids),
            "has this code": lambda: self._checklist(item, code=self.checklist.code),
        }
        for message, attempt in refused.items():
            with self.subTest(message):
                self.assertRegex(self._refusal(attempt), message)

    def _refusal(self, attempt):
        """What the server answers to what it refuses."""
        try:
            with mute_logger("odoo.sql_db"), self.cr.savepoint():
                attempt()
        except UserError as error:
            return str(error)
        except IntegrityError as error:
            return self.env["aftersales.checklist"]._sql_error_to_message(error)
        return "nothing was refused"

    def test_a_checklist_that_is_for_good_has_no_end(self):
        checklist = self._checklist({"name": "Read", "kind": "read", "body": "x"}, name="For good", expires=False)
        run = self._run(checklist)
        run.line_ids.action_done()
        self.assertEqual((run.state, run.valid_until, run.is_valid), ("done", False, True))

    def test_nothing_is_done_out_of_turn_without_evidence_or_for_others(self):
        checklist = self._checklist(
            {"name": "Photo", "kind": "do", "evidence": "photo"},
            {"name": "Inspection", "kind": "do", "evidence": "record", "record_model": "aftersales.inspection"},
            name="In order",
            order_enforced=True,
        )
        run = self._run(checklist)
        photo, record = run.line_ids
        with self.assertRaisesRegex(UserError, "comes after: Photo"):
            record.action_done()
        with self.assertRaisesRegex(UserError, "add a photo"):
            photo.action_done()
        picture = self.env["ir.attachment"].with_user(self.agent).create({"name": "p.png", "datas": PIXEL})
        photo.attachment_ids = picture
        with self.assertRaisesRegex(UserError, "training of aftersales_agent"):
            photo.with_user(self.manager).action_done()
        photo.action_done()
        self.assertEqual((picture.res_model, picture.res_id), (photo._name, photo.id))
        for edit in (lambda: picture.write({"datas": PIXEL}), picture.unlink):
            with self.assertRaises(AccessError):
                edit()
        record.record_ref = self.customer_case
        with self.assertRaisesRegex(UserError, "choose the record"):
            record.action_done()
        rma = self._rma(self._sold((self.kettle, 1)))
        rma.action_approve()
        self._receive(rma)
        record.record_ref = self.env["aftersales.inspection"].search([("rma_id", "=", rma.id)])
        record.action_done()
        self.assertEqual(run.state, "done")
        with self.assertRaisesRegex(UserError, "is over"):
            photo.note = "Later"

    def test_only_a_passed_attempt_does_the_quiz(self):
        run = self._run()
        quiz = run.line_ids[2]
        with self.assertRaisesRegex(UserError, "pass the quiz"):
            quiz.action_done()
        self._answer(run, right=False)
        self.assertEqual((quiz.state, quiz.attempt_count, quiz.score), ("open", 1, 0.0))
        # Who tries again from the page of the survey begins an attempt that knows nothing of the training.
        again = self.survey._create_answer(user=self.agent)
        again._save_lines(self.survey.question_ids, str(self.survey.question_ids.suggested_answer_ids[0].id))
        again._mark_done()
        quiz.invalidate_recordset()
        self.assertEqual((quiz.state, quiz.attempt_count, quiz.score), ("done", 2, 100.0))

    def test_nobody_signs_who_may_not(self):
        own = self._run(user=self.trainer)
        self._pass_all(own)
        with self.assertRaisesRegex(UserError, "Nobody signs off their own"):
            own.line_ids[-1].action_sign_off()
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            own.line_ids[-1].write({"state": "done", "signed_by": self.manager.id})
        with self.assertRaisesRegex(UserError, "signs it off"):
            own.line_ids[-1].action_done()
        with self.assertRaises(AccessError):
            own.line_ids[-1].with_user(self.agent).action_sign_off()
        run = self._run()
        with self.assertRaisesRegex(UserError, "comes after"):
            run.line_ids[-1].with_user(self.trainer).action_sign_off()
        self._pass_all(run)
        with self.assertRaisesRegex(AccessError, "no trainer"), self.cr.savepoint():
            self.checklist.trainer_ids = self.manager
            run.with_user(self.trainer).sudo()._ensure_may_sign()
        self.checklist.trainer_ids = False
        run.with_user(self.trainer).action_send_back("Show it with a serial")
        self.assertEqual((run.state, run.line_ids[1].state, run.line_ids[2].state), ("open", "open", "done"))
        run.line_ids[1].action_done()
        run.line_ids[-1].with_user(self.trainer).action_sign_off()
        self.assertEqual(run.state, "done")

    def test_an_agent_sees_own_trainings_and_edits_no_checklist(self):
        draft = self.checklist._new_version()
        for_others = self._checklist({"name": "R", "kind": "read", "body": "x"}, name="O", user_ids=self.stranger.ids)
        other = self._run(user=self.agent_all)
        self._run()
        seen = self.env["aftersales.checklist"].with_user(self.agent).search([("root_id", "=", draft.root_id.id)])
        self.assertEqual(seen, self.checklist)
        agents = (draft, for_others, for_others.item_ids, other, other.line_ids)
        for records in agents:
            with self.assertRaises(AccessError):
                records.with_user(self.agent).read(["display_name"])
        for attempt in (
            lambda: draft.with_user(self.trainer).write({"minutes": 1}),
            lambda: draft.with_user(self.trainer).action_publish(),
            lambda: self.env["aftersales.checklist.run"]
            .with_user(self.agent)
            .create({"checklist_id": self.checklist.id, "user_id": self.agent.id}),
            lambda: other.with_user(self.trainer).action_cancel(),
            lambda: other.line_ids[0].with_user(self.trainer).write({"note": "x"}),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertTrue(other.with_user(self.trainer).line_ids)

    def test_a_user_archived_midway_has_nothing_open(self):
        run = self._run()
        self.agent.action_archive()
        self.assertEqual((run.state, run.excused), ("cancelled", False))
        self._nightly()
        self.assertFalse(self._open_runs(self.agent))

    # === By rule === #

    def _nightly(self):
        with self.enter_registry_test_mode():
            self.env.ref("aftersales_crm.ir_cron_checklist_nightly").method_direct_trigger()
        self.env.invalidate_all()

    def _open_runs(self, users):
        return self.env["aftersales.checklist.run"].search(
            [("user_id", "in", users.ids), ("state", "in", ("open", "waiting"))]
        )

    def test_every_night_who_needs_it_is_given_it_once(self):
        team = self.env["aftersales.team"].create({"name": "Desk", "member_ids": self.agent.ids})
        group = self.env.ref("aftersales_crm.aftersales_crm_group_trainer")
        self.checklist.write({"team_ids": team.ids, "group_ids": group.ids, "due_days": 10})
        self._valid(self.agent_all)
        self._nightly()
        self._nightly()
        runs = self._open_runs(self.agent | self.trainer | self.manager | self.agent_all | self.stranger)
        self.assertEqual(runs.user_id, self.agent | self.trainer | self.manager)
        self.assertEqual(len(runs), 3)
        self.assertEqual(set(runs.mapped("due_on")), {self.today + timedelta(days=10)})
        self.assertEqual(runs.activity_ids.user_id, runs.user_id)
        runs.filtered(lambda run: run.user_id == self.trainer).with_user(self.manager).action_cancel()
        team.member_ids = self.agent | self.stranger
        self._nightly()
        self.assertEqual(self._open_runs(self.stranger | self.trainer).user_id, self.stranger)

    def test_what_ends_soon_and_what_is_new_is_given_again(self):
        self.checklist.user_ids = self.agent | self.agent_all | self.trainer
        soon, later = self.today + timedelta(days=20), self.today + timedelta(days=200)
        self._valid(self.agent, valid_until=soon)
        self._valid(self.agent_all, valid_until=later)
        over = self._valid(self.trainer, valid_until=self.today - timedelta(days=1))
        self.assertFalse(over.is_valid)
        self._nightly()
        self.assertEqual(over.state, "expired")
        runs = self._open_runs(self.agent | self.agent_all | self.trainer)
        self.assertEqual({run.user_id: run.due_on for run in runs}[self.agent], soon)
        self.assertEqual(runs.user_id, self.agent | self.trainer)
        self.checklist._new_version().action_publish()
        self._nightly()
        self.assertEqual(len(self._open_runs(self.agent | self.agent_all | self.trainer)), 3)

    def test_companies_train_their_own(self):
        foreign = self.env["res.company"].create({"name": "Elsewhere"})
        colleague = new_test_user(
            self.env, "colleague", groups=TRAINER, company_id=foreign.id, company_ids=[Command.set(foreign.ids)]
        )
        theirs = self._checklist(
            {"name": "R", "kind": "read", "body": "x"}, name="Theirs", company_id=self.company.id, publish=False
        )
        theirs.user_ids = self.agent | colleague
        theirs.action_publish()
        with self.assertRaisesRegex(UserError, "does not work for"), self.cr.savepoint():
            self.env["aftersales.checklist.run"]._assign(theirs, colleague)
        self._nightly()
        runs = self.env["aftersales.checklist.run"].search([("checklist_id", "=", theirs.id)])
        self.assertEqual((runs.user_id, runs.company_id), (self.agent, self.company))
        with self.assertRaises(AccessError):
            runs.with_user(colleague).read(["state"])
        self.assertNotIn(theirs, self.env["aftersales.checklist"].with_user(colleague).search([]))
        shared = self._run(user=colleague)
        self.assertEqual(shared.company_id, foreign)
        with self.assertRaises(AccessError):
            shared.with_user(self.trainer).read(["state"])

    # === Overview === #

    def test_the_overview_tells_who_stands_where(self):
        team = self.env["aftersales.team"].create({"name": "Desk", "member_ids": (self.agent | self.agent_all).ids})
        group = self.env.ref("aftersales_crm.aftersales_crm_group_manager")
        self.checklist.write({"team_ids": team.ids, "group_ids": group.ids})
        yesterday = self.today - timedelta(days=1)
        self._valid(self.agent)
        self._valid(self.agent_all, valid_until=yesterday)
        runs = self.env["aftersales.checklist.run"]
        runs._assign(self.checklist, self.trainer, self.today)
        runs._assign(self.checklist, self.stranger)._write_guarded({"due_on": False})
        late = runs._assign(self.checklist, self.manager)
        self.env.cr.execute("UPDATE aftersales_checklist_run SET due_on = %s WHERE id = %s", [yesterday, late.id])
        rows = (
            self.env["aftersales.checklist.status"]
            .with_user(self.trainer)
            .search([("checklist_id", "=", self.checklist.id)])
        )
        found = {row.user_id: (row.status, row.team_id) for row in rows}
        none = team.browse()
        expected = {
            self.agent: ("valid", team),
            self.agent_all: ("expired", team),
            self.trainer: ("due", none),
            self.stranger: ("due", none),
            self.manager: ("late", none),
            self.env.ref("base.user_admin"): ("missing", none),
        }
        self.assertEqual({user: found[user] for user in expected}, expected)
        with self.assertRaises(AccessError):
            rows.with_user(self.agent).read(["status"])
        told = self.env["aftersales.api"].with_user(self.agent).training_status({})["checklists"]
        self.assertEqual([(one["name"], one["status"]) for one in told], [("Handling a return", "valid")])
        told = self.env["aftersales.api"].with_user(self.trainer).training_status({"user": "aftersales_manager"})
        self.assertEqual(told["checklists"][0]["status"], "late")
        with self.assertRaisesRegex(AccessError, "Only trainers"):
            self.env["aftersales.api"].with_user(self.agent).training_status({"user": self.trainer.id})

    def test_the_overview_costs_the_same_for_two_hundred_users_and_twenty_checklists(self):
        users = self._many_users(200)
        team = self.env["aftersales.team"].create({"name": "All", "member_ids": users.ids})
        lists = self.env["aftersales.checklist"].create(
            [{"name": f"List {number}", "team_ids": team.ids} for number in range(20)]
        )
        lists._write_guarded({"state": "published"})
        self.env["aftersales.checklist.run"]._assign(lists[:2], users, self.today)
        status = self.env["aftersales.checklist.status"]
        domain = [("checklist_id", "in", lists.ids)]
        self.env.flush_all()
        status._matrix(domain)
        with self.assertQueryCount(2):
            matrix = status._matrix(domain)
        self.assertEqual(sum(count for *_by, count in matrix), 4000)
        self.assertEqual({state for _checklist, _team, state, _count in matrix}, {"due", "missing"})

    def _many_users(self, count):
        """Members of staff, made without all that Odoo does for each."""
        self.env.cr.execute(
            """INSERT INTO res_users (login, partner_id, company_id, active, share, notification_type)
               SELECT 'many' || number, partner_id, company_id, TRUE, FALSE, 'email'
                 FROM res_users, GENERATE_SERIES(1, %s) AS number WHERE id = %s RETURNING id""",
            [count, self.stranger.id],
        )
        users = self.env["res.users"].browse([row[0] for row in self.env.cr.fetchall()])
        users.company_ids = self.company
        return users
