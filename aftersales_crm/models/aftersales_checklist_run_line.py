from odoo import api, fields, models
from odoo.exceptions import UserError

from .aftersales_checklist_item import RECORDS


class AftersalesChecklistRunLine(models.Model):
    """One item of one user's training: whether it is done, and what shows it."""

    _name = "aftersales.checklist.run.line"
    _description = "Item of a Training"
    _inherit = ["aftersales.state.mixin"]
    _order = "sequence, id"

    _transitions = {"open": {"done"}, "done": {"open"}}
    _guarded = ("state", "run_id", "item_id", "done_at", "signed_by")

    run_id = fields.Many2one("aftersales.checklist.run", required=True, index=True, ondelete="cascade")
    item_id = fields.Many2one("aftersales.checklist.item", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="run_id.company_id")
    user_id = fields.Many2one(related="run_id.user_id")
    sequence = fields.Integer(related="item_id.sequence", store=True)
    name = fields.Char(related="item_id.name")
    kind = fields.Selection(related="item_id.kind")
    evidence = fields.Selection(related="item_id.evidence")
    state = fields.Selection([("open", "To do"), ("done", "Done")], default="open", required=True, readonly=True)
    note = fields.Text()
    attachment_ids = fields.Many2many("ir.attachment", string="Photos", bypass_search_access=True)
    record_ref = fields.Reference(lambda self: [(name, self.env[name]._description) for name in RECORDS], "Record")
    done_at = fields.Datetime("Done", readonly=True)
    signed_by = fields.Many2one("res.users", readonly=True)
    attempt_count = fields.Integer("Attempts made", compute="_compute_attempts")
    score = fields.Float("Best score (%)", compute="_compute_attempts", digits=(16, 0))
    is_next = fields.Boolean("Can be done now", compute="_compute_is_next")

    _item_unique = models.UniqueIndex("(run_id, item_id)", "This item is in the training already.")

    # === Computes === #

    def _compute_attempts(self):
        # Users have no rights on surveys; how often they tried and with what score is theirs to see.
        groups = (
            self.env["survey.user_input"]
            .sudo()
            ._read_group(
                [("aftersales_line_id", "in", self.ids), ("state", "=", "done")],
                ["aftersales_line_id"],
                ["__count", "scoring_percentage:max"],
            )
        )
        found = {line.id: (count, score) for line, count, score in groups}
        for line in self:
            line.attempt_count, line.score = found.get(line.id, (0, 0.0))

    @api.depends("run_id.line_ids.state", "run_id.state")
    def _compute_is_next(self):
        for line in self:
            line.is_next = line.state == "open" and line.run_id.state in ("open", "waiting") and not line._waits_for()

    # === CRUD === #

    def write(self, vals):
        if not self._is_system():
            for line in self:
                line._ensure_running()
                if line.state == "done":
                    raise UserError(self.env._("%(item)s is done already.", item=line.name))
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._claim_evidence()
        return result

    def _claim_evidence(self):
        """Tie photos that belong to nothing yet to the line, so that its trainer sees them."""
        for line in self:
            # Linking them took the right to read them.
            photos_sudo = line.sudo().attachment_ids.filtered(lambda photo: not photo.res_id)
            photos_sudo.write({"res_model": self._name, "res_id": line.id})

    # === Actions === #

    def action_done(self):
        """Note that one has read or done what the item says.

        :raise UserError: when it is not one's own, out of turn, or the evidence is missing
        """
        for line in self:
            line.run_id._ensure_own()
            line.run_id._serialize()
            if line.state == "done":
                continue
            line._ensure_turn()
            line._ensure_by_hand()
            line._finish()
        return True

    def action_quiz(self):
        """Begin an attempt at the quiz, or go on with the one begun.

        :return: action that opens it
        :raise UserError: out of turn, or when no attempts are left
        """
        self.ensure_one()
        self.run_id._ensure_own()
        self._ensure_turn()
        problem = self.item_id._quiz_problem() if self.kind == "quiz" else self.env._("this is no quiz.")
        if problem:
            raise UserError(self.env._("%(item)s: %(problem)s", item=self.name, problem=problem))
        url = self._attempt().get_start_url()
        return {"type": "ir.actions.act_url", "name": self.name, "url": url, "target": "self"}

    def action_sign_off(self, note=False):
        """Sign off what somebody else has done.

        :param str note: noted on the item
        :raise AccessError: for who is no trainer of the checklist
        :raise UserError: for one's own training, or when something is still to be done
        """
        for line in self:
            line.run_id._ensure_may_sign()
            line.run_id._serialize()
            if line.state == "done":
                continue
            if line.kind != "signoff":
                raise UserError(self.env._("%(item)s is not signed off, it is done.", item=line.name))
            line._ensure_turn()
            # Trainers do not write the trainings of others; they may sign this one.
            line.sudo()._finish({"signed_by": self.env.uid, **({"note": note} if note else {})})
        return True

    # === Who may do what === #

    def _ensure_running(self):
        self.ensure_one()
        if self.run_id.state not in ("open", "waiting"):
            raise UserError(self.env._("%(training)s is over.", training=self.run_id.display_name))

    def _ensure_turn(self):
        self._ensure_running()
        before = self._waits_for()
        if before:
            raise UserError(
                self.env._("%(item)s comes after: %(before)s.", item=self.name, before=", ".join(before.mapped("name")))
            )

    def _waits_for(self):
        """What has to be done before: with an order what comes before, for a sign-off all that the user does."""
        self.ensure_one()
        left = self.run_id.line_ids.filtered(lambda line: line.state != "done") - self
        before = left.browse()
        if self.kind == "signoff":
            before = left.filtered(lambda line: line.kind != "signoff")
        if self.run_id.checklist_id.order_enforced:
            mine = (self.sequence, self.item_id.id)
            before |= left.filtered(lambda line: (line.sequence, line.item_id.id) < mine)
        return before

    def _ensure_by_hand(self):
        if self.kind == "quiz":
            raise UserError(self.env._("%(item)s: pass the quiz.", item=self.name))
        if self.kind == "signoff":
            raise UserError(self.env._("%(item)s: a trainer signs it off.", item=self.name))
        if self.kind == "do":
            self._ensure_evidence()

    def _ensure_evidence(self):
        evidence = self.evidence
        if evidence == "note" and not (self.note or "").strip():
            raise UserError(self.env._("%(item)s: write a note about what you did.", item=self.name))
        if evidence == "photo" and not any(
            (mimetype or "").startswith("image/") for mimetype in self.sudo().attachment_ids.mapped("mimetype")
        ):
            raise UserError(self.env._("%(item)s: add a photo of what you did.", item=self.name))
        if evidence == "record":
            self._ensure_record()

    def _ensure_record(self):
        record, wanted = self.record_ref, self.item_id.record_model
        if not record or not record.exists() or wanted not in (False, record._name):
            raise UserError(
                self.env._(
                    "%(item)s: choose the record that shows it (%(kind)s).",
                    item=self.name,
                    kind=self.env[wanted]._description if wanted else self.env._("an inspection, return or case"),
                )
            )
        record.check_access("read")

    # === Business === #

    def _finish(self, vals=None):
        self._transition("done", {"done_at": fields.Datetime.now(), **(vals or {})})
        # Users do not write their runs; the lines say where these are.
        self.run_id.sudo()._sync()

    def _attempt(self):
        """The attempt that the user has begun, or a new one (sudo'ed `survey.user_input`)."""
        self.ensure_one()
        attempts = self.env["survey.user_input"]
        # Staff need no rights on surveys to take the quiz of their own training.
        begun_sudo = attempts.sudo().search([("aftersales_line_id", "=", self.id), ("state", "!=", "done")], limit=1)
        if begun_sudo:
            return begun_sudo
        attempt_sudo = self.item_id.sudo().survey_id._create_answer(user=self.env.user)
        attempt_sudo.aftersales_line_id = self.id
        return attempt_sudo
