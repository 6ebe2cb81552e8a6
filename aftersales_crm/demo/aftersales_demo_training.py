from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools.misc import file_open

from .aftersales_demo import QUIET

NOTES = {
    "whatif": "Withdrawal until the 14th day, our policy until the 30th; the customer pays the way back.",
    "slip": "The slip itself, all accessories, and no cash.",
    "dock": "One kettle, opened, nothing missing: back to stock.",
    "rules": "Poland presumes a fault for two years, Germany for one; Hungary adds the days of a repair.",
    "check": "Covered until March, by law and by our five years on the motor. It is for us to prove.",
    "budget": "Limit 0, nothing given on this case: the button said “Ask a manager”.",
    "letter": "You waited three weeks for a word from us. That was too long. Today I checked your parcel …",
    "roleplay": "“Three weeks is too long. I look into it now.”",
}
# user, checklist, items done (None: all of their own), trainer who signed it off, days ago
TRAININGS = [
    ("agent", "talk", None, "aftersales_crm.user_manager", 120),
    ("agent", "returns", None, "aftersales_crm.user_manager", 385),
    ("agent", "law", 5, None, 0),
    ("manager", "law", None, "base.user_admin", 60),
    ("technician", "talk", None, None, 0),
    ("technician", "returns", 0, None, 0),
]
DUE_DAYS = 10


class AftersalesDemo(models.AbstractModel):
    """What the staff of the demo shop have learned."""

    _inherit = "aftersales.demo"

    @api.model
    def _build_training(self):
        """Play the trainings, once per database, after the story of the service."""
        if self.env["aftersales.checklist.run"].search_count([], limit=1):
            return
        demo = self.with_context(**QUIET)
        for name, code, number, trainer, day in TRAININGS:
            run = demo._train(demo._user(name), code, number)
            if trainer:
                waiting = run.line_ids.filtered(lambda line: line.kind == "signoff")
                waiting.with_user(self.env.ref(trainer)).action_sign_off()
                demo._date_training(run, day)
        self.env["aftersales.checklist.run"]._note_expired()

    def _train(self, user, code, number):
        """Assign a checklist to a user, who does so many of its items; None: all of their own."""
        runs = self.env["aftersales.checklist.run"]
        due = self.env.company._aftersales_today() + timedelta(days=DUE_DAYS)
        run = runs._assign(self.env.ref(f"aftersales_crm.checklist_{code}"), user, due)
        if number != 0:
            run.with_user(user).action_start()
            for line in run.line_ids.sorted("sequence")[:number].with_user(user):
                getattr(self, f"_train_{line.kind}")(line)
        return run

    def _train_read(self, line):
        line.action_done()

    def _train_do(self, line):
        self._show(line)
        line.action_done()

    def _train_quiz(self, line):
        line.action_quiz()
        # Staff have no rights on surveys.
        attempt_sudo = self.env["survey.user_input"].sudo().search([("aftersales_line_id", "=", line.id)])
        # One answer is wrong, as it happens.
        for number, question in enumerate(attempt_sudo.survey_id.question_ids):
            answers = question.suggested_answer_ids.grouped("is_correct")
            attempt_sudo._save_lines(question, str(answers[bool(number)][:1].id))
        attempt_sudo._mark_done()

    def _train_signoff(self, line):
        """A trainer does it."""

    def _show(self, line):
        """Add what shows that an item was done."""
        if line.evidence == "note":
            key = line.item_id.get_external_id()[line.item_id.id].rpartition("_")[2]
            line.note = NOTES[key]
        elif line.evidence == "photo":
            with file_open("aftersales_crm/demo/damaged_door.png", "rb") as photo:
                line.attachment_ids = line.attachment_ids.create({"name": "door.png", "raw": photo.read()})
        else:
            name = line.item_id.record_model
            line.record_ref = self.env[name].with_user(line.user_id).search([], limit=1)

    def _date_training(self, run, day):
        """Date back what was passed."""
        moment = self._moment(day)
        until = run.company_id._aftersales_date(moment) + relativedelta(months=run.checklist_id.validity_months)
        run._write_guarded({"started_at": moment, "done_at": moment, "valid_until": until})
        run.line_ids._write_guarded({"done_at": moment})
