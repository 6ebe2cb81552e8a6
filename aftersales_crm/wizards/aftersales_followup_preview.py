from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command

SHOWN = 200


class AftersalesFollowupPreview(models.TransientModel):
    """Who would get what of a plan in the next days. Nothing is planned."""

    _name = "aftersales.followup.preview"
    _description = "Preview of a Follow-up"

    plan_id = fields.Many2one("aftersales.followup.plan", required=True, readonly=True, ondelete="cascade")
    since = fields.Date(
        "If it counts from",
        compute="_compute_since",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="The day from which on the plan counts; what is older is left alone.",
    )
    days = fields.Integer("In the next days", default=14, required=True)
    line_ids = fields.One2many("aftersales.followup.preview.line", "preview_id", compute="_compute_line_ids")
    total = fields.Integer(compute="_compute_line_ids")
    is_cut = fields.Boolean(compute="_compute_line_ids")

    @api.depends("plan_id")
    def _compute_since(self):
        for preview in self:
            preview.since = preview.plan_id.since or self.env.company._aftersales_today()

    @api.depends("plan_id", "days", "since")
    def _compute_line_ids(self):
        for preview in self:
            until = fields.Datetime.now() + timedelta(days=min(max(preview.days, 0), 366))
            # What is due is the shop's business; managers see every document of their companies.
            rows = preview.plan_id.sudo()._preview(until, preview.since)
            rows = [row for row in rows if row["company_id"] in self.env.companies.ids]
            preview.total, preview.is_cut = len(rows), len(rows) > SHOWN
            lines = [Command.create(self._prepare_line_vals(row)) for row in rows[:SHOWN]]
            preview.line_ids = [Command.clear(), *lines]

    def _prepare_line_vals(self, row):
        job_sudo = self.env["aftersales.followup.job"].sudo().new(row)  # never saved
        return {
            "step_id": row["step_id"],
            "partner_id": row["partner_id"],
            "document_name": job_sudo.document_name,
            "due_at": row["due_at"],
            "reason": job_sudo._foreseen_reason(),
        }


class AftersalesFollowupPreviewLine(models.TransientModel):
    """One step for one document, as it would be planned."""

    _name = "aftersales.followup.preview.line"
    _description = "Line of the Preview of a Follow-up"

    preview_id = fields.Many2one("aftersales.followup.preview", ondelete="cascade")
    step_id = fields.Many2one("aftersales.followup.step", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    document_name = fields.Char("About", readonly=True)
    due_at = fields.Datetime("When", readonly=True)
    reason = fields.Selection(
        lambda self: self.env["aftersales.followup.job"]._fields["reason"]._description_selection(self.env),
        "Would be left out",
        readonly=True,
    )
