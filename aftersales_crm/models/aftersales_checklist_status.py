from odoo import api, fields, models
from odoo.tools import SQL


class AftersalesChecklistStatus(models.Model):
    """Where everybody stands with the published checklists: one row per checklist, user and team of the user.

    Whom a checklist is for is in it, and who has got it otherwise. Made by one statement, whatever the number.
    """

    _name = "aftersales.checklist.status"
    _description = "Training Overview"
    _auto = False
    _order = "checklist_id, status, due_on, user_id"
    _rec_name = "user_id"
    _depends = {
        "aftersales.checklist": ["state", "root_id", "company_id", "group_ids", "team_ids", "user_ids"],
        "aftersales.checklist.run": ["root_id", "user_id", "state", "due_on", "valid_until"],
        "aftersales.team": ["member_ids"],
        "res.groups": ["implied_ids", "user_ids"],
        "res.users": ["active", "share", "company_id"],
    }

    checklist_id = fields.Many2one("aftersales.checklist", readonly=True)
    user_id = fields.Many2one("res.users", "Who", readonly=True)
    team_id = fields.Many2one("aftersales.team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    run_id = fields.Many2one("aftersales.checklist.run", "Training", readonly=True, help="The latest one.")
    status = fields.Selection(
        [
            ("expired", "Expired"),
            ("late", "Late"),
            ("due", "Due"),
            ("missing", "Not assigned"),
            ("valid", "Valid"),
        ],
        readonly=True,
    )
    due_on = fields.Date("Due", readonly=True)
    valid_until = fields.Date(readonly=True)
    is_valid = fields.Integer("Valid users", readonly=True, aggregator="sum")

    @property
    def _table_query(self):
        return SQL(
            """WITH RECURSIVE today(company_id, day) AS (VALUES %(days)s),
            implied(group_id, by_id) AS (
                    SELECT DISTINCT res_groups_id, res_groups_id FROM aftersales_checklist_res_groups_rel
                     UNION
                    SELECT implied.group_id, rel.gid
                      FROM implied JOIN res_groups_implied_rel rel ON rel.hid = implied.by_id
            ),
            audience(checklist_id, user_id) AS (
                    SELECT aftersales_checklist_id, res_users_id FROM aftersales_checklist_res_users_rel
                     UNION
                    SELECT rel.aftersales_checklist_id, member.res_users_id
                      FROM aftersales_checklist_aftersales_team_rel rel
                      JOIN aftersales_team_res_users_rel member ON member.aftersales_team_id = rel.aftersales_team_id
                     UNION
                    SELECT rel.aftersales_checklist_id, member.uid
                      FROM aftersales_checklist_res_groups_rel rel
                      JOIN implied ON implied.group_id = rel.res_groups_id
                      JOIN res_groups_users_rel member ON member.gid = implied.by_id
            ),
            runs AS (
                    SELECT root_id, user_id, MAX(id) AS run_id,
                           BOOL_OR(state = 'done' AND valid_until IS NULL) AS for_good,
                           MAX(valid_until) FILTER (WHERE state IN ('done', 'expired')) AS valid_until,
                           BOOL_OR(state IN ('open', 'waiting')) AS is_open,
                           MIN(due_on) FILTER (WHERE state IN ('open', 'waiting')) AS due_on
                      FROM aftersales_checklist_run
                     WHERE state <> 'cancelled'
                  GROUP BY root_id, user_id
            ),
            people(checklist_id, user_id) AS (
                    SELECT checklist_id, user_id FROM audience
                     UNION
                    SELECT list.id, runs.user_id FROM aftersales_checklist list JOIN runs ON runs.root_id = list.root_id
            )
            SELECT ROW_NUMBER() OVER (ORDER BY list.id, staff.id, team.aftersales_team_id)::int AS id,
                   list.id AS checklist_id, staff.id AS user_id, team.aftersales_team_id AS team_id,
                   COALESCE(list.company_id, staff.company_id) AS company_id, runs.run_id, runs.due_on,
                   CASE WHEN runs.for_good THEN NULL ELSE runs.valid_until END AS valid_until,
                   CASE WHEN runs.for_good OR runs.valid_until >= today.day THEN 1 ELSE 0 END AS is_valid,
                   CASE WHEN runs.for_good OR runs.valid_until >= today.day THEN 'valid'
                        WHEN runs.valid_until < today.day THEN 'expired'
                        WHEN runs.is_open AND runs.due_on < today.day THEN 'late'
                        WHEN runs.is_open THEN 'due'
                        ELSE 'missing'
                    END AS status
              FROM aftersales_checklist list
              JOIN people ON people.checklist_id = list.id
              JOIN res_users staff ON staff.id = people.user_id AND staff.active AND NOT staff.share AND staff.id <> 1
              JOIN today ON today.company_id = COALESCE(list.company_id, staff.company_id)
         LEFT JOIN runs ON runs.root_id = list.root_id AND runs.user_id = staff.id
         LEFT JOIN (aftersales_team_res_users_rel team
                    JOIN aftersales_team known ON known.id = team.aftersales_team_id AND known.active)
                ON team.res_users_id = staff.id
               AND known.company_id = COALESCE(list.company_id, staff.company_id)
             WHERE list.state = 'published'
               AND (list.company_id IS NULL OR EXISTS (
                    SELECT FROM res_company_users_rel works
                     WHERE works.user_id = staff.id AND works.cid = list.company_id
                   ))""",
            days=self._days(),
        )

    @api.model
    def _days(self):
        """The day of each company, for the clock of the statement."""
        companies = self.env["res.company"].sudo().search([("active", "=", True)])  # only which day it is there
        return SQL(", ").join(SQL("(%s, %s)", company.id, company._aftersales_today()) for company in companies)

    @api.model
    def _matrix(self, domain=()):
        """How many users stand where, per checklist and team.

        :param domain: of this model
        :return: list of ``(checklist, team, status, users)``; ``team`` is empty for users without one
        """
        return self._read_group(list(domain), ["checklist_id", "team_id", "status"], ["user_id:count_distinct"])
