from odoo import api, fields, models


class AftersalesChecklistSign(models.TransientModel):
    """A trainer looks through what somebody has done, and signs it off or sends it back."""

    _name = "aftersales.checklist.sign"
    _description = "Sign Off a Training"

    run_id = fields.Many2one("aftersales.checklist.run", "Training", required=True, ondelete="cascade")
    user_id = fields.Many2one(related="run_id.user_id")
    checklist_id = fields.Many2one(related="run_id.checklist_id")
    to_sign = fields.Text(compute="_compute_to_sign")
    note = fields.Text("What you saw")

    @api.depends("run_id")
    def _compute_to_sign(self):
        for wizard in self:
            wizard.to_sign = "\n".join(wizard._lines().mapped("name"))

    # === Actions === #

    def action_sign(self):
        """Sign off what waits for it."""
        self.ensure_one()
        for line in self._lines():
            line.action_sign_off(self.note)
        return {"type": "ir.actions.act_window_close"}

    def action_send_back(self):
        """Have it done again; the note says why."""
        self.ensure_one()
        self.run_id.action_send_back(self.note)
        return {"type": "ir.actions.act_window_close"}

    # === Business === #

    def _lines(self):
        return self.run_id.line_ids.filtered(lambda line: line.kind == "signoff" and line.state == "open")
