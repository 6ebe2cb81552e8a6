from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from .score import Score

# A profile that is older is made anew when somebody looks at it.
STALE_HOURS = 24

SEGMENTS = [
    ("champions", "Champions"),
    ("loyal", "Loyal"),
    ("promising", "Promising"),
    ("attention", "Needs attention"),
    ("at_risk", "At risk"),
    ("lost", "Lost"),
]


class AftersalesProfile(models.Model):
    """What a company knows of a customer in numbers: one row per company and customer, made by SQL.

    Contacts count with the company they belong to. Nobody edits it.
    """

    _name = "aftersales.profile"
    _description = "Customer Profile"
    _order = "revenue desc, id"
    _rec_name = "commercial_partner_id"
    _log_access = False

    commercial_partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    refreshed_at = fields.Datetime("As of", readonly=True)

    order_count = fields.Integer("Orders", readonly=True)
    first_order_on = fields.Date("First order", readonly=True)
    last_order_on = fields.Date("Last order", readonly=True)
    gap_days = fields.Float(
        "Days between orders", digits=(16, 1), readonly=True, aggregator="avg", help="The median; 0: bought once."
    )
    revenue = fields.Monetary(readonly=True, help="Invoiced less credited, without taxes, in the company's currency.")
    return_count = fields.Integer("Returns", readonly=True)
    units_delivered = fields.Float(digits="Product Unit", readonly=True)
    units_returned = fields.Float(digits="Product Unit", readonly=True)
    return_rate = fields.Float(
        "Return rate (%)", digits=(16, 1), readonly=True, aggregator="avg", help="Units returned ÷ units delivered."
    )

    recency = fields.Integer(readonly=True, aggregator="avg", help="1–5; 5: of the fifth that ordered last.")
    frequency = fields.Integer(readonly=True, aggregator="avg", help="1–5; 5: of the fifth with most orders.")
    monetary = fields.Integer(readonly=True, aggregator="avg", help="1–5; 5: of the fifth with most revenue.")
    segment = fields.Selection(SEGMENTS, readonly=True)
    churn_risk = fields.Selection(
        [("low", "Low"), ("watch", "Watch"), ("high", "High")],
        "Risk to lose",
        readonly=True,
        help="Days since the last order ÷ days between orders: above 1.5 watch, above 2.5 high.",
    )
    nps = Score("Recommends us (0–10)", readonly=True, aggregator="avg", help="The last answer.")
    mood = fields.Selection([("promoter", "Promoter"), ("passive", "Neutral"), ("detractor", "Unhappy")], readonly=True)

    open_cases = fields.Integer(readonly=True)
    open_returns = fields.Integer("Returns under way", readonly=True)
    overdue_invoices = fields.Integer(readonly=True)
    broken_promises = fields.Integer(readonly=True)
    open_matters = fields.Integer(
        readonly=True, help="Open cases, returns under way, overdue invoices and broken promises."
    )

    email = fields.Char(related="commercial_partner_id.email")
    phone = fields.Char(related="commercial_partner_id.phone")
    summary = fields.Text("In words", compute="_compute_summary")

    _customer_unique = models.UniqueIndex("(company_id, commercial_partner_id)")
    _of_segment = models.Index("(company_id, segment, revenue DESC)")
    _of_risk = models.Index("(company_id, churn_risk, revenue DESC)")
    _by_last_order = models.Index("(company_id, last_order_on)")
    _by_order_count = models.Index("(company_id, order_count)")
    _by_revenue = models.Index("(company_id, revenue DESC)")
    _unhappy = models.Index("(company_id) WHERE mood = 'detractor'")

    # === Computes === #

    @api.depends("order_count", "last_order_on", "gap_days", "churn_risk", "return_count", "nps", "open_matters")
    def _compute_summary(self):
        for profile in self:
            profile.summary = "\n".join(profile._sentences())

    # === In words === #

    def _sentences(self):
        """What the numbers mean (list of sentences)."""
        self.ensure_one()
        sentences = [self._sentence_of_orders()]
        if self.return_rate:
            sentences.append(
                self.env._("Sends back %(rate)s %% of what was delivered.", rate=f"{self.return_rate:.0f}")
            )
        if self.nps is not False:
            sentences.append(self.env._("Recommends us %(score)s of 10.", score=self.nps))
        return sentences

    def _sentence_of_orders(self):
        if not self.order_count:
            return self.env._("Has not bought anything yet.")
        days = (self.company_id._aftersales_today() - self.last_order_on).days
        values = {"gap": f"{self.gap_days:.0f}", "days": days}
        if not self.gap_days:
            return self.env._("Last order %(days)s days ago; too few orders to tell a rhythm.", **values)
        return {
            "low": self.env._("Buys every %(gap)s days; last order %(days)s days ago.", **values),
            "watch": self.env._("Buys every %(gap)s days; last order %(days)s days ago: later than usual.", **values),
            "high": self.env._("Buys every %(gap)s days; last order %(days)s days ago: high risk to lose.", **values),
        }[self.churn_risk or "low"]

    # === Reading === #

    @api.model
    def _of(self, partner, company=None):
        """The profile of a customer, made anew where it is missing or older than a day.

        :param partner: `res.partner`, of a contact its company counts
        :param company: `res.company`; the current one when empty
        :return: `aftersales.profile`, none for who never was a customer
        """
        customer = partner.commercial_partner_id
        domain = Domain("commercial_partner_id", "=", customer.id)
        domain &= Domain("company_id", "=", (company or self.env.company).id)
        profile = self.search(domain)
        if not profile or profile._is_stale():
            self.sudo()._refresh(customer.ids)  # numbers belong to the system; who may see them is asked below
            profile = self.search(domain)
        return profile

    def _is_stale(self):
        self.ensure_one()
        age = fields.Datetime.now() - self.refreshed_at if self.refreshed_at else None
        return age is None or age.total_seconds() >= STALE_HOURS * 3600

    @api.model
    def read_profile(self, model, res_id):
        """The profile of the customer of a document, for the web client.

        :param str model: model of the document, or ``res.partner``
        :param int res_id: its id
        :return: dict with ``id``, ``words`` (list), ``segment``, ``segment_name``, ``churn_risk``, ``mood``; False for
            who never was a customer
        """
        self.check_access("read")
        customer = self.env["aftersales.event"]._timeline_customer(model, res_id)
        profile = customer and self._of(customer)
        if not profile:
            return False
        names = dict(self._fields["segment"]._description_selection(self.env))
        return {
            "id": profile.id,
            "words": profile._sentences(),
            "segment": profile.segment,
            "segment_name": names.get(profile.segment, ""),
            "churn_risk": profile.churn_risk,
            "mood": profile.mood,
        }

    @api.model
    def _forget(self, partner_ids):
        """Have the profiles of contacts made anew by whoever looks next."""
        self.env.cr.execute(
            SQL(
                """UPDATE aftersales_profile SET refreshed_at = NULL
                    WHERE refreshed_at IS NOT NULL AND commercial_partner_id IN (
                          SELECT commercial_partner_id FROM res_partner WHERE id IN %(ids)s UNION
                          SELECT id FROM res_partner WHERE id IN %(ids)s)""",
                ids=tuple(partner_ids),
            )
        )
        self.invalidate_model(["refreshed_at"])

    # === Actions === #

    def action_refresh(self):
        """Make these profiles anew, now."""
        self.check_access("read")
        self.sudo()._refresh(self.commercial_partner_id.ids)  # numbers belong to the system
        return True

    def action_open_customer(self):
        self.ensure_one()
        return self.commercial_partner_id._get_records_action()

    def action_view_history(self):
        self.ensure_one()
        return self.commercial_partner_id.action_aftersales_view_history()

    def action_schedule_calls(self):
        """Have the user call these customers today; who is to be called already is left alone."""
        self.check_access("read")
        if not self.env.user.has_group("aftersales_crm.aftersales_crm_group_agent"):
            raise AccessError(self.env._("Calls are for agents."))
        kind = self.env.ref("mail.mail_activity_data_call")
        customers = self.commercial_partner_id
        # Agents call customers whose address they may not edit.
        activity_sudo = self.env["mail.activity"].sudo()
        planned = activity_sudo.search(
            [("res_model", "=", "res.partner"), ("res_id", "in", customers.ids), ("activity_type_id", "=", kind.id)]
        )
        to_call = customers - customers.browse(planned.mapped("res_id"))
        words = {profile.commercial_partner_id: profile.summary for profile in self}
        activity_sudo.create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "res_id": customer.id,
                    "activity_type_id": kind.id,
                    "summary": words[customer].splitlines()[0],
                    "user_id": self.env.uid,
                }
                for customer in to_call
            ]
        )
        message = self.env._(
            "%(new)s calls planned for today; %(old)s customers are to be called already.",
            new=len(to_call),
            old=len(customers - to_call),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": message},
        }

    def action_mail(self):
        """Write one mail to all of these customers."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write to customers"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_composition_mode": "mass_mail",
                "default_model": "res.partner",
                "default_res_ids": self.commercial_partner_id.ids,
                "default_partner_to": "{{ object.id or '' }}",
            },
        }
