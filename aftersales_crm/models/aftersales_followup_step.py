from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AftersalesFollowupStep(models.Model):
    """One thing that a plan does, some days after (or before) its occasion."""

    _name = "aftersales.followup.step"
    _description = "Follow-up Step"
    _order = "plan_id, days, time, id"

    plan_id = fields.Many2one("aftersales.followup.plan", required=True, index=True, ondelete="cascade")
    res_model = fields.Char(related="plan_id.res_model")
    name = fields.Char("What", required=True, translate=True)
    days = fields.Integer(required=True, default=7, help="After the occasion; before the end of a warranty.")
    time = fields.Float("At", default=10.0, required=True, help="Where the customer is.")
    kind = fields.Selection(
        [("mail", "Mail"), ("sms", "SMS"), ("call", "Call"), ("feedback", "Ask for feedback")],
        required=True,
        default="mail",
    )
    mail_template_id = fields.Many2one(
        "mail.template",
        "Mail",
        compute="_compute_mail_template_id",
        store=True,
        readonly=False,
        domain="[('model', '=', kind == 'feedback' and 'aftersales.feedback' or res_model)]",
        ondelete="restrict",
    )
    sms_template_id = fields.Many2one(
        "sms.template", "SMS text", domain="[('model', '=', res_model)]", ondelete="restrict"
    )
    note = fields.Text("Note for who calls", translate=True)

    _days_positive = models.Constraint("CHECK(days >= 0)", "Days cannot be negative.")
    _time_of_day = models.Constraint("CHECK(time >= 0 AND time < 24)", "A day has 24 hours.")

    @api.depends("kind")
    def _compute_mail_template_id(self):
        for step in self:
            if step.kind == "feedback":
                step.mail_template_id = self.env.ref("aftersales_crm.mail_template_feedback", raise_if_not_found=False)
            elif step.mail_template_id.model == "aftersales.feedback":
                step.mail_template_id = False

    @api.constrains("kind", "mail_template_id", "sms_template_id", "plan_id")
    def _check_template(self):
        for step in self:
            model = step.plan_id.res_model
            if step.kind == "feedback":
                if model not in self.env["aftersales.feedback"]._document_fields():
                    raise ValidationError(self.env._("Nobody is asked what they think of a warranty."))
                model = "aftersales.feedback"
            template = step.sms_template_id if step.kind == "sms" else step.mail_template_id
            if step.kind != "call" and template.model != model:
                raise ValidationError(self.env._("%(step)s: choose a text that fits the plan.", step=step.name))
