from odoo import fields, models


class SurveyQuestionAnswer(models.Model):
    # Why an answer is right or wrong; Odoo only marks which ones are right.

    _inherit = "survey.question.answer"

    aftersales_explanation = fields.Text(
        "Explanation",
        translate=True,
        help="Why this answer is right or wrong. Shown when participants review their answers.",
    )
