from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, new_test_user, tagged

from .test_checklist import ChecklistCommon

SHIPPED = ("returns", "law", "talk")


class TestTrainingScreen(ChecklistCommon):
    """The screens of training, with the rights of those who sit at them."""

    def _waiting(self, user=None):
        """A run of which only the sign-off is left."""
        run = self._run(user=user)
        read, do = run.line_ids[:2]
        read.action_done_next()
        do.note = "Looked at it"
        do.action_done_next()
        self._answer(run)
        return run

    def test_each_step_leads_to_the_next_one(self):
        run = self.env["aftersales.checklist.run"].with_user(self.agent)._own(self.checklist)
        self.assertEqual((run.done_count, run.item_count), (0, 4))
        self.assertEqual(run.action_continue()["res_id"], run.id)
        read, do, quiz, signoff = run.line_ids
        self.assertEqual(run.next_name, "Read the policy")
        self.assertEqual(run.action_next()["res_id"], read.id)
        self.assertEqual(read.action_done_next()["res_id"], do.id)
        with self.assertRaisesRegex(UserError, "write a note"):
            do.action_done_next()
        do.note = "One kettle, unopened"
        self.assertEqual(do.action_done_next()["res_id"], quiz.id)
        self._answer(run)
        self.assertEqual((run.state, run.next_line_id.ids, run.score), ("waiting", [], 100.0))
        self.assertEqual((signoff.place, signoff.can_edit), ("4 of 4", True))
        self.assertFalse(read.can_edit)

    def test_a_record_is_chosen_in_one_field(self):
        checklist = self._checklist(
            {"name": "Open a case", "kind": "do", "evidence": "record", "record_model": "aftersales.case"}, name="Cases"
        )
        line = self._run(checklist).line_ids
        line.record_id = self.customer_case.id
        self.assertEqual(line.record_ref, self.customer_case)
        line.action_done_next()
        self.assertEqual(line.run_id.state, "done")

    def test_the_queue_of_a_trainer_is_what_waits_for_them_and_no_more(self):
        mine = self._waiting()
        own = self._waiting(self.trainer)
        queue = [("may_sign", "=", True)]
        runs = self.env["aftersales.checklist.run"]
        self.assertEqual(runs.with_user(self.trainer).search(queue), mine)
        self.assertEqual(runs.with_user(self.manager).search(queue), mine | own)
        self.assertFalse(runs.with_user(self.agent).search(queue))
        self.checklist.trainer_ids = self.manager
        self.assertFalse(runs.with_user(self.trainer).search(queue))

    def test_a_trainer_sends_back_with_a_reason_and_signs_off(self):
        run = self._waiting().with_user(self.trainer)
        context = run.action_open_sign()["context"]
        sign = self.env["aftersales.checklist.sign"].with_user(self.trainer).with_context(**context)
        self.assertEqual(sign.create({}).to_sign, "Watched by a colleague")
        with self.assertRaises(UserError):
            sign.create({}).action_send_back()
        sign.create({"note": "Look at the lid, too"}).action_send_back()
        self.assertEqual((run.state, run.sent_back), ("open", "Look at the lid, too"))
        run.with_user(self.agent).line_ids[1].action_done_next()
        sign.create({"note": "Well done"}).action_sign()
        self.assertEqual((run.state, run.line_ids[-1:].note, run._signers()), ("done", "Well done", self.trainer))

    def test_nobody_opens_the_sign_off_of_their_own_training(self):
        with self.assertRaises(UserError):
            self._waiting(self.trainer).action_open_sign()
        with self.assertRaises(AccessError):
            self.env["aftersales.checklist.sign"].with_user(self.agent).create({"run_id": self._waiting().id})

    def test_many_are_assigned_at_once_and_who_is_at_it_is_left_out(self):
        self._run()
        team = self.env["aftersales.team"].create({"name": "Desk", "member_ids": (self.agent | self.agent_all).ids})
        archived = new_test_user(self.env, "gone", groups="base.group_user")
        archived.active = False
        wizards = self.env["aftersales.checklist.assign"].with_user(self.manager)
        form = Form(wizards.with_context(**self.checklist.with_user(self.manager).action_open_assign()["context"]))
        form.team_ids.add(team)
        form.user_ids.add(self.trainer)
        self.assertEqual((form.new_count, form.left_count), (2, 1))
        wizard = form.save()
        wizard.user_ids |= archived
        wizard.action_assign()
        runs = self.checklist.run_ids
        self.assertEqual(runs.user_id, self.agent | self.agent_all | self.trainer)
        self.assertEqual(len(runs), 3)
        with self.assertRaisesRegex(UserError, "already"):
            wizard.action_assign()

    def test_a_day_in_the_past_or_an_agent_assigns_nothing(self):
        vals = {"checklist_ids": self.checklist.ids, "user_ids": self.agent.ids}
        wizards = self.env["aftersales.checklist.assign"]
        with self.assertRaisesRegex(UserError, "in the past"):
            wizards.with_user(self.manager).create({**vals, "due_on": self.today - timedelta(days=1)}).action_assign()
        with self.assertRaisesRegex(UserError, "Choose"):
            wizards.with_user(self.manager).create({}).action_assign()
        with self.assertRaises(AccessError):
            wizards.with_user(self.agent).create(vals)

    def test_a_certificate_is_of_what_was_passed(self):
        run = self._waiting()
        with self.assertRaisesRegex(UserError, "not passed"):
            run.action_certificate()
        run.line_ids[-1:].with_user(self.trainer).action_sign_off()
        self.assertEqual(run.action_certificate()["type"], "ir.actions.report")
        report = self.env["ir.actions.report"].with_user(self.agent)
        page = report._render_qweb_html("aftersales_crm.training_certificate_report", run.ids)[0].decode()
        for words in (self.agent.name, self.checklist.name, self.trainer.name, "quiz 100 %"):
            self.assertIn(words, page)

    def test_what_has_ended_is_taken_again_as_long_as_it_is_in_use(self):
        run = self._waiting()
        run.line_ids[-1:].with_user(self.trainer).action_sign_off()
        again = run.browse(run.action_again()["res_id"])
        self.assertEqual((again.checklist_id, again.state), (run.checklist_id, "open"))
        self.checklist.with_user(self.manager).action_archive_version()
        with self.assertRaisesRegex(UserError, "not in use"):
            run.action_again()

    def test_the_overview_opens_the_training_or_assigns_one(self):
        self.checklist.user_ids = self.agent | self.agent_all
        run = self._run()
        rows = self.env["aftersales.checklist.status"].with_user(self.manager)
        rows = rows.search([("checklist_id", "=", self.checklist.id)]).grouped("user_id")
        self.assertEqual(rows[self.agent].action_open()["res_id"], run.id)
        context = rows[self.agent_all].action_open()["context"]
        self.assertEqual(context["default_user_ids"], self.agent_all.ids)

    def test_the_form_of_a_user_counts_what_is_valid(self):
        run = self._waiting()
        run.line_ids[-1:].with_user(self.trainer).action_sign_off()
        users = (self.agent | self.agent_all).with_user(self.manager)
        self.assertEqual(users.mapped("aftersales_valid_count"), [1, 0])

    def test_shipped_checklists_are_published_for_all_and_given_to_nobody(self):
        for code in SHIPPED:
            checklist = self.env.ref(f"aftersales_crm.checklist_{code}").with_user(self.stranger)
            with self.subTest(checklist=code):
                self.assertEqual(checklist.state, "published")
                self.assertIn(len(checklist.item_ids), range(6, 11))
                self.assertIn("quiz", checklist.item_ids.mapped("kind"))
                self.assertFalse(checklist.sudo()._audience())
                self.assertFalse(checklist.sudo().run_ids)

    def test_a_manager_edits_a_shipped_checklist_as_a_new_version(self):
        checklist = self.env.ref("aftersales_crm.checklist_returns").with_user(self.manager)
        draft = checklist._new_version()
        draft.item_ids[0].write({"name": "Our own words"})
        draft.item_ids[1].unlink()
        draft.write({"item_ids": [Command.create({"name": "Our own page", "kind": "read", "body": "<p>x</p>"})]})
        draft.action_publish()
        self.assertEqual((checklist.state, draft.state), ("archived", "published"))
        self.assertEqual(checklist.item_ids[0].name, "Four facts instead of one status")


@tagged("post_install", "-at_install")
class TestTrainingDoors(HttpCase, ChecklistCommon):
    def test_a_quiz_leads_back_to_its_training(self):
        self.agent.password = "aftersales_agent"
        self.authenticate("aftersales_agent", "aftersales_agent")
        run = self._run()
        attempt = self._answer(run)
        page = self.url_open(f"/survey/{self.survey.access_token}/{attempt.access_token}").text
        self.assertIn(f"/odoo/my-training/{run.id}", page)
        self.assertNotIn("get_certification", page)
