import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class AftersalesStepMail(models.AbstractModel):
    """A mail or SMS that a step of a document calls for: made once, by whoever takes the step.

    The step only notes it. A job makes the mails of what was committed and hands them to Odoo's
    mail queue; when several of one document wait, the last one says it all.

    Who inherits names the field of the document, the document's fields that `_noted_sql` looks at and the
    job, and has a unique index on document, step and occasion.
    """

    _name = "aftersales.step.mail"
    _description = "Mail of a Step"
    _order = "id"
    _log_access = False

    _document = ""
    _looks_at = ()
    _job = ""

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

    # === Noting === #

    @api.model
    def _note(self, document_id, code, occasion=""):
        """Note a step; the mail is called for when the transaction ends.

        :param int document_id: the document that took the step
        :param str code: of the step
        :param str occasion: tells apart what may happen more than once
        """
        if code not in self.env["aftersales.mail.step"]._codes_in_use():
            return
        data = self.env.cr.precommit.data
        if self._name not in data:
            data[self._name] = {}
            self.env.cr.precommit.add(self.sudo()._write_noted)
        data[self._name][document_id, code, occasion] = True

    @api.model
    def _write_noted(self):
        """Call for the mails of the noted steps, each once and for no document older than its switch.

        Two workers that take the same step meet at the unique index: one of them is run again.
        """
        noted = self.env.cr.precommit.data.pop(self._name, {})
        if not noted:
            return
        self.env[self._fields[self._document].comodel_name].flush_model(self._looks_at)
        self.env["aftersales.mail.step"].flush_model(["code", "since"])
        self.env["res.company"].flush_model(["aftersales_tz", "partner_id"])
        self.env["res.partner"].flush_model(["tz"])
        self.env.cr.execute(
            SQL(
                """INSERT INTO %s (%s, step_id, occasion, state, noted_at) %s ON CONFLICT DO NOTHING RETURNING id""",
                SQL.identifier(self._table),
                SQL.identifier(self._document),
                self._noted_sql(SQL(", ").join(SQL("(%s, %s, %s)", *key) for key in noted)),
            )
        )
        if self.env.cr.rowcount:
            self._after_noted()

    @api.model
    def _noted_sql(self, rows):
        """Hook: SELECT of document, step, occasion, 'waiting' and now, from noted rows of id, code and occasion."""
        raise NotImplementedError

    @api.model
    def _day_sql(self, document, column):
        """The day on which a moment of a document fell where its company is: what a switch is compared with.

        :param str document: alias of its table, which has a ``company_id``
        :param str column: the moment, UTC
        """
        return SQL(
            """(%s AT TIME ZONE 'UTC' AT TIME ZONE
                (SELECT COALESCE(company.aftersales_tz, partner.tz, 'UTC')
                   FROM res_company company
                   JOIN res_partner partner ON partner.id = company.partner_id
                  WHERE company.id = %s))::date""",
            SQL.identifier(document, column),
            SQL.identifier(document, "company_id"),
        )

    @api.model
    def _after_noted(self):
        self._trigger()

    @api.model
    def _trigger(self):
        self.env.ref(self._job).sudo()._trigger()  # whoever takes a step may have the job run

    # === Sending === #

    @api.model
    def _cron_send(self, limit=200):
        """Make the mails that wait; one that cannot be made keeps its error and stops no other."""
        waiting = self.search([("state", "=", "waiting")], order=f"{self._document}, id", limit=limit)
        more = len(waiting) == limit
        if more:  # the mails of one document stay together
            last = waiting[-1][self._document]
            waiting |= self.search([("state", "=", "waiting"), (self._document, "=", last.id)])
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(waiting))
        for mails in waiting.grouped(self._document).values():
            locked = mails.try_lock_for_update()
            if locked == mails:
                locked._send_last()
            if not cron._commit_progress(len(mails)):
                break
        if more:
            self._trigger()

    def _send_last(self):
        """Send the last of the mails that wait for one document: it tells what those before it would."""
        last = self.sorted(lambda mail: (mail.step_id.sequence, mail.id))[-1]
        (self - last)._close("skipped", self.env._("A later mail says it all."))
        if not last._address() and not last._sms_template():
            last._close("skipped", self.env._("The customer has no e-mail address."))
            return
        try:
            with self.env.cr.savepoint():
                last._send()
        except OperationalError:
            raise  # somebody else works on it: the job runs again
        except Exception as error:  # whatever a template that somebody edited may raise
            name = last[self._document].display_name
            _logger.warning("Mail %s of %s cannot be made", last.step_id.code, name, exc_info=True)
            last._close("failed", str(error))

    def _recipient(self):
        """Hook: the customer that is told (`res.partner`)."""
        self.ensure_one()
        return self[self._document].partner_id

    def _sms_template(self):
        """The text message of the step; none for who wants none."""
        recipient = self._recipient()
        return self.step_id.sms_template_id if recipient and not recipient.aftersales_sms_optout else None

    def _address(self):
        """Hook: the address that the mail goes to; none, no mail."""
        return self._recipient().email

    def _email_values(self):
        """Hook: values of the mail that the template does not set."""
        # Of a notification the mail goes once it is sent, and the message stays in the chatter.
        return {"auto_delete": True, "is_notification": True}

    def _send(self):
        """Hand one mail to the mail queue, and an SMS to its own where the step has one."""
        self.ensure_one()
        document = self[self._document]
        partner = self._recipient()
        if self._address():
            template = self.step_id.template_id.with_company(document.company_id)
            template.send_mail(document.id, email_values=self._email_values())
        if self._sms_template():
            document._message_sms_with_template(self._sms_template(), partner_ids=partner.ids, put_in_queue=True)
        self._close("sent")

    def _close(self, state, detail=False):
        self.write({"state": state, "detail": detail})

    def _retry(self):
        """Try again what failed, for managers."""
        self.env["aftersales.rma"]._ensure_manager(self.env._("Only a manager sends failed mails again."))
        failed = self.filtered(lambda mail: mail.state == "failed")
        failed.sudo()._close("waiting")  # the log is the system's; managers only restart it
        self._trigger()
