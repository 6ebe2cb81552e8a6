from odoo import fields, models

LAYOUT = "mail.mail_notification_light"


class AftersalesFollowupJob(models.Model):
    """What the steps of a plan do. A kind is added by a choice on the step, `_do_<kind>` and `_<kind>_reason`."""

    _inherit = "aftersales.followup.job"

    def _do_mail(self):
        self._queue_mail(self.step_id.mail_template_id, self.res_id)

    def _do_feedback(self):
        """Ask what the customer thinks, unless the document was asked about before.

        :return: state and reason, where it is not done
        """
        document = self.env[self.res_model].browse(self.res_id)
        feedback = self.env["aftersales.feedback"]._ask(document, notify=False)
        if not feedback:
            return "skipped", "asked"
        self._queue_mail(self.step_id.mail_template_id, feedback.id)
        return None

    def _queue_mail(self, template, res_id):
        """Put a mail into the queue that the customer can say no to, with one click in the mail program (RFC 8058)."""
        url = self.partner_id._aftersales_stop_url()
        values = {"auto_delete": True, "is_notification": True}
        if url:
            headers = {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
            values["headers"] = repr(headers)
        template = template.with_company(self.company_id).with_context(
            aftersales_followup=True, aftersales_stop_url=url
        )
        template.send_mail(res_id, email_values=values, email_layout_xmlid=LAYOUT)

    def _do_sms(self):
        template = self.step_id.sms_template_id
        document = self.env[self.res_model].browse(self.res_id)
        body = template._render_field("body", document.ids, compute_lang=True)[document.id]
        thread = document if hasattr(document, "_message_sms") else self.partner_id
        thread._message_sms(body, partner_ids=self.partner_id.ids, put_in_queue=True)

    def _do_call(self):
        """Have somebody call: who is responsible, else the lead of the plan's team, else whoever is free."""
        document = self.env[self.res_model].browse(self.res_id)
        thread = document if hasattr(document, "activity_schedule") else self.partner_id
        step, plan = self.step_id, self.plan_id
        thread.activity_schedule(
            "mail.mail_activity_data_call",
            date_deadline=self.company_id._aftersales_date(fields.Datetime.now()),
            summary=f"{step.name}: {self.partner_id.display_name}",
            note=step.note,
            user_id=(plan.user_id or self._responsible(document) or plan.team_id.leader_id).id,
        )

    def _responsible(self, document):
        """Who is responsible for a return or case; an order's salesperson does not call."""
        named = self.res_model in ("aftersales.rma", "aftersales.case")
        return document.user_id if named else self.env["res.users"]
