from odoo import fields, models


class AftersalesChecklist(models.Model):
    """What the form of a checklist shows beside it."""

    _inherit = "aftersales.checklist"

    valid_count = fields.Integer("Users valid", compute="_compute_valid_count")

    def _compute_valid_count(self):
        groups = self.env["aftersales.checklist.run"]._read_group(
            [("root_id", "in", self.root_id.ids), ("is_valid", "=", True)], ["root_id"], ["user_id:count_distinct"]
        )
        counts = {root.id: count for root, count in groups}
        for checklist in self:
            checklist.valid_count = counts.get(checklist.root_id.id, 0)

    # === Actions === #

    def action_open_assign(self):
        """Choose who gets these checklists."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Assign"),
            "res_model": "aftersales.checklist.assign",
            "view_mode": "form",
            "target": "new",
            "context": {"default_checklist_ids": self._current().ids},
        }

    def action_view_runs(self):
        """The trainings of all versions."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_checklist_run_action")
        return {**action, "domain": [("root_id", "=", self.root_id.id)], "context": {}}

    def action_view_versions(self):
        """All versions, the newest first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_checklist_action")
        return {**action, "domain": [("root_id", "=", self.root_id.id)], "context": {}}
