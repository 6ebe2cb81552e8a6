from odoo import fields, models
from odoo.exceptions import UserError


class AftersalesCallLog(models.TransientModel):
    """Note a call that was just made: one click opens it, one keeps it."""

    _name = "aftersales.call.log"
    _description = "Log a Call"

    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True)
    direction = fields.Selection(
        [("in", "The customer called"), ("out", "We called the customer")], required=True, default="in"
    )
    said = fields.Text("What was said", required=True)

    def action_log(self):
        """Keep the call as an activity of the document that is done, as Odoo does with planned ones."""
        self.ensure_one()
        document = self._document()
        call_sudo = self.env["mail.activity"].sudo()  # whoever may read a document may note what its customer said
        activity_sudo = call_sudo.with_context(mail_activity_quick_update=True).create(
            {
                "res_model_id": self.env["ir.model"]._get_id(document._name),
                "res_id": document.id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_call").id,
                "summary": dict(self._fields["direction"]._description_selection(self.env))[self.direction],
                "user_id": self.env.uid,
            }
        )
        activity_sudo._action_done(feedback=self.said)
        return {"type": "ir.actions.act_window_close"}

    def _document(self):
        if self.res_model not in self.env["aftersales.event"]._spoken_about():
            raise UserError(self.env._("Calls are logged on customers, orders, cases and returns."))
        if not self.said.strip():
            raise UserError(self.env._("Write in a few words what was said."))
        document = self.env[self.res_model].browse(self.res_id).exists()
        if not document:
            raise UserError(self.env._("This document is gone."))
        document.check_access("read")
        return document
