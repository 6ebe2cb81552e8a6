from odoo import fields, models


class ResUsers(models.Model):
    # The training of a member of staff.

    _inherit = "res.users"

    aftersales_run_ids = fields.One2many(
        "aftersales.checklist.run", "user_id", "Training", groups="base.group_user", copy=False
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            # Who archives users need not see their training.
            runs_sudo = self.env["aftersales.checklist.run"].sudo()
            runs_sudo.search([("user_id", "in", self.ids), ("state", "in", ("open", "waiting"))])._transition(
                "cancelled"
            )
        return result
