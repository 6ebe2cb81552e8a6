from odoo import fields, models


class AftersalesRmaAnswer(models.TransientModel):
    """Note an answer that the customer got by phone, by letter or at the counter."""

    _name = "aftersales.rma.answer"
    _description = "Answered"

    rma_id = fields.Many2one("aftersales.rma", required=True, ondelete="cascade")
    answered_at = fields.Datetime("When", required=True, default=fields.Datetime.now)
    channel = fields.Selection(
        [("phone", "By phone"), ("letter", "By letter"), ("counter", "In person"), ("other", "Another way")],
        "How",
        required=True,
        default="phone",
    )
    note = fields.Text("What was said")

    def action_note(self):
        self.ensure_one()
        channel = dict(self._fields["channel"]._description_selection(self.env))[self.channel]
        self.rma_id._note_answer(self.answered_at, channel, self.note)
        return {"type": "ir.actions.act_window_close"}
