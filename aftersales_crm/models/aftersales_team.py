from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import UserError


class AftersalesTeam(models.Model):
    """People who answer customers together, and the address at which they are written to."""

    _name = "aftersales.team"
    _description = "Service Team"
    _inherit = ["mail.alias.mixin", "mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, help="New cases go to the first team unless they name another.")
    color = fields.Integer()
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    alias_id = fields.Many2one(help="What is written to this address becomes a case of the team.")
    leader_id = fields.Many2one("res.users", "Lead", domain="[('share', '=', False)]", help="Hears of broken promises.")
    member_ids = fields.Many2many("res.users", string="Members", domain="[('share', '=', False)]")
    assignment = fields.Selection(
        [("manual", "By hand"), ("least_busy", "To the least busy"), ("in_turn", "In turn")],
        "New cases are given",
        required=True,
        default="manual",
    )
    resource_calendar_id = fields.Many2one(
        "resource.calendar", "Working hours", check_company=True, help="Empty: those of the company."
    )
    auto_close_days = fields.Integer(
        "Close after days of silence",
        default=7,
        help="Days after the customer's last word on which a solved case, or one that waits for the customer, "
        "is closed. 0: never.",
    )

    _auto_close_days_positive = models.Constraint(
        "CHECK (auto_close_days >= 0)", "Days of silence cannot be less than zero."
    )

    # === Business === #

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get("aftersales.case").id
        if self.id:
            values["alias_defaults"] = {
                **literal_eval(self.alias_defaults or "{}"),
                "team_id": self.id,
                "company_id": self.company_id.id,
            }
        return values

    @api.model
    def _default_team(self, company):
        """The team that gets what is meant for no other.

        :param company: `res.company`
        :return: the team
        :raise UserError: when the company has none
        """
        team = self.search([("company_id", "=", company.id)], limit=1)
        if not team:
            raise UserError(
                self.env._(
                    "%(company)s has no service team: make one under After-Sales → Configuration → Teams.",
                    company=company.name,
                )
            )
        return team

    @api.model
    def _ensure_teams(self, companies=None):
        """See that each company has a team; those that had one, archived or not, are left alone.

        :param companies: `res.company`, all of them when None
        """
        known = (
            self.env["aftersales.team"]
            .with_context(active_test=False)
            ._read_group([], [], ["company_id:recordset"])[0][0]
        )
        missing = self.env["res.company"].with_context(active_test=False).search([("id", "not in", known.ids)])
        wanted = missing if companies is None else missing & companies
        self.create([{"name": self.env._("Service"), "company_id": company.id} for company in wanted])
