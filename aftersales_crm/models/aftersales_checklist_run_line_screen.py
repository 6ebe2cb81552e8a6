from odoo import api, fields, models

from .aftersales_checklist_run_screen import OPEN


class AftersalesChecklistRunLine(models.Model):
    """One item as its user sees it: what to read or do, what shows it, and on to the next."""

    _inherit = "aftersales.checklist.run.line"

    body = fields.Html(related="item_id.body")
    url = fields.Char(related="item_id.url")
    document_ids = fields.Many2many(related="item_id.attachment_ids", string="Documents")
    record_model = fields.Selection(related="item_id.record_model")
    record_id = fields.Many2oneReference(
        "Which one", model_field="record_model", compute="_compute_record_id", inverse="_inverse_record_id"
    )
    run_state = fields.Selection(related="run_id.state", string="State of the training")
    is_mine = fields.Boolean(related="run_id.is_mine")
    can_edit = fields.Boolean(compute="_compute_can_edit")
    place = fields.Char(compute="_compute_place")

    @api.depends("record_ref")
    def _compute_record_id(self):
        for line in self:
            line.record_id = line.record_ref.id if line.record_ref else False

    def _inverse_record_id(self):
        for line in self.filtered("record_model"):
            line.record_ref = f"{line.record_model},{line.record_id}" if line.record_id else False

    @api.depends("state", "run_id.state", "run_id.user_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        for line in self:
            line.can_edit = line.is_mine and line.state == "open" and line.run_state in OPEN

    @api.depends("run_id.line_ids")
    def _compute_place(self):
        for line in self:
            lines = line.run_id.line_ids.sorted(lambda other: (other.sequence, other.id))
            place = lines.ids.index(line.id) + 1 if line.id in lines.ids else 0
            line.place = self.env._("%(place)s of %(number)s", place=place, number=len(lines))

    # === Actions === #

    def action_open(self):
        """Open one item."""
        self.ensure_one()
        return self._screen()

    def action_done_next(self):
        """Note that it is done, and go on with the next item.

        :return: action that opens it, or closes the dialog where nothing is left to do
        """
        self.ensure_one()
        self.action_done()
        self.run_id.invalidate_recordset(["next_line_id"])
        return self.run_id.next_line_id._screen() or {"type": "ir.actions.act_window_close"}

    # === Business === #

    def _screen(self):
        """One item as a dialog over the training; False for none."""
        return self and {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self._name,
            "res_id": self.id,
            "target": "new",
            "views": [(self.env.ref("aftersales_crm.aftersales_checklist_run_line_view_form_my").id, "form")],
        }
