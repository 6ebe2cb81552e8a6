from odoo import fields, models


class AftersalesRma(models.Model):
    """The case that a return came of, and the team that handles it."""

    _inherit = "aftersales.rma"

    case_id = fields.Many2one(
        "aftersales.case", copy=False, index="btree_not_null", check_company=True, ondelete="restrict"
    )
    team_id = fields.Many2one(
        "aftersales.team",
        check_company=True,
        index="btree_not_null",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        precompute=True,
        groups="base.group_user",
    )

    def _compute_team_id(self):
        for rma in self:
            rma.team_id = rma.team_id or rma.case_id.team_id
