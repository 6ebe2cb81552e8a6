from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError


class AftersalesChecklistAssign(models.TransientModel):
    """Give many users training at once."""

    _name = "aftersales.checklist.assign"
    _description = "Assign Training"

    checklist_ids = fields.Many2many(
        "aftersales.checklist",
        "aftersales_checklist_assign_checklist_rel",
        string="Checklists",
        domain="[('state', '=', 'published')]",
    )
    user_ids = fields.Many2many(
        "res.users", "aftersales_checklist_assign_user_rel", string="Users", domain="[('share', '=', False)]"
    )
    team_ids = fields.Many2many("aftersales.team", "aftersales_checklist_assign_team_rel", string="Members of")
    group_ids = fields.Many2many("res.groups", "aftersales_checklist_assign_group_rel", string="Whoever has the right")
    due_on = fields.Date("Due", default=lambda self: fields.Date.add(self.env.company._aftersales_today(), days=14))
    leave_out_valid = fields.Boolean("Leave out who has it", default=True)
    new_count = fields.Integer(compute="_compute_counts")
    left_count = fields.Integer(compute="_compute_counts")

    @api.depends("checklist_ids", "user_ids", "team_ids", "group_ids", "leave_out_valid")
    def _compute_counts(self):
        for wizard in self:
            users, checklists = wizard._users(), wizard.checklist_ids
            taken = wizard._taken()
            pairs = {(checklist.root_id.id, user.id) for checklist in checklists for user in users}
            wizard.new_count = len(pairs - taken)
            wizard.left_count = len(pairs & taken)

    # === Actions === #

    def action_assign(self):
        """Assign the checklists to all who are chosen.

        :return: action that lists the new trainings
        :raise UserError: when nobody or nothing is chosen, or nobody is left
        """
        self.ensure_one()
        users = self._users()
        if not self.checklist_ids or not users:
            raise UserError(self.env._("Choose the checklists, and who gets them."))
        taken = self._taken()
        runs = self.env["aftersales.checklist.run"]
        for checklist in self.checklist_ids:
            given = users.filtered(lambda user, root=checklist.root_id.id: (root, user.id) not in taken)
            if given:
                runs |= runs._assign(checklist, given, self.due_on)
        if not runs:
            raise UserError(self.env._("All of them have it already, or are at it."))
        return runs._get_records_action(name=self.env._("Assigned"))

    # === Business === #

    def _users(self):
        self.ensure_one()
        users = self.user_ids | self.team_ids.member_ids | self.group_ids.all_user_ids
        return users._origin.filtered(
            lambda user: user.active
            and not user.share
            and user.id != SUPERUSER_ID
            and self.env.company in user.company_ids
        )

    def _taken(self):
        """Who is at it, or has it: set of ``(root id, user id)``."""
        self.ensure_one()
        domain = [("state", "in", ("open", "waiting"))]
        if self.leave_out_valid:
            domain = ["|", *domain, ("is_valid", "=", True)]
        runs = self.env["aftersales.checklist.run"].search(
            [("root_id", "in", self.checklist_ids.root_id.ids), ("user_id", "in", self._users().ids), *domain]
        )
        return {(run.root_id.id, run.user_id.id) for run in runs}
