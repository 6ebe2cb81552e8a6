from odoo import fields, models


class SurveyUserInput(models.Model):
    # Attempts at the quizzes of staff training.

    _name = "survey.user_input"
    _inherit = ["survey.user_input", "aftersales.system.mixin"]

    _aftersales_system_fields = frozenset({"aftersales_line_id"})

    aftersales_line_id = fields.Many2one(
        "aftersales.checklist.run.line",
        "Training",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
    )

    def _mark_done(self):
        result = super()._mark_done()
        # Whoever answers has no rights on surveys, and visitors of the page none on training.
        self.sudo()._aftersales_note_attempts()
        return result

    def _aftersales_note_attempts(self):
        # A passed attempt does the item of the training that it is for.
        for attempt in self.filtered(lambda attempt: not attempt.test_entry):
            line = attempt.aftersales_line_id or attempt._aftersales_open_line()
            if not line:
                continue
            attempt.aftersales_line_id = line
            line.run_id._serialize()
            passed = attempt.scoring_success and attempt.survey_id.scoring_success_min > 0
            if passed and line.state == "open" and line.run_id.state in ("open", "waiting"):
                line._finish()

    def _aftersales_open_line(self):
        # Who tries again from the page of the survey begins an attempt of no line.
        users = self.partner_id.user_ids
        if not users:
            return self.aftersales_line_id
        lines = self.aftersales_line_id.search(
            [
                ("item_id.survey_id", "=", self.survey_id.id),
                ("state", "=", "open"),
                ("run_id.user_id", "in", users.ids),
                ("run_id.state", "in", ("open", "waiting")),
            ]
        )
        return lines.filtered(lambda line: not line._waits_for())[:1]
