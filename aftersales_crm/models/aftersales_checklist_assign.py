import logging
from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)
BATCH = 200
OPEN = ("open", "waiting")


class AftersalesChecklistRun(models.Model):
    """Who is given which training: in bulk by hand, and every night by rule."""

    _inherit = "aftersales.checklist.run"

    # === By hand === #

    @api.model
    def _assign(self, checklists, users, due_on=False, origin="hand"):
        """Give users checklists; who has one open already keeps it as it is.

        :param checklists: `aftersales.checklist`, published ones
        :param users: `res.users`
        :param datetime.date due_on: today or later; False: without
        :param str origin: ``hand`` or ``rule``
        :return: the new runs
        :raise UserError: for a day in the past, an archived user, a checklist that is not published
        """
        checklists._lock_versions()
        pairs = [(checklist, user, due_on) for checklist in checklists for user in users]
        return self._give_pairs(pairs, origin)

    @api.model
    def _give_pairs(self, pairs, origin):
        """Make the runs of ``(checklist, user, due_on)`` that are not open yet, and put them on the users' lists."""
        checklists = self.env["aftersales.checklist"].union(*(pair[0] for pair in pairs))
        known = Domain("root_id", "in", checklists.root_id.ids) & Domain("state", "in", OPEN)
        # Whoever assigns need not see what others have assigned.
        taken = {(run.root_id.id, run.user_id.id) for run in self.sudo().search(known)}
        vals_list = [
            {"checklist_id": checklist.id, "user_id": user.id, "due_on": due_on, "origin": origin}
            for checklist, user, due_on in pairs
            if (checklist.root_id.id, user.id) not in taken
        ]
        quiet = {"tracking_disable": True, "mail_create_nolog": True, "mail_create_nosubscribe": True}
        runs = self._with_system().with_context(**quiet).create(vals_list).with_env(self.env)
        runs._remind()
        return runs

    def _remind(self):
        """Put runs on the lists of what their users have to do."""
        todo = self.env.ref("mail.mail_activity_data_todo")
        model = self.env["ir.model"]._get_id(self._name)
        # Whoever assigns writes on the lists of others; no mail goes out for each.
        self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": todo.id,
                    "res_model_id": model,
                    "res_id": run.id,
                    "user_id": run.user_id.id,
                    "automated": True,
                    "summary": self.env._("Training: %(name)s", name=run.checklist_id.name),
                    "date_deadline": run.due_on or run.company_id._aftersales_today(),
                }
                for run in self
            ]
        )

    def _after_transition(self, target):
        result = super()._after_transition(target)
        if target in ("done", "cancelled"):
            # The reminder may be on the list of somebody else.
            self.sudo().activity_unlink(["mail.mail_activity_data_todo"])
        return result

    # === By rule === #

    @api.model
    def _follow_version(self, checklist):
        """Runs of an earlier version that nobody has begun become runs of the one just published."""
        idle = Domain("state", "=", "open") & Domain("started_at", "=", False)
        older = Domain("root_id", "=", checklist.root_id.id) & Domain("checklist_id", "!=", checklist.id)
        # Of all companies, whatever companies who publishes it looks at.
        self.sudo().search(idle & older)._write_guarded({"checklist_id": checklist.id})

    @api.model
    def _cron_nightly(self):
        """What the date does to training, in batches: expiry is noted, and who needs it is given it.

        Repeating it changes nothing; a night left out is made up for.
        """
        self._note_expired()
        self._drop_of_archived()
        crons = self.env["ir.cron"]
        checklists = self.env["aftersales.checklist"].search([("state", "=", "published")])
        pairs = [pair for checklist in checklists for pair in checklist._wanting()]
        crons._commit_progress(remaining=len(pairs))
        for start in range(0, len(pairs), BATCH):
            batch = pairs[start : start + BATCH]
            self.env["aftersales.checklist"].union(*(pair[0] for pair in batch))._lock_versions()
            try:
                with self.env.cr.savepoint():
                    self._give_pairs(batch, "rule")
            except UserError as error:
                _logger.warning("Trainings could not be assigned: %s", error)
            if not crons._commit_progress(len(batch)):
                break

    @api.model
    def _note_expired(self):
        for company in self.env["res.company"].search([("active", "=", True)]):
            over = Domain("state", "=", "done") & Domain("valid_until", "<", company._aftersales_today())
            self.search(over & Domain("company_id", "=", company.id)).with_context(tracking_disable=True)._transition(
                "expired"
            )

    @api.model
    def _drop_of_archived(self):
        """Cancel the open runs of users who are not there any more."""
        self.search(Domain("state", "in", OPEN) & Domain("user_id.active", "=", False))._transition("cancelled")


class AftersalesChecklist(models.Model):
    _inherit = "aftersales.checklist"

    def _lock_versions(self):
        """Let one transaction at a time assign these checklists; another one is run again."""
        self.env.cr.execute(
            "UPDATE aftersales_checklist SET write_date = write_date WHERE id = ANY(%s)", [sorted(self.ids)]
        )

    def _wanting(self):
        """Who is to be given a checklist by rule: new members, those of an older version, those whose time ends.

        :return: list of ``(checklist, user, due_on)``
        """
        self.ensure_one()
        users = self._audience()
        runs = self.run_ids.search([("root_id", "=", self.root_id.id), ("user_id", "in", users.ids)])
        of_user = runs.grouped("user_id")
        return [
            (self, user, self._due_of(user, of_user.get(user, runs.browse())))
            for user in users
            if not any(self._makes_up(run) for run in of_user.get(user, ()))
        ]

    def _company_for(self, user):
        return self.env["aftersales.checklist.run"]._company_of({"checklist_id": self.id, "user_id": user.id})

    def _makes_up(self, run):
        """Whether a run is why its user needs no other one of this version now."""
        if run.state in OPEN:
            return True
        if run.checklist_id != self:
            return False
        soon = run.company_id._aftersales_today() + timedelta(days=self.renew_days)
        lasts = run.state == "done" and (not run.valid_until or run.valid_until > soon)
        return run.excused or lasts

    def _due_of(self, user, runs):
        """The day by which a user has to be done: before what they have ends, if that is still to come."""
        today = self._company_for(user)._aftersales_today()
        due = today + timedelta(days=self.due_days)
        ends = max((run.valid_until for run in runs if run.state == "done" and run.valid_until), default=due)
        return ends if ends >= today and any(run.checklist_id == self for run in runs) else due
