from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime


class AftersalesCommitment(models.Model):
    """Promises that people make, keep, move and drop."""

    _inherit = "aftersales.commitment"

    may_explain = fields.Boolean(compute="_compute_may_explain")

    @api.depends_context("uid")
    def _compute_may_explain(self):
        manager = self.env["aftersales.rma"]._is_manager()
        for commitment in self:
            commitment.may_explain = manager or commitment.team_id.leader_id == self.env.user

    def write(self, vals):
        if "breach_cause" in vals and not self._is_system() and not all(self.mapped("may_explain")):
            raise UserError(self.env._("Only the lead of the team or a manager says why a promise was broken."))
        return super().write(vals)

    # === Business === #

    @api.model
    def _make(self, document, note, on):
        """Promise something by hand.

        :param document: one case, return or order
        :param str note: what, in words
        :param datetime.datetime on: until when, UTC
        :return: the commitment
        :raise UserError: without words, or for a time that has passed
        """
        self._ensure_may_promise(document)
        if not isinstance(note, str) or not note.strip():
            raise UserError(self.env._("Say what you promise."))
        self._ensure_to_come(on)
        commitment = self._promise(document, "other", on, note.strip())
        when = format_datetime(self.env, on)
        commitment.with_env(self.env)._log(self.env._("Promised for %(when)s: %(what)s", when=when, what=note.strip()))
        return commitment

    def _ensure_may_promise(self, document):
        """Who works on a case or return promises on it; on an order, any agent who sees it."""
        self.check_access("read")
        document.check_access("read" if document._name == "sale.order" else "write")

    def _ensure_to_come(self, on):
        if not on or on <= fields.Datetime.now():
            raise UserError(self.env._("Promise a time that is still to come."))

    def _ensure_owed(self):
        for commitment in self:
            commitment._ensure_may_promise(commitment._document())
            if commitment.closing:
                raise UserError(self.env._("%(promise)s has ended.", promise=commitment.display_name))

    def _as_reason(self, reason):
        if not isinstance(reason, str) or not reason.strip():
            raise UserError(self.env._("Say why."))
        return reason.strip()

    def _move(self, on, reason):
        """Promise another time, and say why.

        :param datetime.datetime on: the new time, UTC
        :raise UserError: without a reason, or for a time that has passed
        """
        self._ensure_owed()
        reason = self._as_reason(reason)
        self._ensure_to_come(on)
        for commitment in self:
            line = self.env._(
                "%(before)s → %(after)s (%(user)s): %(reason)s",
                before=format_datetime(self.env, commitment.promised_on),
                after=format_datetime(self.env, on),
                user=self.env.user.name,
                reason=reason,
            )
            commitment_sudo = commitment.sudo()._with_system()  # rows are the system's, see _ensure_owed
            commitment_sudo._set_due(on)
            commitment_sudo.move_reason = "\n".join(filter(None, [commitment.move_reason, line]))
            commitment._log(self.env._("Promise moved: %(what)s, %(line)s", what=commitment._words(), line=line))

    def _drop(self, reason):
        """Give a promise up, and say why.

        :raise UserError: without a reason
        :raise AccessError: for agents, when it is broken already
        """
        self._ensure_owed()
        reason = self._as_reason(reason)
        if any(commitment.state == "broken" for commitment in self):
            self.env["aftersales.rma"]._ensure_manager(
                self.env._("It is late already: only a manager drops it. Keep it, or promise another time.")
            )
        # Rows are the system's, see _ensure_owed.
        self.sudo()._with_system().write({"closing": "cancelled", "cancel_reason": reason, "paused_at": False})
        for commitment in self:
            commitment._log(
                self.env._("Promise dropped: %(what)s. %(reason)s", what=commitment._words(), reason=reason)
            )

    def _log(self, body):
        """Note what became of a promise on its document."""
        # An agent notes it on an order without the right to edit orders.
        self._document().sudo()._message_log(body=body)

    # === Actions === #

    def action_keep(self):
        """Mark as done by hand."""
        self._ensure_owed()
        self.sudo()._with_system()._end_kept(by=self.env.user)  # rows are the system's, see _ensure_owed
        for commitment in self:
            commitment._log(self.env._("Promise kept: %(what)s.", what=commitment._words()))
        return True

    def action_open_move(self):
        """Ask for another time and the reason."""
        return self._open_dialog("move", self.env._("Promise another time"))

    def action_open_drop(self):
        """Ask why it is given up."""
        return self._open_dialog("drop", self.env._("Drop the promise"))

    def _open_dialog(self, mode, name):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "aftersales.promise",
            "view_mode": "form",
            "target": "new",
            "context": {"default_mode": mode, "default_commitment_id": self.id},
        }

    def action_open(self):
        """Open the document on which it was promised."""
        self.ensure_one()
        return self.env["aftersales.rma"]._desk_action(self._document())
