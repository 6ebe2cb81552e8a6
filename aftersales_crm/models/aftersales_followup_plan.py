from odoo import api, fields, models
from odoo.exceptions import UserError

TRIGGERS = {
    "delivered": "sale.order",
    "silence": "sale.order",
    "warranty_end": "aftersales.warranty",
    "refund_paid": "aftersales.rma",
    "case_closed": "aftersales.case",
}


class AftersalesFollowupPlan(models.Model):
    """What a shop does after a delivery, a refund, a closed case or a long silence, and before a warranty ends.

    A plan is off until its switch is turned: documents from before that day are left alone.
    """

    _name = "aftersales.followup.plan"
    _description = "Follow-up Plan"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    trigger = fields.Selection(
        [
            ("delivered", "After an order is delivered"),
            ("warranty_end", "Before a warranty ends"),
            ("refund_paid", "After a refund is paid"),
            ("case_closed", "After a case is closed"),
            ("silence", "After the last order of a customer"),
        ],
        required=True,
        default="delivered",
    )
    res_model = fields.Char("Document", compute="_compute_res_model", store=True, precompute=True)
    is_on = fields.Boolean("Switched on", compute="_compute_is_on", inverse="_inverse_is_on")
    since = fields.Date(
        help="Orders, warranties, returns and cases from before are left alone. Set an earlier day if you want them to "
        "be followed up."
    )
    max_delay_days = fields.Integer(
        "Not later than (days)",
        default=3,
        required=True,
        help="What could not be sent in time, e.g. because the server stood still, is left out after so many days.",
    )
    user_id = fields.Many2one("res.users", "Who calls", domain="[('share', '=', False)]")
    team_id = fields.Many2one("aftersales.team", help="Its lead calls, where nobody is responsible for the document.")
    category_ids = fields.Many2many("product.category", string="Product categories", help="Empty: all.")
    tag_ids = fields.Many2many("res.partner.category", string="Customer tags", help="Empty: all.")
    country_ids = fields.Many2many("res.country", string="Countries", help="Empty: all.")
    lang = fields.Selection(lambda self: self.env["res.lang"].get_installed(), "Language", help="Empty: all.")
    step_ids = fields.One2many("aftersales.followup.step", "plan_id", copy=True)
    job_count = fields.Integer(compute="_compute_job_count")

    _max_delay_days_positive = models.Constraint("CHECK(max_delay_days > 0)", "Leave at least one day.")

    # === Computes === #

    @api.depends("trigger")
    def _compute_res_model(self):
        for plan in self:
            plan.res_model = TRIGGERS.get(plan.trigger)

    @api.depends("since")
    def _compute_is_on(self):
        for plan in self:
            plan.is_on = bool(plan.since)

    def _inverse_is_on(self):
        for plan in self:
            company = plan.company_id or self.env.company
            plan.since = plan.is_on and (plan.since or company._aftersales_today())

    def _compute_job_count(self):
        counts = dict(
            self.env["aftersales.followup.job"]._read_group([("plan_id", "in", self.ids)], ["plan_id"], ["__count"])
        )
        for plan in self:
            plan.job_count = counts.get(plan, 0)

    # === CRUD === #

    def write(self, vals):
        if "trigger" in vals and self.sudo().filtered(lambda plan: plan.job_count and plan.trigger != vals["trigger"]):
            raise UserError(self.env._("This plan has been at work: make another one for another occasion."))
        return super().write(vals)

    # === Actions === #

    def action_view_jobs(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_followup_job_action")
        return {**action, "domain": [("plan_id", "=", self.id)], "context": {}}

    def action_preview(self):
        """Show who would get what, without planning anything."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_followup_preview_action")
        return {**action, "context": {"default_plan_id": self.id, "dialog_size": "extra-large"}}
