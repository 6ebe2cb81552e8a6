from odoo import api, fields, models


class AftersalesFlag(models.Model):
    """Something unusual about a return that a person should know before deciding.

    It never refuses anything and no customer sees it. A flag is a code, a method
    ``_message_<code>`` that puts its facts into words, and a check of `aftersales.rma` that raises
    it (see ``_flag_checks`` there).
    """

    _name = "aftersales.flag"
    _description = "Flag on a Return"
    _order = "severity desc, id"

    rma_id = fields.Many2one("aftersales.rma", "Return", required=True, readonly=True, index=True, ondelete="cascade")
    code = fields.Selection(
        [
            ("return_rate", "Returns much"),
            ("return_value", "Returns for much money"),
            ("no_goods", "Refunds without goods"),
            ("same_photo", "Photo seen before"),
            ("other_serial", "Another serial number"),
        ],
        required=True,
        readonly=True,
    )
    severity = fields.Selection(
        [("notice", "Worth knowing"), ("review", "Look first")],
        required=True,
        readonly=True,
        help="What has to be looked at first is not approved automatically.",
    )
    facts = fields.Json(readonly=True)
    color = fields.Integer(compute="_compute_color")
    message = fields.Char("Why", compute="_compute_message")

    @api.depends("code")
    def _compute_display_name(self):
        labels = dict(self._fields["code"]._description_selection(self.env))
        for flag in self:
            flag.display_name = labels[flag.code]

    @api.depends("severity")
    def _compute_color(self):
        for flag in self:
            flag.color = 1 if flag.severity == "review" else 3

    @api.depends("code", "facts")
    @api.depends_context("lang")
    def _compute_message(self):
        for flag in self:
            flag.message = getattr(flag, f"_message_{flag.code}")(flag.facts or {})

    # === In words === #

    def _message_return_rate(self, facts):
        return self.env._(
            "%(returned)s of %(delivered)s units delivered in twelve months come back (%(rate)s %%).",
            returned=f"{facts['returned']:g}",
            delivered=f"{facts['delivered']:g}",
            rate=f"{facts['rate']:.0f}",
        )

    def _message_return_value(self, facts):
        currency = self.rma_id.company_id.currency_id
        return self.env._("Returns worth %(value)s in twelve months.", value=currency.format(facts["value"]))

    def _message_no_goods(self, facts):
        return self.env._("%(count)s refunds without goods in twelve months.", count=facts["count"])

    def _message_same_photo(self, facts):
        if facts["others"]:
            return self.env._("The same photo as another customer's: %(rmas)s.", rmas=", ".join(facts["rmas"]))
        return self.env._("The same photo as before: %(rmas)s.", rmas=", ".join(facts["rmas"]))

    def _message_other_serial(self, facts):
        return self.env._(
            "%(arrived)s arrived, delivered were %(delivered)s.",
            arrived=", ".join(facts["arrived"]),
            delivered=", ".join(facts["delivered"]),
        )
