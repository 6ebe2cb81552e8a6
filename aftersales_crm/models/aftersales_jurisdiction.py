from datetime import date

from markupsafe import Markup

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError


class AftersalesJurisdiction(models.Model):
    """What the law of a country gives a consumer, on a date. Not legal advice."""

    _name = "aftersales.jurisdiction"
    _description = "Consumer Law of a Country"
    _inherit = ["aftersales.cached.mixin"]
    _order = "name, date_from desc, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    scope = fields.Selection(
        [("country", "Named countries"), ("group", "A group of countries"), ("rest", "The rest")],
        required=True,
        default="country",
        help="Named countries win over a group, a group over the rest.",
    )
    country_ids = fields.Many2many("res.country", string="Countries", help="With a group: countries that follow it.")
    country_group_id = fields.Many2one("res.country.group", string="Country group")
    date_from = fields.Date(help="Empty: always.")
    date_to = fields.Date(help="Last day, inclusive. Empty: until further notice.")
    withdrawal_days = fields.Integer(
        help="Days to withdraw from a distance contract without a reason. 0: no such right."
    )
    uninformed_months = fields.Integer(
        "When not informed (months more)",
        help="Months that the right to withdraw lasts longer for a customer who was not told of it.",
    )
    withdrawal_label = fields.Char(
        required=True,
        translate=True,
        default="Withdraw from contract here",
        help="What the button that leads to the statement says (Art. 11a of Directive 2011/83/EU).",
    )
    confirm_label = fields.Char(
        required=True,
        translate=True,
        default="Confirm withdrawal",
        help="What the button that submits the statement says, and nothing else.",
    )
    excluded_kind_ids = fields.Many2many(
        "aftersales.product.kind", string="No withdrawal from", help="Kinds of products that the right leaves out."
    )
    refund_days = fields.Integer(help="Days to pay back after a withdrawal.")
    send_back_days = fields.Integer(
        "Send back within (days)", help="Days for a customer to send back what they withdrew from."
    )
    guarantee_months = fields.Integer(help="Months of the statutory guarantee. 0: none.")
    burden_months = fields.Integer(
        string="Burden of proof (months)",
        help="Months in which a defect is presumed to have been there from the start.",
    )
    suspends_repair = fields.Boolean(
        "A repair stops the clock", help="The guarantee lasts longer by the days that a repair takes."
    )
    repair_extension_months = fields.Integer(
        "Added by a repair (months)",
        help="Months that the first repair under the guarantee adds to it (Art. 16 of Directive (EU) 2024/1799).",
    )
    replacement_months = fields.Integer(
        "Least after a replacement (months)",
        help="Months that a replacement is covered at least, from its delivery. 0: what was left of the first product.",
    )
    remedy_order = fields.Selection(
        [("repair_first", "Repair or replacement first"), ("free", "The customer chooses")],
        "Order of remedies",
        required=True,
        default="repair_first",
        help="What may be asked for at once where a product has a defect.",
    )
    repair_days = fields.Integer("Repair within (days)", help="What a repair should not exceed. 0: a reasonable time.")
    repair_limit_days = fields.Integer(
        "Replacement after (days)", help="A repair that takes longer is replaced. 0: no such limit."
    )
    answer_days = fields.Integer("Answer complaints within (days)", help="0: the law names no days.")
    silence = fields.Selection(
        [("nothing", "has no consequence"), ("accepted", "means that the complaint is accepted")],
        "No answer in time",
        required=True,
        default="nothing",
    )
    function_from = fields.Date(
        "Withdrawal function since", help="The day from which shops have to offer the function to withdraw online."
    )
    notice_from = fields.Date(
        "Notice of the guarantee since",
        help="The day from which shops have to show the harmonised notice (Regulation (EU) 2025/1960).",
    )
    notice = fields.Html("Own text of the notice", translate=True, help="Empty: the standard text.")
    unconfirmed = fields.Char(
        "Values not confirmed",
        help="Names of values that nobody has confirmed at article level, by commas: guarantee_months, burden_months.",
    )
    note = fields.Text("Sources")

    _withdrawal_days_positive = models.Constraint(
        """CHECK(withdrawal_days >= 0 AND refund_days >= 0 AND repair_days >= 0 AND repair_limit_days >= 0
                 AND answer_days >= 0 AND send_back_days >= 0)""",
        "Days cannot be negative.",
    )
    _months_positive = models.Constraint(
        """CHECK(guarantee_months >= 0 AND burden_months >= 0 AND uninformed_months >= 0
                 AND repair_extension_months >= 0 AND replacement_months >= 0)""",
        "Months cannot be negative.",
    )
    _dates_ordered = models.Constraint(
        "CHECK(date_to IS NULL OR date_from IS NULL OR date_to >= date_from)",
        "The last day cannot be before the first.",
    )

    @api.constrains("scope", "country_ids", "country_group_id")
    def _check_scope(self):
        for jurisdiction in self:
            if jurisdiction.scope == "country" and not jurisdiction.country_ids:
                raise ValidationError(self.env._("Name at least one country for %(name)s.", name=jurisdiction.name))
            if jurisdiction.scope == "group" and not jurisdiction.country_group_id:
                raise ValidationError(self.env._("Choose the country group of %(name)s.", name=jurisdiction.name))

    @api.constrains("unconfirmed")
    def _check_unconfirmed(self):
        for jurisdiction in self:
            unknown = [name for name in jurisdiction._unconfirmed() if name not in self._fields]
            if unknown:
                raise ValidationError(
                    self.env._(
                        "%(law)s has no value named %(names)s. Give names as in “guarantee_months, burden_months”.",
                        law=jurisdiction.name,
                        names=", ".join(unknown),
                    )
                )

    def _unconfirmed(self):
        """Names of the values that are not confirmed (list of str)."""
        self.ensure_one()
        return [name.strip() for name in (self.unconfirmed or "").split(",") if name.strip()]

    @api.model
    def _for_country(self, country, on):
        """The rules of a country on a date.

        :param country: `res.country`, may be empty (then the rest applies)
        :param datetime.date on: the day on which rights are judged
        :return: one `aftersales.jurisdiction`, or none when not even the rest is defined
        """
        groups = country.country_group_ids.ids
        for law_id, scope, first, last, countries, group in self._matchers():
            fits = scope == "rest" or country.id in countries or group in groups
            if fits and first <= on <= last:
                return self.sudo().browse(law_id)  # law is no secret, whoever asks
        return self.browse()

    @api.model
    @tools.ormcache()
    def _matchers(self):
        """Laws as plain tuples, the most specific first, so that finding one costs no query."""
        scopes = ("country", "group", "rest")
        return tuple(
            (
                law.id,
                law.scope,
                law.date_from or date.min,
                law.date_to or date.max,
                frozenset(law.country_ids.ids),
                law.country_group_id.id,
            )
            for law in self.sudo().search([]).sorted(lambda law: scopes.index(law.scope))
        )

    @api.model
    def _withdrawal_labels(self, country, on):
        """What the buttons of the withdrawal function say, in the language of the user.

        :param country: `res.country` of the consumer, may be empty
        :param datetime.date on: the day on which rights are judged
        :return: ``(days to withdraw, label that leads to the statement, label that submits it)``
        """
        return self._labels_of(self._for_country(country, on).id, self.env.lang)

    @api.model
    @tools.ormcache("law_id", "lang")
    def _labels_of(self, law_id, lang):
        if not law_id:
            defaults = self.default_get(["withdrawal_label", "confirm_label"])
            return 0, defaults["withdrawal_label"], defaults["confirm_label"]
        law_sudo = self.sudo().browse(law_id)  # law is no secret
        return law_sudo.withdrawal_days, law_sudo.withdrawal_label, law_sudo.confirm_label

    def _guarantee_coverage(self):
        """The snapshot that a statutory warranty keeps: plain values, JSON-safe."""
        self.ensure_one()
        return {
            "name": self.name,
            "duration": self.guarantee_months,
            "unit": "months",
            "start": "delivery",
            "parts": 100,
            "labour": 100,
            "shipping": 100,
            "burden_months": self.burden_months,
            "excluded_reasons": [],
            "transferable": True,
            "suspends": self.suspends_repair,
            "repair_months": self.repair_extension_months,
            "replacement_months": self.replacement_months,
            "remedy_order": self.remedy_order,
        }

    def _guarantee_notice(self, on):
        """The harmonised notice of the legal guarantee.

        :param datetime.date on: the day on which it is shown
        :return: `markupsafe.Markup`, empty while it is not obligatory or there is no guarantee
        """
        if not self.guarantee_months or not self.notice_from or on < self.notice_from:
            return Markup()
        return self.notice or self.env["ir.qweb"]._render("aftersales_crm.guarantee_notice", {"law": self})
