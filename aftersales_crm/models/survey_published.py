from odoo import api, models
from odoo.exceptions import UserError

# What decides who passes, and what they are asked.
PASSING = {"certification", "scoring_type", "scoring_success_min", "question_and_page_ids", "active"}
ASKED = {"title", "description", "question_type", "suggested_answer_ids", "survey_id", "is_scored_question"}
ANSWERED = {"value", "is_correct", "answer_score", "question_id"}


class SurveySurvey(models.Model):
    _inherit = "survey.survey"

    # The quiz of a published checklist is as fixed as its items.

    def write(self, vals):
        if PASSING & vals.keys():
            self._aftersales_ensure_unpublished()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        self._aftersales_ensure_unpublished()

    def _aftersales_ensure_unpublished(self):
        """Refuse to change what a published checklist asks."""
        if not self.ids:
            return
        # Whoever edits surveys need not see checklists.
        item_sudo = (
            self.env["aftersales.checklist.item"]
            .sudo()
            .search([("survey_id", "in", self.ids), ("checklist_id.state", "=", "published")], limit=1)
        )
        if item_sudo:
            raise UserError(
                self.env._(
                    "“%(quiz)s” is the quiz of the published checklist %(checklist)s: make a new version of that.",
                    quiz=item_sudo.survey_id.title,
                    checklist=item_sudo.checklist_id.display_name,
                )
            )


class SurveyQuestion(models.Model):
    _inherit = "survey.question"

    @api.model_create_multi
    def create(self, vals_list):
        questions = super().create(vals_list)
        questions.survey_id._aftersales_ensure_unpublished()
        return questions

    def write(self, vals):
        if ASKED & vals.keys():
            self.survey_id._aftersales_ensure_unpublished()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        self.survey_id._aftersales_ensure_unpublished()


class SurveyQuestionAnswer(models.Model):
    _inherit = "survey.question.answer"

    @api.model_create_multi
    def create(self, vals_list):
        answers = super().create(vals_list)
        answers.question_id.survey_id._aftersales_ensure_unpublished()
        return answers

    def write(self, vals):
        if ANSWERED & vals.keys():
            self.question_id.survey_id._aftersales_ensure_unpublished()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        self.question_id.survey_id._aftersales_ensure_unpublished()
