from odoo import fields, models
from odoo.fields import Domain


class AftersalesCaseReassign(models.TransientModel):
    """Hand cases over: to one person, or to the team by its rule."""

    _name = "aftersales.case.reassign"
    _description = "Assign Cases"

    case_ids = fields.Many2many("aftersales.case", required=True)
    user_id = fields.Many2one(
        "res.users",
        "To",
        domain=lambda self: self._user_domain(),
        ondelete="cascade",
        help="Empty: to whoever the team's rule picks.",
    )

    def _user_domain(self):
        group = self.env.ref("aftersales_crm.aftersales_crm_group_agent")
        return list(Domain("share", "=", False) & Domain("all_group_ids", "in", group.ids))

    def action_assign(self):
        """Hand the cases over; each person gets one message."""
        self.ensure_one()
        self.case_ids._reassign(self.user_id or None)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
