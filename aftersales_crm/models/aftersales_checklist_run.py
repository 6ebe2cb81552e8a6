from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_date


class AftersalesChecklistRun(models.Model):
    """One user's way through one version of a checklist, and until when it counts."""

    _name = "aftersales.checklist.run"
    _description = "Training"
    _inherit = ["aftersales.state.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "due_on, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    _transitions = {
        "open": {"waiting", "done", "cancelled"},
        "waiting": {"open", "done", "cancelled"},
        "done": {"expired"},
    }
    _guarded = ("state", "started_at", "done_at", "valid_until", "excused", "origin", "sent_back")

    checklist_id = fields.Many2one(
        "aftersales.checklist", required=True, index=True, check_company=True, ondelete="restrict"
    )
    root_id = fields.Many2one(
        related="checklist_id.root_id", string="First version", store=True, index=True, precompute=True
    )
    user_id = fields.Many2one(
        "res.users", required=True, index=True, domain="[('share', '=', False)]", ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    state = fields.Selection(
        [
            ("open", "To do"),
            ("waiting", "Waits for sign-off"),
            ("done", "Passed"),
            ("expired", "Expired"),
            ("cancelled", "Cancelled"),
        ],
        default="open",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    origin = fields.Selection(
        [("hand", "Assigned"), ("rule", "By rule"), ("self", "Own wish")], default="hand", required=True, readonly=True
    )
    due_on = fields.Date("Due")
    started_at = fields.Datetime("Started", readonly=True, copy=False)
    done_at = fields.Datetime("Passed", readonly=True, copy=False)
    valid_until = fields.Date(readonly=True, copy=False, help="The last day. Empty once passed: for good.")
    excused = fields.Boolean(
        readonly=True, copy=False, help="Cancelled by a manager: this version is not given again by rule."
    )
    sent_back = fields.Char("Sent back because", readonly=True, copy=False)
    line_ids = fields.One2many("aftersales.checklist.run.line", "run_id", "Items", help="Made when it is started.")
    progress = fields.Float("Progress (%)", compute="_compute_progress", aggregator="avg", digits=(16, 0))
    is_valid = fields.Boolean("Valid", compute="_compute_is_valid", search="_search_is_valid")
    is_late = fields.Boolean("Late", compute="_compute_is_late")

    _open_unique = models.UniqueIndex(
        "(root_id, user_id) WHERE state IN ('open', 'waiting')", "This user has this training open already."
    )
    _user_state = models.Index("(user_id, root_id, state)")

    # === Computes === #

    @api.depends("checklist_id", "user_id")
    def _compute_display_name(self):
        for run in self:
            run.display_name = f"{run.checklist_id.name or ''}: {run.user_id.name or ''}"

    @api.depends("line_ids.state", "state")
    def _compute_progress(self):
        for run in self:
            done = sum(line.state == "done" for line in run.line_ids)
            over = run.state in ("done", "expired")
            run.progress = 100.0 if over else 100.0 * done / (len(run.line_ids) or 1)

    @api.depends("state", "valid_until")
    def _compute_is_valid(self):
        today = {company: company._aftersales_today() for company in self.company_id}
        for run in self:
            passed = run.state == "done"
            run.is_valid = passed and (
                not run.valid_until or run.valid_until >= today.get(run.company_id, run.valid_until)
            )

    def _search_is_valid(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.OR(
            Domain("company_id", "=", company.id) & self._valid_domain(company._aftersales_today())
            for company in self.env.companies
        )

    @api.model
    def _valid_domain(self, day):
        """Runs that count on a day: what has expired does so by its date, whatever its state says."""
        return Domain("state", "=", "done") & (Domain("valid_until", "=", False) | Domain("valid_until", ">=", day))

    @api.depends("state", "due_on")
    def _compute_is_late(self):
        today = {company: company._aftersales_today() for company in self.company_id}
        for run in self:
            unfinished = run.state in ("open", "waiting")
            run.is_late = unfinished and bool(run.due_on) and run.due_on < today.get(run.company_id, run.due_on)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not vals.get("company_id"):
                vals["company_id"] = self._company_of(vals).id
        runs = super().create(vals_list)
        runs._ensure_assignable()
        runs._ensure_due_to_come()
        return runs

    def write(self, vals):
        if not self._is_system() and {"checklist_id", "user_id", "company_id", "line_ids"} & vals.keys():
            raise UserError(self.env._("A training stays whose and what it is: cancel it and assign another one."))
        result = super().write(vals)
        if "due_on" in vals:
            self._ensure_due_to_come()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Training is part of a user's record: cancel it instead."))

    @api.model
    def _company_of(self, vals):
        checklist = self.env["aftersales.checklist"].browse(vals.get("checklist_id"))
        user_sudo = self.env["res.users"].sudo().browse(vals.get("user_id"))  # their companies are no secret here
        if checklist.company_id:
            return checklist.company_id
        return self.env.company if self.env.company in user_sudo.company_ids else user_sudo.company_id

    def _ensure_assignable(self):
        """See that runs are of published checklists, for active members of staff of the company."""
        for run in self:
            user_sudo = run.user_id.sudo()
            if run.checklist_id.state != "published":
                raise UserError(self.env._("%(checklist)s is not published.", checklist=run.checklist_id.display_name))
            if not user_sudo.active or user_sudo.share:
                raise UserError(
                    self.env._(
                        "%(user)s is archived or no member of staff: nothing is assigned to them.",
                        user=user_sudo.name,
                    )
                )
            if run.company_id not in user_sudo.company_ids:
                raise UserError(
                    self.env._(
                        "%(user)s does not work for %(company)s.", user=user_sudo.name, company=run.company_id.name
                    )
                )

    def _ensure_due_to_come(self):
        for run in self:
            if run.due_on and run.due_on < run.company_id._aftersales_today():
                raise ValidationError(
                    self.env._(
                        "%(day)s is in the past: choose today or a later day.",
                        day=format_date(self.env, run.due_on),
                    )
                )

    # === Actions === #

    def action_start(self):
        """Begin one's own training; a second time changes nothing."""
        for run in self:
            run._ensure_own()
            if run.state == "open" and not run.started_at:
                run._serialize()
                # Users follow their runs, but do not write them.
                run_sudo = run.sudo()
                run_sudo._write_guarded({"started_at": fields.Datetime.now()})
                run_sudo._make_lines()
        return True

    def action_cancel(self):
        """Excuse users: managers only; the version is not given to them again by rule."""
        self.check_access("write")
        self._transition("cancelled", {"excused": True})
        return True

    def action_send_back(self, reason):
        """Have what was done done again, instead of signing it off.

        :param str reason: what is missing, for the user
        :raise AccessError: for who may not sign
        """
        if not (isinstance(reason, str) and reason.strip()):
            raise UserError(self.env._("Say what is missing: the user reads it."))
        for run in self:
            run._ensure_may_sign()
            # Trainers do not write the runs of others; they may sign this one.
            run_sudo = run.sudo()
            run_sudo._transition("open", {"sent_back": reason.strip()})
            run_sudo._to_do_again()._transition("open", {"done_at": False})
            run_sudo.message_post(body=reason.strip(), partner_ids=run.user_id.partner_id.ids)
        return True

    # === Who may do what === #

    def _ensure_own(self):
        self.ensure_one()
        if self.user_id != self.env.user:
            raise UserError(self.env._("This is the training of %(user)s.", user=self.user_id.name))

    def _ensure_may_sign(self):
        self.ensure_one()
        self.check_access("read")
        if self.user_id == self.env.user:
            raise UserError(self.env._("Nobody signs off their own training: ask another trainer."))
        if not self.checklist_id._may_sign(self.env.user):
            raise AccessError(
                self.env._(
                    "You are no trainer of “%(checklist)s”: its trainers sign it off.",
                    checklist=self.checklist_id.name,
                )
            )

    # === Business === #

    @api.model
    def _own(self, checklist):
        """One's open run of a checklist, made when there is none.

        :raise UserError: when the checklist is not published
        """
        open_states = Domain("state", "in", ("open", "waiting"))
        mine = Domain("root_id", "=", checklist.root_id.id) & Domain("user_id", "=", self.env.uid)
        # Users start runs of what they may read, and of themselves only.
        return self.search(open_states & mine) or self.sudo()._with_system().create(
            {"checklist_id": checklist.id, "user_id": self.env.uid, "origin": "self"}
        ).with_env(self.env)

    def _serialize(self):
        """Let one transaction at a time go on with these runs; another one is run again."""
        self.env.cr.execute(
            SQL("UPDATE aftersales_checklist_run SET write_date = write_date WHERE id = ANY(%s)", self.ids)
        )

    def _make_lines(self):
        self.env["aftersales.checklist.run.line"]._with_system().create(
            [{"run_id": run.id, "item_id": item.id} for run in self for item in run.checklist_id.item_ids]
        )

    def _sync(self):
        """Follow what is done of the lines: waiting when only sign-offs are left, passed when nothing is."""
        for run in self.filtered(lambda run: run.state in ("open", "waiting") and run.line_ids):
            left = run.line_ids.filtered(lambda line: line.state != "done")
            if not left:
                run._pass()
            elif all(line.kind == "signoff" for line in left):
                run._transition("waiting", {"sent_back": False})

    def _to_do_again(self):
        """The lines that somebody does anew whose training is sent back: what was done, else read, else known."""
        for kind in ("do", "read", "quiz"):
            lines = self.line_ids.filtered(lambda line, kind=kind: line.kind == kind)
            if lines:
                return lines
        return self.line_ids.browse()

    def _pass(self):
        self.ensure_one()
        now = fields.Datetime.now()
        day = self.company_id._aftersales_date(now)
        checklist = self.checklist_id
        until = day + relativedelta(months=checklist.validity_months) if checklist.expires else False
        self._transition("done", {"done_at": now, "valid_until": until, "sent_back": False})
