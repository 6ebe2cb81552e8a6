from datetime import timedelta

from odoo import fields, models

RECEIVED = "case_received"
# Mails of one sender that are acknowledged in a day: two robots that answer each other come to an end.
MOST_A_DAY = 5
ANSWERED_BY_ROBOT = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}


class AftersalesCaseMail(models.Model):
    """A mail that a step of a case calls for: it has arrived, it was closed."""

    _name = "aftersales.case.mail"
    _description = "Mail of a Case"
    _inherit = ["aftersales.case.step.mail"]

    _job = "aftersales_crm.aftersales_case_mail_cron"

    case_id = fields.Many2one("aftersales.case", required=True, readonly=True, index=True, ondelete="cascade")

    _once = models.UniqueIndex("(case_id, step_id, occasion)")
    _waiting = models.Index("(case_id, id) WHERE state = 'waiting'")

    # === Sending === #

    def _send_last(self):
        """Whoever is acknowledged again and again is a machine."""
        if RECEIVED in self.step_id.mapped("code") and self._sent_lately() >= MOST_A_DAY:
            self._close("skipped", self.env._("Too many mails of this sender in a day."))
            return
        super()._send_last()

    def _sent_lately(self):
        """How many acknowledgements the sender got in a day."""
        return self.search_count(
            [
                ("case_id.email_normalized", "=", self.case_id.email_normalized),
                ("step_id.code", "=", RECEIVED),
                ("state", "=", "sent"),
                ("noted_at", ">=", fields.Datetime.now() - timedelta(days=1)),
            ],
            limit=MOST_A_DAY,
        )

    def _address(self):
        return super()._address() or self.case_id.email_from

    def _email_values(self):
        """No robot is to answer, people come back into the case, and find the mail beside what they wrote."""
        case = self.case_id
        asked = case.message_ids.filtered(lambda message: message.message_type == "email")[-1:]
        return {
            **super()._email_values(),
            "headers": repr(ANSWERED_BY_ROBOT),
            "reply_to": case._notify_get_reply_to(default=case.company_id.email_formatted)[case.id],
            "references": asked.message_id or False,
        }

    # === Actions === #

    def action_retry(self):
        """Try again what failed."""
        self._retry()
        return True
