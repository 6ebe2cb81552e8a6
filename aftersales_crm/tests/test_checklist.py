from datetime import timedelta

from odoo.fields import Command
from odoo.tests import new_test_user

from .common import AftersalesCommon

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
    def test_a_run_is_passed_by_doing_knowing_and_a_colleague(self):
        run = self._run()
        self.assertEqual(len(run.line_ids), 4)
        self._pass_all(run)
        self.assertEqual((run.state, run.progress), ("waiting", 75.0))
        signoff = run.line_ids[-1].with_user(self.trainer)
        signoff.action_sign_off("Well done")
        self.assertEqual((run.state, run.is_valid), ("done", True))
        self.assertEqual(run.line_ids[-1].signed_by, self.trainer)
        self.assertGreater(run.valid_until, self.today + timedelta(days=360))
