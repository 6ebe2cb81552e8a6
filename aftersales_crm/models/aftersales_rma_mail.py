import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class AftersalesRmaMail(models.Model):
    """A mail that a step of a return calls for: made once, by whoever takes the step.

    The step only notes it. A job makes the mails of what was committed and hands them to Odoo's
    mail queue; when several of one return wait, the last one says it all.
    """

    _name = "aftersales.rma.mail"
    _description = "Mail of a Return"
    _order = "id"
    _log_access = False

    rma_id = fields.Many2one("aftersales.rma", "Return", required=True, readonly=True, index=True, ondelete="cascade")
    step_id = fields.Many2one("aftersales.mail.step", required=True, readonly=True, ondelete="cascade")
    occasion = fields.Char(default="", required=True, readonly=True, help="Tells two refusals or refunds apart.")
    noted_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sent", "In the mail queue"),
            ("skipped", "Not sent"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    detail = fields.Char(readonly=True)

    _once = models.UniqueIndex("(rma_id, step_id, occasion)")
    _waiting = models.Index("(rma_id, id) WHERE state = 'waiting'")

    # === Noting === #

    @api.model
    def _note(self, rma_id, code, occasion=""):
        """Note a step; the mail is called for when the transaction ends.

        :param int rma_id: the return
        :param str code: of the step
        :param str occasion: tells apart what may happen more than once
        """
        if code not in self.env["aftersales.mail.step"]._codes_in_use():
            return
        data = self.env.cr.precommit.data
        if "aftersales.rma.mail" not in data:
            data["aftersales.rma.mail"] = {}
            self.env.cr.precommit.add(self.sudo()._write_noted)
        data["aftersales.rma.mail"][rma_id, code, occasion] = True

    @api.model
    def _write_noted(self):
        """Call for the mails of the noted steps, each once and for no return older than its switch.

        An appeal is no new request.

        Two workers that take the same step meet at the unique index: one of them is run again.
        """
        noted = self.env.cr.precommit.data.pop("aftersales.rma.mail", {})
        if not noted:
            return
        self.env["aftersales.rma"].flush_model(["company_id", "requested_on", "decided_at"])
        self.env["aftersales.mail.step"].flush_model(["code", "since"])
        self.env.cr.execute(
            SQL(
                """INSERT INTO aftersales_rma_mail (rma_id, step_id, occasion, state, noted_at)
                   SELECT rma.id, step.id, noted.occasion, 'waiting', NOW() AT TIME ZONE 'UTC'
                     FROM (VALUES %s) AS noted (rma_id, code, occasion)
                     JOIN aftersales_rma rma ON rma.id = noted.rma_id
                     JOIN aftersales_mail_step step ON step.code = noted.code
                    WHERE (step.since ->> rma.company_id::text)::date <= rma.requested_on
                      AND (step.code <> 'asked' OR rma.decided_at IS NULL)
                    ORDER BY rma.id, step.sequence
                       ON CONFLICT DO NOTHING
                RETURNING id""",
                SQL(", ").join(SQL("(%s, %s, %s)", *key) for key in noted),
            )
        )
        if self.env.cr.rowcount:
            self.env["aftersales.rma"].invalidate_model(["mail_ids"])
            self.env.ref("aftersales_crm.aftersales_rma_mail_cron")._trigger()

    # === Sending === #

    @api.model
    def _cron_send(self, limit=200):
        """Make the mails that wait; one that cannot be made keeps its error and stops no other."""
        waiting = self.search([("state", "=", "waiting")], order="rma_id, id", limit=limit)
        more = len(waiting) == limit
        if more:  # the mails of one return stay together
            waiting |= self.search([("state", "=", "waiting"), ("rma_id", "=", waiting[-1].rma_id.id)])
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(waiting))
        for mails in waiting.grouped("rma_id").values():
            locked = mails.try_lock_for_update()
            if locked == mails:
                locked._send_last()
            if not cron._commit_progress(len(mails)):
                break
        if more:
            self.env.ref("aftersales_crm.aftersales_rma_mail_cron")._trigger()

    def _send_last(self):
        """Send the last of the mails that wait for one return: it tells what those before it would."""
        last = self.sorted(lambda mail: (mail.step_id.sequence, mail.id))[-1]
        (self - last)._close("skipped", self.env._("A later mail says it all."))
        if not last.rma_id.partner_id.email:
            last._close("skipped", self.env._("The customer has no e-mail address."))
            return
        try:
            with self.env.cr.savepoint():
                last._send()
        except OperationalError:
            raise  # somebody else works on it: the job runs again
        except Exception as error:  # whatever a template that somebody edited may raise
            _logger.warning("Mail %s of %s cannot be made", last.step_id.code, last.rma_id.name, exc_info=True)
            last._close("failed", str(error))

    def _send(self):
        """Hand one mail to the mail queue."""
        self.ensure_one()
        template = self.step_id.template_id.with_company(self.rma_id.company_id)
        # Of a notification the mail goes once it is sent, and the message stays in the chatter.
        template.send_mail(self.rma_id.id, email_values={"auto_delete": True, "is_notification": True})
        self._close("sent")

    def _close(self, state, detail=False):
        self.write({"state": state, "detail": detail})

    def action_retry(self):
        """Try again what failed."""
        self.env["aftersales.rma"]._ensure_manager(self.env._("Only a manager sends failed mails again."))
        failed = self.filtered(lambda mail: mail.state == "failed")
        failed.sudo()._close("waiting")  # the log is the system's; managers only restart it
        self.env.ref("aftersales_crm.aftersales_rma_mail_cron").sudo()._trigger()
        return True
