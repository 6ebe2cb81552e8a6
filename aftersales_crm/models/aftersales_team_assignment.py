from psycopg2.errors import SerializationFailure

from odoo import fields, models
from odoo.tools import SQL


class AftersalesTeam(models.Model):
    """Who of the team gets the next case.

    By turns, or whoever has the least open work; who is absent is passed over. Absent is who is out of
    office by their own preferences, or on leave by the calendar of their resource (Odoo's Time Off writes
    there), at the moment of the assignment. Cases stay free when everybody is absent.
    """

    _inherit = "aftersales.team"

    turn_user_id = fields.Many2one("res.users", "Got the last case", readonly=True, copy=False)

    # === Business === #

    def _assign(self, cases):
        """Give cases of this team to its members.

        Of two workers at once the second would not see what the first has dealt out: its cases stay free,
        and the job that follows deals them out.

        :param cases: `aftersales.case` without anybody
        :return: what was given: ``{res.users: aftersales.case}``
        """
        self.ensure_one()
        present = self._present_members()
        if self.assignment == "manual" or not present or not cases:
            return {}
        if not self._take_turn():
            self.env.ref("aftersales_crm.ir_cron_assign_cases")._trigger()
            return {}
        turns = self._turns(present)
        users = self._deal_in_turn(cases, turns) if self.assignment == "in_turn" else self._deal(cases, turns)
        # Who opens a case need not be allowed to manage its team.
        self.sudo().turn_user_id = users[-1]
        dealt = {}
        for case, user in zip(cases, users, strict=True):
            dealt[user] = dealt.get(user, cases.browse()) | case
        return dealt

    def _take_turn(self):
        """Serialize with others who deal out this team's cases.

        :return: False when somebody else has done so since this transaction began
        """
        try:
            with self.env.cr.savepoint():
                self._lock_turn()
        except SerializationFailure:
            return False
        return True

    def _lock_turn(self):
        self.env.cr.execute(
            SQL("UPDATE aftersales_team SET turn_user_id = turn_user_id WHERE id = %s", self.id), log_exceptions=False
        )

    def _present_members(self):
        """Members who may handle cases and are not absent now, in the order of their turns (`res.users`)."""
        now = fields.Datetime.now()
        # Whoever opens a case need not see who is on leave.
        members_sudo = self.sudo().member_ids.filtered(lambda user: user.active and not user.share)
        away_sudo = members_sudo.filtered(
            lambda user: user.out_of_office_from and user.out_of_office_from <= now <= (user.out_of_office_to or now)
        )
        leaves_sudo = self.env["resource.calendar.leaves"].sudo()
        domain = [
            ("resource_id.user_id", "in", members_sudo.ids),
            ("time_type", "=", "leave"),
            ("date_from", "<=", now),
            ("date_to", ">=", now),
        ]
        away_sudo |= leaves_sudo.search(domain).resource_id.user_id
        return (members_sudo - away_sudo).sorted("id").with_env(self.env)

    def _turns(self, members):
        """The members, beginning after who got the last case (list of `res.users`)."""
        last = self.sudo().turn_user_id.id or 0  # see _assign
        return [user for user in members if user.id > last] + [user for user in members if user.id <= last]

    def _deal_in_turn(self, cases, turns):
        """One after the other: who gets each of the cases."""
        return [turns[number % len(turns)] for number in range(len(cases))]

    def _deal(self, cases, turns):
        """Each to whoever has the least to do at that moment, of equals to whose turn it is."""
        loads = self._loads(turns)
        users = []
        for case in cases:
            user = min(turns, key=loads.get)
            loads[user] += case._load()
            users.append(user)
        return users

    def _loads(self, members):
        """How much open work members have, over all teams: ``{res.users: float}``."""
        # Everybody's work counts, whoever opens the case.
        cases_sudo = self.env["aftersales.case"].sudo()
        domain = [("user_id", "in", [member.id for member in members]), ("is_open", "=", True)]
        loads = dict.fromkeys(members, 0.0)
        for user, priority, state, count in cases_sudo._read_group(
            domain, ["user_id", "priority", "state"], ["__count"]
        ):
            loads[user.with_env(self.env)] += count * cases_sudo._weight(priority, state)
        return loads
