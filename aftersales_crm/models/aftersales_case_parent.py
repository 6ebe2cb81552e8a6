from odoo import fields, models
from odoo.exceptions import RedirectWarning, UserError


class AftersalesCase(models.Model):
    """One fault of many customers: their cases are answered, solved and closed at once."""

    _inherit = "aftersales.case"

    child_count = fields.Integer("Customers with this fault", compute="_compute_child_count")
    open_child_count = fields.Integer(compute="_compute_child_count")

    def _compute_child_count(self):
        # How many there are, tells no more than the parent does.
        groups = self.sudo()._read_group([("parent_id", "in", self.ids)], ["parent_id", "is_open"], ["__count"])
        counts = {(parent.id, is_open): count for parent, is_open, count in groups}
        for case in self:
            case.open_child_count = counts.get((case.id, True), 0)
            case.child_count = case.open_child_count + counts.get((case.id, False), 0)

    # === Actions === #

    def action_open_attach(self):
        """Ask which fault the selected cases are about."""
        self.check_access("write")
        return self._batch_wizard("aftersales.case.attach", self.env._("One fault, many customers"))

    def action_view_children(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_case_action")
        return {**action, "domain": [("parent_id", "=", self.id)], "context": {}}

    def action_answer_children(self):
        """Write to all customers of the fault, each in their own case."""
        return self._children_wizard("answer", self.env._("Answer all customers"))

    def action_solve_children(self):
        """Solve the fault and the cases of all its customers."""
        return self._children_wizard("solve", self.env._("Solve for all customers"))

    def action_close_children(self):
        """Close the fault and the cases of all its customers."""
        return self._children_wizard("close", self.env._("Close for all customers"))

    def _children_wizard(self, kind, name):
        self.ensure_one()
        self.check_access("write")
        action = self._batch_wizard("aftersales.case.batch", name)
        action["context"] = {"default_parent_id": self.id, "default_kind": kind, "dialog_size": "large"}
        return action

    def _batch_wizard(self, model, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids},
        }

    # === Business === #

    def _write_to_customer(self, body, attachments=None):
        """Send the customer a mail that is part of the case.

        :param Markup body: what it says
        :param attachments: `ir.attachment`; the case gets copies of its own
        :return: the message
        :raise UserError: when nobody knows whom to write to
        """
        self.ensure_one()
        partner = self.partner_id or self._partner_find_from_emails_single([self.email_from or ""])
        if not partner.email:
            raise UserError(self.env._("%(case)s: there is no address to write to.", case=self.name))
        copies = attachments and attachments.copy({"res_model": self._name, "res_id": self.id})
        return self.message_post(
            body=body,
            subject=self.env._("Re: %(subject)s", subject=self.subject),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=partner.ids,
            attachment_ids=copies.ids if copies else [],
            email_layout_xmlid="mail.mail_notification_light",
        )

    def _each_alone(self, step):
        """Do something with some cases, each in a savepoint of its own.

        :param step: called with a case; says whether there was something to do
        :return: list of ``id, name, outcome`` (``done, already, failed``) and ``message``
        """
        return [case._do_alone(step) for case in self]

    def _do_alone(self, step):
        answer = {"id": self.id, "name": f"#{self.id}", "outcome": "done", "message": False}
        try:
            with self.env.cr.savepoint():
                self.check_access("write")
                answer["name"] = self.display_name
                if not step(self):
                    answer["outcome"] = "already"
        except (UserError, RedirectWarning) as error:
            answer.update(outcome="failed", message=str(error.args[0]))
        return answer
