from odoo import models


class AftersalesChecklistStatus(models.Model):
    """From the overview to what stands behind a row."""

    _inherit = "aftersales.checklist.status"

    def action_open(self):
        """The latest training, or the dialog that assigns one."""
        self.ensure_one()
        if self.run_id:
            return self.run_id._get_records_action()
        action = self.checklist_id.action_open_assign()
        action["context"]["default_user_ids"] = self.user_id.ids
        return action
