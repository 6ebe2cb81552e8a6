from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .aftersales_checklist import TRAINER

OPEN = ("open", "waiting")


class AftersalesChecklistRun(models.Model):
    """What the screens of training show and do: the next step, the queue of trainers, the certificate."""

    _inherit = "aftersales.checklist.run"

    checklist_name = fields.Char(related="checklist_id.name", string="Name of the checklist")
    minutes = fields.Integer(related="checklist_id.minutes")
    item_count = fields.Integer("Items to do", compute="_compute_steps")
    done_count = fields.Integer("Items done", compute="_compute_steps")
    next_line_id = fields.Many2one("aftersales.checklist.run.line", "Next step", compute="_compute_steps")
    next_name = fields.Char("Name of the next step", compute="_compute_steps")
    score = fields.Float("Score (%)", compute="_compute_score", digits=(16, 0))
    is_mine = fields.Boolean(compute="_compute_who")
    may_sign = fields.Boolean("Waits for my sign-off", compute="_compute_who", search="_search_may_sign")

    # === Computes === #

    @api.depends("line_ids.state", "state")
    def _compute_steps(self):
        for run in self:
            # Before the start there are no lines yet.
            run.item_count = len(run.line_ids or run.checklist_id.item_ids)
            run.done_count = sum(line.state == "done" for line in run.line_ids)
            run.next_line_id = run.line_ids.filtered(lambda line: line.is_next and line.kind != "signoff")[:1]
            run.next_name = run.next_line_id.name

    @api.depends("line_ids.state")
    def _compute_score(self):
        for run in self:
            scores = run.line_ids.filtered(lambda line: line.kind == "quiz").mapped("score")
            run.score = sum(scores) / len(scores) if scores else 0.0

    @api.depends("state", "user_id")
    @api.depends_context("uid")
    def _compute_who(self):
        may = {checklist: checklist._may_sign(self.env.user) for checklist in self.checklist_id}
        for run in self:
            run.is_mine = run.user_id == self.env.user
            run.may_sign = run.state == "waiting" and not run.is_mine and may[run.checklist_id]

    def _search_may_sign(self, operator, value):
        if operator != "in":
            return NotImplemented
        if not self.env.user.has_group(TRAINER):
            return Domain.FALSE
        anybody = Domain("checklist_id.trainer_ids", "=", False)
        return (
            Domain("state", "=", "waiting")
            & Domain("user_id", "!=", self.env.uid)
            & (anybody | Domain("checklist_id.trainer_ids", "in", self.env.user.ids))
        )

    # === Actions === #

    def action_continue(self):
        """Open one's own training, and begin it where it has not begun."""
        self.ensure_one()
        if self.state in OPEN:
            self.action_start()
        return self._screen()

    def action_next(self):
        """Open the next item that one can do oneself, as a dialog; the training where there is none."""
        self.ensure_one()
        self.action_start()
        self.invalidate_recordset(["line_ids"])
        return self.next_line_id._screen() or self._screen()

    def action_again(self):
        """Take the checklist once more, in the version of today.

        :raise UserError: when it is not in use any more
        """
        self.ensure_one()
        current = self.checklist_id._current()
        if not current:
            raise UserError(self.env._("%(checklist)s is not in use any more.", checklist=self.checklist_id.name))
        return current.action_start()

    def action_open_sign(self):
        """Look through what somebody has done, and sign it off or send it back."""
        self.ensure_one()
        self._ensure_may_sign()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign off"),
            "res_model": "aftersales.checklist.sign",
            "view_mode": "form",
            "target": "new",
            "context": {"default_run_id": self.id},
        }

    def action_certificate(self):
        """Print the certificate of what was passed.

        :raise UserError: when it was not passed
        """
        for run in self:
            if run.state not in ("done", "expired"):
                raise UserError(self.env._("%(training)s is not passed yet.", training=run.display_name))
        return self.env.ref("aftersales_crm.training_certificate_report").report_action(self)

    # === Business === #

    def _screen(self):
        """The training as its user sees it, as an action."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.checklist_id.name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref("aftersales_crm.aftersales_checklist_run_view_form_my").id, "form")],
        }

    def _certificate_name(self):
        """The file name of the certificate, without its extension."""
        self.ensure_one()
        return self.env._(
            "Certificate %(checklist)s %(user)s", checklist=self.checklist_id.name, user=self.user_id.name
        )

    def _signers(self):
        """The trainers who signed it off."""
        self.ensure_one()
        return self.line_ids.signed_by
