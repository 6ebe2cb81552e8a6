import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# What was begun and not finished in this time was interrupted.
INTERRUPTED = timedelta(minutes=30)


class AftersalesFollowupJob(models.Model):
    """One step of a plan for one document: planned once, done once, and why not where it is not.

    The row is claimed and committed before anything is done. Whatever was interrupted is tried once more,
    and never a third time: who looks at the log sees it.
    """

    _name = "aftersales.followup.job"
    _description = "Follow-up"
    _order = "due_at desc, id desc"
    _log_access = False

    plan_id = fields.Many2one("aftersales.followup.plan", required=True, readonly=True, index=True, ondelete="cascade")
    step_id = fields.Many2one("aftersales.followup.step", required=True, readonly=True, ondelete="cascade")
    kind = fields.Selection(related="step_id.kind")
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference("Document", model_field="res_model", required=True, readonly=True)
    document_name = fields.Char("About", compute="_compute_document_name")
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    due_at = fields.Datetime("Due", required=True, readonly=True)
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("sending", "Under way"),
            ("sent", "Done"),
            ("skipped", "Left out"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="planned",
    )
    reason = fields.Selection(
        [
            ("off", "The plan is switched off"),
            ("too_late", "Too late"),
            ("cancelled", "Does not apply any more"),
            ("returned", "Something was returned"),
            ("open_case", "A case or return is open"),
            ("ordered", "Has ordered again"),
            ("opted_out", "Wants no such mails"),
            ("blacklisted", "On the blacklist"),
            ("no_address", "No address or number"),
            ("no_gateway", "No way to send SMS"),
            ("asked", "Was asked before"),
        ],
        "Why not",
        readonly=True,
    )
    detail = fields.Char(readonly=True)
    claimed_at = fields.Datetime(readonly=True)
    done_at = fields.Datetime("Done at", readonly=True)
    tries = fields.Integer(readonly=True, default=0)

    _once = models.UniqueIndex("(step_id, res_model, res_id)")
    _due = models.Index("(due_at, id) WHERE state = 'planned'")
    _claimed = models.Index("(claimed_at) WHERE state = 'sending'")
    _of_document = models.Index("(res_model, res_id)")

    def _compute_document_name(self):
        for model, jobs in self.grouped("res_model").items():
            documents_sudo = self.env[model].sudo().browse(jobs.mapped("res_id")).exists()  # their names only
            names = {document.id: document.display_name for document in documents_sudo}
            for job in jobs:
                job.document_name = names.get(job.res_id)

    # === The job === #

    @api.model
    def _cron_send(self, limit=200):
        """Do what is due, a row at a time; one that fails keeps its error and stops no other."""
        self._drop_late()
        self._recover()
        cron = self.env["ir.cron"]
        due = self.search(self._due_domain(), order="due_at, id", limit=limit)
        cron._commit_progress(remaining=len(due))
        for job in due:
            if job._claim():
                cron._commit_progress()
                job._execute()
            if not cron._commit_progress(1):
                break
        if len(due) == limit:
            self.env.ref("aftersales_crm.aftersales_followup_send_cron")._trigger()

    def _due_domain(self):
        return [("state", "=", "planned"), ("due_at", "<=", fields.Datetime.now())]

    def _claim(self):
        """Take the job; of two workers one.

        :return: whether it is ours
        """
        self.ensure_one()
        self.env.cr.execute(
            SQL(
                """UPDATE aftersales_followup_job SET state = 'sending', claimed_at = %s, tries = tries + 1
                    WHERE id = (SELECT id FROM aftersales_followup_job
                                 WHERE id = %s AND state = 'planned' FOR UPDATE SKIP LOCKED)""",
                fields.Datetime.now(),
                self.id,
            )
        )
        self.invalidate_recordset()
        return bool(self.env.cr.rowcount)

    @api.model
    def _drop_late(self):
        """Leave out what nobody wants any more, however much it is."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE aftersales_followup_job job SET state = 'skipped', reason = 'too_late', done_at = %(now)s
                     FROM aftersales_followup_plan plan
                    WHERE plan.id = job.plan_id AND job.state = 'planned'
                      AND job.due_at < %(now)s - plan.max_delay_days * INTERVAL '1 day'""",
                now=fields.Datetime.now(),
            )
        )
        self.invalidate_model()

    @api.model
    def _recover(self):
        """Take up what was interrupted: once more, and no third time."""
        now = fields.Datetime.now()
        lost = self.search([("state", "=", "sending"), ("claimed_at", "<", now - INTERRUPTED)])
        lost = lost.try_lock_for_update()
        again = lost.filtered(lambda job: job.tries < 2)
        again.write({"state": "planned", "detail": self.env._("It was interrupted: the customer may get it twice.")})
        (lost - again)._close("failed", detail=self.env._("It was interrupted twice."))

    def _execute(self):
        """Do a claimed job, put it off to the customer's waking hours, or say why not."""
        self.ensure_one()
        reason = self._skip_reason()
        waking = self.company_id._aftersales_waking(self.partner_id, fields.Datetime.now())
        if reason:
            self._close("skipped", reason=reason)
        elif waking > fields.Datetime.now():
            self.write({"state": "planned", "due_at": waking, "tries": self.tries - 1})
        else:
            self._try()

    def _try(self):
        try:
            with self.env.cr.savepoint():
                done = getattr(self, f"_do_{self.kind}")()
        except OperationalError:
            raise  # somebody else works on the document: the job is taken up again
        except Exception as error:  # whatever a text that somebody edited may raise
            _logger.warning("Follow-up %s of %s failed", self.step_id.name, self.document_name, exc_info=True)
            self._close("failed", detail=str(error))
        else:
            self._close(*done or ("sent",), detail=self.detail)

    def _close(self, state, reason=False, detail=False):
        self.write({"state": state, "reason": reason, "detail": detail, "done_at": fields.Datetime.now()})

    def action_retry(self):
        """Try again what failed; for managers."""
        self.env["aftersales.rma"]._ensure_manager(self.env._("Only a manager tries failed follow-ups again."))
        self.check_access("read")
        # The log is the system's; managers only restart it.
        failed_sudo = self.sudo().filtered(lambda job: job.state == "failed")
        failed_sudo.write({"state": "planned", "due_at": fields.Datetime.now(), "tries": 0, "detail": False})
        self.env.ref("aftersales_crm.aftersales_followup_send_cron").sudo()._trigger()
        return True

    def action_open(self):
        """Open the document."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id)._get_records_action()
