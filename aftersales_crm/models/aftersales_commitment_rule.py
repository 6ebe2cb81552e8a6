from datetime import date
from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

KINDS = [
    ("first_answer", "First answer"),
    ("resolution", "Solution"),
    ("complaint_answer", "Answer to a complaint"),
    ("refund", "Refund"),
    ("replacement", "Replacement"),
    ("visit", "Visit"),
    ("delivery", "Delivery"),
    ("other", "Other"),
]
# Model → what a rule may promise on its documents.
RULED = {
    "aftersales.case": ("first_answer", "resolution", "complaint_answer"),
    "aftersales.rma": ("refund", "replacement", "complaint_answer"),
    "sale.order": ("delivery",),
}
# What is kept by a step of the document, even where no rule promises it.
FOLLOWED = {**RULED, "aftersales.case": (*RULED["aftersales.case"], "visit")}
# What the law sets a day for.
LEGAL = ("refund", "complaint_answer")


class Matcher(NamedTuple):
    """A rule in force as plain values, so that finding one costs no query."""

    id: int
    model: str
    kind: str
    company_id: int
    since: dict
    case_type: str
    priority: str
    team_ids: frozenset
    tag_ids: frozenset


class AftersalesCommitmentRule(models.Model):
    """What the shop promises by itself, and what follows when it is late."""

    _name = "aftersales.commitment.rule"
    _description = "Rule of Commitments"
    _inherit = ["aftersales.cached.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, help="The first rule that fits is applied.")
    company_id = fields.Many2one("res.company", help="Empty: all companies.")
    document = fields.Selection(
        [("aftersales.case", "Cases"), ("aftersales.rma", "Returns"), ("sale.order", "Orders")],
        "Made on",
        required=True,
        default="aftersales.case",
    )
    kind = fields.Selection(KINDS, "Promise", required=True, default="first_answer")
    case_type = fields.Selection(
        lambda self: self.env["aftersales.case"]._fields["type"].selection,
        "Type of case",
        help="Empty: all but visits.",
    )
    priority = fields.Selection(
        lambda self: self.env["aftersales.case"]._fields["priority"].selection, help="Empty: all."
    )
    team_ids = fields.Many2many("aftersales.team", string="Teams", help="Empty: all.")
    tag_ids = fields.Many2many("aftersales.case.tag", string="Tags of the case", help="One of them. Empty: all.")

    is_on = fields.Boolean("On", compute="_compute_is_on", inverse="_inverse_is_on")
    since = fields.Date(
        company_dependent=True,
        help="Nothing is promised on documents from before. Set an earlier day if you want it to be.",
    )

    unit = fields.Selection(
        [("hours", "working hours"), ("days", "calendar days"), ("law", "as law or policy say")],
        "Counted in",
        required=True,
        default="hours",
    )
    duration = fields.Float("Within", default=8.0)
    workday = fields.Boolean(
        "Never ends on a day off", help="A period that ends on a day off or holiday ends with the next working day."
    )
    pauses = fields.Boolean("Stands still while we wait for the customer", default=True)
    warn_unit = fields.Selection(
        [("none", "Never"), ("percent", "% of the time are over"), ("hours", "hours before")],
        "Warn when",
        required=True,
        default="percent",
    )
    warn_value = fields.Float("Warn at", default=75.0)
    escalate_lead = fields.Boolean("Tell the team's lead", default=True)
    escalate_manager = fields.Boolean("Tell the managers", default=True)
    escalate_user_id = fields.Many2one(
        "res.users", "Tell also", domain="[('share', '=', False)]", help="Who else learns that it is late."
    )

    _duration_positive = models.Constraint(
        "CHECK(unit = 'law' OR duration > 0)", "Say within how many hours or days it is promised."
    )
    _warn_positive = models.Constraint("CHECK(warn_value >= 0)", "A warning comes before, not after.")
    _warn_percent = models.Constraint(
        "CHECK(warn_unit <> 'percent' OR warn_value <= 100)", "A warning comes at 100 % at the latest."
    )

    # === Computes === #

    @api.depends("since")
    @api.depends_context("company")
    def _compute_is_on(self):
        for rule in self:
            rule.is_on = bool(rule.since)

    def _inverse_is_on(self):
        today = self.env.company._aftersales_today()
        for rule in self:
            rule.since = rule.is_on and (rule.since or today)

    # === Constrains === #

    @api.constrains("document", "kind", "unit")
    def _check_kind(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for rule in self:
            if rule.kind not in RULED[rule.document]:
                raise ValidationError(
                    self.env._(
                        "%(rule)s: “%(kind)s” is not promised by a rule on such documents. Possible are: %(kinds)s.",
                        rule=rule.name,
                        kind=labels[rule.kind],
                        kinds=", ".join(labels[kind] for kind in RULED[rule.document]),
                    )
                )
            if rule.unit == "law" and rule.kind not in LEGAL:
                raise ValidationError(
                    self.env._("%(rule)s: the law sets no day for “%(kind)s”.", rule=rule.name, kind=labels[rule.kind])
                )

    # === Finding one === #

    @api.model
    @tools.ormcache(cache="default")
    def _matchers(self):
        """The rules that some company has switched on, in their order: `Matcher` tuples."""
        rules_sudo = self.sudo().search([("active", "=", True)])  # no secret
        self.flush_model(["since"])
        self.env.cr.execute("SELECT id, since FROM aftersales_commitment_rule WHERE since IS NOT NULL")
        since = {
            rule_id: {int(company): date.fromisoformat(day) for company, day in days.items() if day}
            for rule_id, days in self.env.cr.fetchall()
        }
        return tuple(rule._matcher(since[rule.id]) for rule in rules_sudo if since.get(rule.id))

    def _matcher(self, since):
        self.ensure_one()
        return Matcher(
            self.id,
            self.document,
            self.kind,
            self.company_id.id,
            since,
            self.case_type,
            self.priority,
            frozenset(self.team_ids.ids),
            frozenset(self.tag_ids.ids),
        )

    @api.model
    def _find(self, document, kind):
        """The rule that promises something on a document.

        :param document: one case, return or order
        :param str kind: one of `KINDS`
        :return: one rule, or none; none for documents older than its switch
        """
        for matcher in self._matchers():
            if (matcher.model, matcher.kind) == (document._name, kind) and self._fits(matcher, document):
                return self.sudo().browse(matcher.id)  # see _matchers
        return self.browse()

    @api.model
    def _fits(self, matcher, document):
        """Hook: whether a rule is for a document."""
        company = document.company_id
        if matcher.company_id not in (False, company.id) or company.id not in matcher.since:
            return False
        if document._name != "sale.order" and matcher.team_ids and document.team_id.id not in matcher.team_ids:
            return False
        if document._name == "aftersales.case" and not self._fits_case(matcher, document):
            return False
        return matcher.since[company.id] <= document._commitment_day()

    @api.model
    def _fits_case(self, matcher, case):
        if matcher.tag_ids and matcher.tag_ids.isdisjoint(case.tag_ids.ids):
            return False
        # A visit is promised by its window; a rule that is for visits says so.
        types = (case.type,) if case.type == "visit" else (False, case.type)
        return matcher.case_type in types and matcher.priority in (False, case.priority)

    def _terms_for(self, document):
        """Hook: the terms that the rule gives a document, never slower than its own; see `_terms`.

        :param document: one case, return or order
        """
        return self._terms()

    def _terms(self):
        """What is kept with a promise, so that a change of the rule changes none that was made (JSON-safe)."""
        self.ensure_one()
        return {
            "unit": self.unit,
            "duration": self.duration,
            "workday": self.workday,
            "pauses": self.pauses,
            "warn": [self.warn_unit, self.warn_value],
        }
