from datetime import timedelta

from odoo import api, fields, models

# Nobody opens a page, goes back to the mail and takes another link in less; a mail scanner does.
SCAN_TIME = timedelta(seconds=10)
# A click in the mail has so long to be taken back, or to be recognised as that of a machine.
REACT_AFTER = timedelta(minutes=2)


class AftersalesFeedback(models.Model):
    """One click in the mail counts, and machines that follow every link in it do not.

    The page posts the click by script; whatever loads it without showing it does not. A scanner that runs
    scripts takes several links in a few seconds: then none of its clicks counts, and the page asks for its button.
    """

    _inherit = "aftersales.feedback"

    def _click(self, question, value):
        """Record a click in the mail, unless the customer has sent the form.

        :param str question: of `QUESTIONS`
        :param int value: the number
        :return: whether that is the answer now
        """
        self.ensure_one()
        vals = self._clean_answer({question: value})
        if self[question] is not False and self[question] == value:
            return True
        if self.is_machine or not self._is_editable() or (self.answered_at and not self.clicked_at):
            return False
        now = fields.Datetime.now()
        if self.clicked_at and now - self.clicked_at < SCAN_TIME:
            self.write({**self._no_answer(), "is_machine": True})
            return False
        self._record(vals, clicked_at=now)
        self._invite()
        self.react_at = now + REACT_AFTER
        self.env.ref("aftersales_crm.aftersales_feedback_cron").sudo()._trigger(at=self.react_at)  # by a visitor
        return True

    def _no_answer(self):
        scores = dict.fromkeys(("nps", "csat", "effort"), False)
        return {**scores, "answered_at": False, "clicked_at": False, "react_at": False, "invited_at": False}

    @api.model
    def _cron_react(self, limit=100):
        """See to the clicks that stayed, each in a transaction of its own."""
        due = self.search([("react_at", "<=", fields.Datetime.now())], order="react_at, id", limit=limit)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due))
        for feedback in due:
            if feedback.try_lock_for_update():
                feedback._see_to()
            if not cron._commit_progress(1):
                break
