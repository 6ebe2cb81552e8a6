import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .aftersales_case_gateway import plain_text

_logger = logging.getLogger(__name__)

BATCH = 100


class AftersalesCase(models.Model):
    """The clock of a case: who spoke last, what that moves, and when silence ends it."""

    _inherit = "aftersales.case"

    paused_since = fields.Datetime("Waits for the customer since", readonly=True, copy=False)
    quiet_since = fields.Datetime(
        compute="_compute_quiet_since", store=True, help="When either side last did something: silence counts from it."
    )
    previous_id = fields.Many2one(
        "aftersales.case",
        "Goes on from",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        groups="base.group_user",
        help="The customer answered that case long after it was closed.",
    )

    _quiet = models.Index("(team_id, quiet_since) WHERE state IN ('waiting_customer', 'solved')")

    # === Computes === #

    @api.depends("last_customer_at", "last_answer_at", "paused_since", "solved_at")
    def _compute_quiet_since(self):
        for case in self:
            moments = (case.last_customer_at, case.last_answer_at, case.paused_since, case.solved_at)
            case.quiet_since = max(filter(None, moments), default=False)

    # === Business === #

    def _customer_spoke(self, at=None):
        """The customer has written or called: what waits for them goes on, what was over is open again.

        :param datetime.datetime at: when, UTC; now when empty
        """
        self._note_moment("last_customer_at", at)
        awaited = self.filtered(lambda case: case.state in ("waiting_customer", "solved"))
        closed = self.filtered(lambda case: case.state == "closed" and case._may_go_on())
        (awaited | closed)._transition("in_progress")

    def _we_answered(self, at=None, user=None):
        """Somebody of the shop has answered the customer, and has thereby taken up what was new.

        :param datetime.datetime at: when, UTC; now when empty
        :param user: `res.users` who did
        """
        self._note_moment("first_answer_at", at, only_first=True)
        self._note_moment("last_answer_at", at)
        fresh = self.filtered(lambda case: case.state == "new")
        if user:
            fresh.filtered(lambda case: not case.user_id).user_id = user
        fresh._transition("in_progress")

    def _note_moment(self, name, at=None, only_first=False):
        """Set a time to ``at``; one that is set already stays when only the first counts, or it is later."""
        at = at or fields.Datetime.now()
        late = self.filtered(lambda case: not case[name] or (not only_first and case[name] < at))
        if late:
            late._write_guarded({name: at})

    def _may_go_on(self):
        """Whether an answer to the case reopens it; else it makes a new one."""
        self.ensure_one()
        if self.state == "closed":
            since = self.company_id._aftersales_days_ago(self.team_id.reopen_days)
            return bool(self.team_id.reopen_days) and self.closed_at >= since
        return self.state != "cancelled"

    def _go_on_vals(self):
        """Values of the new case that goes on from this one."""
        self.ensure_one()
        names = ("company_id", "team_id", "sale_order_id", "product_id", "lot_id", "warranty_id")
        return {"previous_id": self.id, "type": self.type, **{name: self[name].id for name in names}}

    # === Messages === #

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        if self._is_conversation(message):
            self._hear(message)
        return result

    def _is_conversation(self, message):
        """Whether a message is something that customer and shop say to each other: no note, no notice of the system."""
        return (
            message.message_type in ("email", "comment")
            and not message.subtype_id.internal
            and not message.is_internal
            and message.author_id != self.env.ref("base.partner_root")
        )

    def _hear(self, message):
        """What follows from somebody having spoken."""
        self.ensure_one()
        # Customers may write to their cases, and only the system moves these.
        case_sudo, author_sudo = self.sudo(), message.sudo().author_id
        if author_sudo and not author_sudo.partner_share and author_sudo != case_sudo.partner_id:
            case_sudo._we_answered(user=author_sudo.main_user_id)
        elif case_sudo._may_go_on():
            case_sudo._recognise(f"{message.subject or ''}\n{plain_text(message.body)}")
            case_sudo._customer_spoke()
        else:
            case_sudo._go_on(message.sudo())

    def _go_on(self, message):
        """A new case for what was written to one that is over."""
        self.ensure_one()
        case = self._open(
            [
                {
                    **self._go_on_vals(),
                    "subject": self.subject,
                    "description": message.body,
                    "partner_id": self.partner_id.id,
                    "email_from": self.email_from,
                    "channel": "email" if message.message_type == "email" else "portal",
                }
            ]
        )
        case._customer_spoke()
        self._message_log(body=self.env._("It is closed for long: the answer goes on in %s.", case._get_html_link()))
        return case

    # === Transitions === #

    def _transition(self, target, vals=None):
        waiting = target == "waiting_customer" and fields.Datetime.now()
        return super()._transition(target, {"paused_since": waiting, **(vals or {})})

    # === Silence === #

    @api.model
    def _silent_domain(self):
        """Cases, solved or waiting for the customer, that were silent for the days their team gives."""
        teams = self.env["aftersales.team"].with_context(active_test=False).search([("auto_close_days", ">", 0)])
        silent = Domain.FALSE
        for (company, days), group in teams.grouped(lambda team: (team.company_id, team.auto_close_days)).items():
            since = company._aftersales_days_ago(days)
            silent |= Domain("team_id", "in", group.ids) & Domain("quiet_since", "<=", since)
        return silent & Domain("state", "in", ("waiting_customer", "solved"))

    @api.model
    def _cron_close_silent(self):
        """Close what silence has ended, in batches."""
        silent = self._silent_domain()
        found = self.search(silent, order="quiet_since, id")
        crons = self.env["ir.cron"]
        crons._commit_progress(remaining=len(found))
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH]
            batch.try_lock_for_update().filtered_domain(silent)._close_silent()
            if not crons._commit_progress(len(batch)):
                break

    def _close_silent(self):
        """Close cases, and tell; one that may not be closed stops no other."""
        try:
            with self.env.cr.savepoint():
                self._transition("closed")
        except UserError as error:
            if len(self) == 1:
                _logger.warning("%s could not be closed after its silence: %s", self.name, error)
            else:
                for case in self:
                    case._close_silent()
            return
        bodies = {
            case.id: self.env._("Closed: nothing was heard for %s days.", case.team_id.auto_close_days) for case in self
        }
        self._message_log_batch(bodies)
        for case in self:
            self.env["aftersales.case.mail"]._note(case.id, "case_closed", str(case.reopened))


class AftersalesTeam(models.Model):
    _inherit = "aftersales.team"

    reopen_days = fields.Integer(
        "Answers reopen for days",
        default=30,
        help="Days after its closing within which the customer's answer reopens a case; later ones make a new case "
        "that goes on from it. 0: always a new one.",
    )

    _reopen_days_positive = models.Constraint("CHECK (reopen_days >= 0)", "Days cannot be less than zero.")
