from odoo import fields, models


class ResUsers(models.Model):
    # What a colleague has learned, on their form.

    _inherit = "res.users"

    aftersales_valid_count = fields.Integer(
        "Trainings valid", compute="_compute_aftersales_valid_count", groups="base.group_user"
    )

    def _compute_aftersales_valid_count(self):
        groups = self.env["aftersales.checklist.run"]._read_group(
            [("user_id", "in", self.ids), ("is_valid", "=", True)], ["user_id"], ["root_id:count_distinct"]
        )
        counts = {user.id: count for user, count in groups}
        for user in self:
            user.aftersales_valid_count = counts.get(user.id, 0)

    def action_aftersales_training(self):
        """The trainings of a colleague."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_checklist_run_action")
        return {**action, "domain": [("user_id", "=", self.id)], "context": {}}
