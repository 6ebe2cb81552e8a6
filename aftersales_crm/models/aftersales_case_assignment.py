from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

# Cases that the job deals out at once.
BATCH = 100


class AftersalesCase(models.Model):
    """Who handles a case: by the rule of its team, or by hand."""

    _inherit = "aftersales.case"

    # === Constrains === #

    @api.constrains("user_id", "company_id")
    def _check_user_id(self):
        for case in self:
            user_sudo = case.user_id.sudo()  # whoever hands over need not see where colleagues work
            if user_sudo and (user_sudo.share or case.company_id not in user_sudo.company_ids):
                raise ValidationError(
                    self.env._(
                        "%(case)s: %(user)s is no colleague of %(company)s.",
                        case=case.name,
                        user=user_sudo.name,
                        company=case.company_id.name,
                    )
                )

    # === Actions === #

    def action_take(self):
        """Take what nobody has taken yet, and begin.

        :raise UserError: when somebody else has it
        """
        self.check_access("write")
        for case in self:
            if case.user_id and case.user_id != self.env.user:
                raise UserError(
                    self.env._("%(case)s is %(user)s's already.", case=case.name, user=case.user_id.sudo().name)
                )
        self.filtered(lambda case: case.is_open and not case.user_id).user_id = self.env.user
        self.filtered(lambda case: case.state == "new").action_start()
        return True

    def action_open_reassign(self):
        """Ask who handles the selected cases from now on."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Assign"),
            "res_model": "aftersales.case.reassign",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids},
        }

    # === Business === #

    def _opened(self):
        result = super()._opened()
        self._assign_free()
        return result

    def _assign_free(self):
        """Give open cases that nobody has to the members of their teams, as each team wants it."""
        free = self.filtered(lambda case: not case.user_id and case.is_open)
        for team, cases in free.grouped("team_id").items():
            if team.assignment == "manual":
                continue
            if self._sees_own_only():
                # Given to somebody else, it would be out of sight of who has just opened it.
                cases.user_id = self.env.user
                continue
            for user, given in team._assign(cases).items():
                given.user_id = user

    @api.model
    def _sees_own_only(self):
        user = self.env.user
        return (
            not self.env.su
            and user.has_group("aftersales_crm.aftersales_crm_group_agent")
            and not user.has_group("aftersales_crm.aftersales_crm_group_agent_all")
        )

    def _reassign(self, user=None):
        """Hand cases over, with one message to each person who gets some.

        :param user: `res.users`; None: as the rule of each team says
        """
        self.check_access("write")
        quiet = self.with_context(mail_auto_subscribe_no_notify=True)
        if user:
            moved = {user: quiet.filtered(lambda case: case.user_id != user)}
        else:
            moved = {}
            for team, cases in quiet.grouped("team_id").items():
                for member, given in team._assign(cases).items():
                    moved[member] = moved.get(member, quiet.browse()) | given
        for member, cases in moved.items():
            # Once it is handed over, who sees their own cases only cannot touch it any more.
            cases_sudo = cases.sudo()
            cases_sudo.user_id = member
            cases_sudo._tell_assigned(member)

    def _tell_assigned(self, user):
        """One message with all the cases that somebody got from somebody else."""
        if not self or user == self.env.user:
            return
        rows = Markup("").join(Markup("<li>%s %s</li>") % (case._get_html_link(), case.subject) for case in self)
        self.env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            subject=self.env._("%(count)s cases are yours now", count=len(self)),
            body=Markup("<ul>%s</ul>") % rows,
        )

    def _load(self):
        """How much work a case is: see `_weight`."""
        self.ensure_one()
        return self._weight(self.priority, self.state)

    @api.model
    def _weight(self, priority, state):
        """Hook: how much an open case counts for who is busy; half while it waits for the customer.

        :return: float
        """
        return (1 + int(priority or 0) / 2) * (0.5 if state == "waiting_customer" else 1.0)

    @api.model
    def _cron_assign(self):
        """Deal out what was left free because two cases came at once, or because everybody was absent."""
        free = Domain("user_id", "=", False) & Domain("is_open", "=", True)
        teams = self.env["aftersales.team"].search([("assignment", "!=", "manual")])
        for team in teams.try_lock_for_update():
            self.search(free & Domain("team_id", "=", team.id), order="id", limit=BATCH)._assign_free()
            self.env["ir.cron"]._commit_progress(1)
