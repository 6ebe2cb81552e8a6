from odoo import api, fields, models, tools


class AftersalesMailStep(models.Model):
    """A step of a return or delivery at which its customer gets a mail, switched on by each company for itself."""

    _name = "aftersales.mail.step"
    _description = "Mail to Customers"
    _inherit = ["aftersales.cached.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True, help="Stable name for scripts, e.g. approved.")
    sequence = fields.Integer(default=10, help="Where several are due at once, only the last one is sent.")
    template_id = fields.Many2one(
        "mail.template", required=True, domain="[('model', '=', res_model)]", ondelete="restrict"
    )
    res_model = fields.Char(related="template_id.model", string="Document")
    sms_template_id = fields.Many2one(
        "sms.template",
        "SMS",
        domain="[('model', '=', res_model)]",
        ondelete="restrict",
        help="Sent too, to whoever has a phone number.",
    )
    is_on = fields.Boolean("Send", compute="_compute_is_on", inverse="_inverse_is_on")
    since = fields.Date(
        company_dependent=True,
        help="Returns asked for and deliveries made before get no mail. Set an earlier day if you want them to.",
    )

    _code_unique = models.UniqueIndex("(code)", "The code of a step must be unique.")

    # === Computes === #

    @api.depends("since")
    @api.depends_context("company")
    def _compute_is_on(self):
        for step in self:
            step.is_on = bool(step.since)

    def _inverse_is_on(self):
        today = self.env.company._aftersales_today()
        for step in self:
            step.since = step.is_on and (step.since or today)

    # === Business === #

    @api.model
    @tools.ormcache(cache="default")
    def _codes_in_use(self):
        """Codes of the steps that some company has switched on: with none of them, nothing is looked up."""
        self.flush_model(["since", "code"])
        self.env.cr.execute(
            """SELECT step.code FROM aftersales_mail_step step
                WHERE EXISTS (SELECT FROM jsonb_each_text(step.since) WHERE value IS NOT NULL)"""
        )
        return frozenset(code for (code,) in self.env.cr.fetchall())
