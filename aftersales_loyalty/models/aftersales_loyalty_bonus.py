from dateutil.relativedelta import relativedelta

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

TRIGGERS = [
    ("feedback", "Feedback is answered"),
    ("registered", "A product is registered"),
    ("birthday", "Birthday"),
    ("referral", "A friend is referred"),
]


class AftersalesLoyaltyBonus(models.Model):
    """Points for something that members do, or for a day: the rule. What it gave is `aftersales.loyalty.award`."""

    _name = "aftersales.loyalty.bonus"
    _description = "Loyalty Bonus"
    _inherit = ["aftersales.cached.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, help="Members read it in their statement.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    trigger = fields.Selection(TRIGGERS, "When", required=True, default="feedback")
    program_id = fields.Many2one(
        "loyalty.program",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain="[('aftersales_ledger', '=', True), ('program_type', '=', 'loyalty')]",
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, help="Empty: for all companies.")
    is_on = fields.Boolean("On", compute="_compute_is_on", inverse="_inverse_is_on")
    since = fields.Datetime(copy=False, help="What happened before gives nothing.")

    points = fields.Float(required=True, default=50.0, help="For the member.")
    friend_points = fields.Float("Points for the friend")
    limit_count = fields.Integer("At most", help="So many times per customer within the months. 0: no limit.")
    limit_months = fields.Integer("Months of the limit", default=12, required=True)
    budget_points = fields.Float(
        "Budget per month",
        help="Points that it gives in a calendar month to all together. 0: no limit.",
    )
    late_days = fields.Integer(
        "Late by (days)",
        default=7,
        required=True,
        help="Were the birthday missed, it is made up for within these days.",
    )
    spent_month = fields.Date(readonly=True, copy=False)
    spent_points = fields.Float("Given this month", digits=(16, 2), readonly=True, copy=False)
    award_count = fields.Integer("Given", compute="_compute_award_count")

    _points_range = models.Constraint(
        "CHECK(points BETWEEN 0.01 AND 1000000 AND friend_points BETWEEN 0 AND 1000000)",
        "A bonus gives points: more than none, and a million at most.",
    )
    _limits_range = models.Constraint(
        """CHECK(limit_count BETWEEN 0 AND 100000 AND limit_months BETWEEN 1 AND 120 AND late_days BETWEEN 0 AND 90
                 AND budget_points BETWEEN 0 AND 1000000000000)""",
        "Limits are not negative; the limit per customer counts 1 to 120 months, and a birthday is made up for within "
        "90 days at most.",
    )

    # === Computes === #

    @api.depends("since")
    def _compute_is_on(self):
        for bonus in self:
            bonus.is_on = bool(bonus.since)

    def _inverse_is_on(self):
        for bonus in self:
            bonus.since = bonus.is_on and (bonus.since or fields.Datetime.now())

    def _compute_award_count(self):
        groups = self.env["aftersales.loyalty.award"]._read_group(
            [("bonus_id", "in", self.ids), ("state", "in", ("given", "pending"))], ["bonus_id"], ["__count"]
        )
        counts = {bonus.id: count for bonus, count in groups}
        for bonus in self:
            bonus.award_count = counts.get(bonus.id, 0)

    # === Constrains === #

    @api.constrains("program_id", "since")
    def _check_program(self):
        for bonus in self.filtered("since"):
            program_sudo = bonus.program_id.sudo()  # whether it keeps a ledger is no secret
            if not program_sudo.aftersales_ledger:
                raise ValidationError(
                    self.env._("%(bonus)s: %(program)s keeps no ledger.", bonus=bonus.name, program=program_sudo.name)
                )

    # === Finding one === #

    @api.model
    @tools.ormcache()
    def _switched_on(self):
        """The rules that are on: tuple of ``(id, trigger, company id or False, id of the program)``."""
        domain = [("since", "!=", False), ("program_id.active", "=", True), ("program_id.aftersales_ledger", "=", True)]
        bonuses_sudo = self.sudo().search(domain)
        return tuple((one.id, one.trigger, one.company_id.id, one.program_id.id) for one in bonuses_sudo)

    @api.model
    def _rules(self, trigger, company=None):
        """The rules of a kind that are on, in sudo mode: whoever causes a bonus has no rights on it.

        :param str trigger: one of `TRIGGERS`
        :param company: `res.company` that it happens in; None: any
        """
        rules = [rule for rule in self._switched_on() if rule[1] == trigger]
        if rules and company is not None:
            companies = (False, *company.sudo().parent_ids.ids)
            rules = [rule for rule in rules if rule[2] in companies]
        return self.sudo().browse(rule[0] for rule in rules)

    # === Giving === #

    @api.model
    def _reward(self, trigger, gifts):
        """Give what the rules of a kind say, each once for each cause.

        :param str trigger: one of `TRIGGERS`
        :param list gifts: dicts of ``key`` (str that tells the cause), ``partner`` (`res.partner`), ``company``,
            ``at`` (UTC moment of the cause), ``origin`` (record), and for a referral ``friend`` (`res.partner`)
        :return: the new `aftersales.loyalty.award`, in sudo mode
        """
        awards_sudo = self.env["aftersales.loyalty.award"].sudo()
        for gift in gifts:
            for bonus_sudo in self._rules(trigger, gift["company"]):
                if bonus_sudo.since <= gift["at"]:
                    awards_sudo |= bonus_sudo._give(gift)
        return awards_sudo

    def _give(self, gift):
        self.ensure_one()
        award = self.env["aftersales.loyalty.award"]._claim(self, gift)
        if award:
            refusal = self._refusal(award)
            if refusal:
                award.write({"state": "refused", "reason": refusal})
            else:
                award._post(gift)
        return award

    def _refusal(self, award):
        """Why nothing is given, as a sentence; False where it is, and then it is off the budget.

        Two at once meet on the row of the rule where it has a limit.
        """
        program, day = self.program_id, award.day
        if (program.date_from and day < program.date_from) or (program.date_to and day > program.date_to):
            return self.env._("The program is over or has not begun.")
        if self.limit_count or self.budget_points:
            self.env.cr.execute("UPDATE aftersales_loyalty_bonus SET id = id WHERE id = %s", [self.id])
        if self._is_limit_reached(award.partner_id, day, award):
            return self.env._("The customer has had it as often as the rule allows.")
        if not self._spend(award.points + award.friend_points, day):
            return self.env._("The budget of the month is used up.")
        return False

    def _is_limit_reached(self, partner, day, award=None):
        """Whether a customer has had it as often as is allowed.

        :param award: `aftersales.loyalty.award` that is about to be given, and does not count
        """
        if not self.limit_count:
            return False
        domain = Domain(
            [
                ("bonus_id", "=", self.id),
                ("id", "not in", award.ids if award else []),
                ("partner_id", "child_of", partner.commercial_partner_id.id),
                ("state", "in", ("given", "pending")),
                ("points", ">", 0),
                ("day", ">", day - relativedelta(months=self.limit_months)),
            ]
        )
        return self.env["aftersales.loyalty.award"].search_count(domain, limit=self.limit_count) >= self.limit_count

    def _spend(self, points, day):
        """Take points off the budget of a month; False, and nothing is taken, where it has not so many left."""
        if not self.budget_points:
            return True
        self.env.cr.execute(
            SQL(
                """UPDATE aftersales_loyalty_bonus
                      SET spent_month = %(month)s,
                          spent_points = %(points)s + %(spent)s
                    WHERE id = %(id)s AND %(points)s + %(spent)s <= budget_points""",
                spent=SQL("CASE WHEN spent_month = %s THEN spent_points ELSE 0 END", day.replace(day=1)),
                month=day.replace(day=1),
                points=points,
                id=self.id,
            )
        )
        self.invalidate_recordset(["spent_month", "spent_points"])
        return bool(self.env.cr.rowcount)

    def _unspend(self, points, day):
        """Put points back that were taken off the budget of a month, while that lasts."""
        self.env.cr.execute(
            """UPDATE aftersales_loyalty_bonus SET spent_points = GREATEST(spent_points - %s, 0)
                WHERE id = %s AND spent_month = %s""",
            [points, self.id, day.replace(day=1)],
        )
        self.invalidate_recordset(["spent_points"])
