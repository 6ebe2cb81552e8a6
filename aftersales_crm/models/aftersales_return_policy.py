from dateutil.relativedelta import relativedelta

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

# What a confirmed order line keeps of its policy, so that editing the policy
# never changes what was promised.
TERMS = (
    "returnable",
    "window_days",
    "window_start",
    "fee_type",
    "fee_amount",
    "return_shipping",
    "way_back_fee",
    "evidence",
    "auto_approve_limit",
    "keep_limit",
    "refund_delivery",
    "approval_days",
    "refund_timing",
    "advance_replacement",
    "advance_days",
)


class AftersalesReturnPolicy(models.Model):
    """The shop's own rules for taking goods back, beyond what the law demands."""

    _name = "aftersales.return.policy"
    _description = "Return Policy"
    _inherit = ["aftersales.cached.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first policy that matches applies.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")

    # matches
    product_tmpl_ids = fields.Many2many("product.template", string="Products")
    categ_ids = fields.Many2many("product.category", string="Product categories")
    partner_category_ids = fields.Many2many("res.partner.category", string="Customer tags")
    country_ids = fields.Many2many("res.country", string="Countries")

    # terms
    returnable = fields.Boolean("Returns accepted", default=True, help="Off: only what the law gives.")
    window_days = fields.Integer("Return window (days)", default=30)
    window_start = fields.Selection(
        [("delivery", "the delivery"), ("invoice", "the invoice"), ("order", "the order")],
        "Counts from",
        required=True,
        default="delivery",
    )
    remedy_type_ids = fields.Many2many("aftersales.remedy.type", string="Remedies", help="Empty: every remedy.")
    fee_type = fields.Selection(
        [("none", "No fee"), ("fixed", "Amount per unit"), ("percent", "Percent of the price")],
        required=True,
        default="none",
        help="Never taken where the law gives the right to return.",
    )
    fee_amount = fields.Float("Fee")
    return_shipping = fields.Selection(
        [("customer", "Customer"), ("shop", "Shop"), ("deducted", "Shop, deducted from the refund")],
        "Way back paid by",
        required=True,
        default="customer",
    )
    way_back_fee = fields.Float(
        "Deducted for the way back",
        help="Once per return, in the currency of the order, taxes included. Never where the law "
        "gives the right to return.",
    )
    excluded_kind_ids = fields.Many2many(
        "aftersales.product.kind", string="Not taken back", help="Kinds of products that this policy leaves out."
    )
    evidence = fields.Selection(
        [("none", "Nothing"), ("photo", "A photo"), ("photo_note", "A photo and a description")],
        "Evidence asked for",
        required=True,
        default="none",
        help="Without it the request waits for a person. Never asked for on a statutory withdrawal.",
    )
    auto_approve_limit = fields.Float(
        "Approve automatically up to",
        help="In the currency of the order, taxes included. 0: a person decides.",
    )
    refund_delivery = fields.Boolean(
        "Refund delivery",
        help="When a whole order comes back, standard delivery is refunded. Where the law says so, it always is.",
    )
    keep_limit = fields.Float(
        "Goods stay with the customer up to",
        help="What is eligible and was paid with no more than this, over the whole return, need not "
        "be sent back. In the currency of the order, taxes included. 0: everything comes back.",
    )
    approval_days = fields.Integer(
        "Approval expires after",
        help="An approved return that nothing was sent for is closed after so many days. 0: never.",
    )
    advance_replacement = fields.Boolean(
        "Replace in advance", help="The replacement is sent before the goods have come back."
    )
    advance_days = fields.Integer(
        "Goods due back within", default=14, help="Counted from the shipment of the replacement."
    )
    refund_timing = fields.Selection(
        [
            ("approval", "When approved"),
            ("sent", "When the customer proves to have sent it"),
            ("reception", "When it has arrived"),
            ("inspection", "When it has been inspected"),
        ],
        "Refund",
        required=True,
        default="reception",
    )

    _days_positive = models.Constraint(
        "CHECK(window_days >= 0 AND approval_days >= 0 AND advance_days >= 0)", "Days cannot be negative."
    )
    _amounts_positive = models.Constraint(
        "CHECK(fee_amount >= 0 AND way_back_fee >= 0 AND auto_approve_limit >= 0 AND keep_limit >= 0)",
        "Amounts cannot be negative.",
    )

    # === Constrains === #

    @api.constrains("fee_type", "fee_amount")
    def _check_fee(self):
        for policy in self:
            if policy.fee_type == "percent" and policy.fee_amount > 100:
                raise ValidationError(self.env._("The fee of %(name)s exceeds 100 percent.", name=policy.name))

    # === Business === #

    @api.model
    @tools.ormcache("company_id", cache="default")
    def _matchers(self, company_id):
        """The policies of a company as plain tuples, so that matching costs no query."""
        companies = self.env["res.company"].browse(company_id).sudo().parent_ids
        policies = self.sudo().search([("company_id", "in", (*companies.ids, False))])
        return tuple(
            (
                policy.id,
                frozenset(policy.product_tmpl_ids.ids),
                frozenset(policy.categ_ids.ids),
                frozenset(policy.partner_category_ids.ids),
                frozenset(policy.country_ids.ids),
            )
            for policy in policies
        )

    @api.model
    def _match(self, order, product):
        """The first policy that fits a product on an order.

        :param order: `sale.order`
        :param product: `product.product`
        :return: one `aftersales.return.policy`, or none
        """
        categories = {int(part) for part in (product.categ_id.parent_path or "").split("/") if part}
        tags = set(order.partner_id.category_id.ids)
        tags.update(order.partner_id.commercial_partner_id.category_id.ids)
        country = order.partner_shipping_id.country_id.id or order.partner_id.country_id.id
        for policy_id, templates, categs, partner_tags, countries in self._matchers(order.company_id.id):
            if (
                (not templates or product.product_tmpl_id.id in templates)
                and (not categs or categs & categories)
                and (not partner_tags or partner_tags & tags)
                and (not countries or country in countries)
            ):
                return self.browse(policy_id)
        return self.browse()

    def _terms(self, kind):
        """The snapshot that the line of a product of a kind keeps: plain values, JSON-safe.

        :param kind: `aftersales.product.kind`, may be empty
        """
        self.ensure_one()
        excludes = kind.id in self._excluded_kinds()
        return {**self._plain_terms(), "kind": kind._snapshot(), "excludes_kind": excludes}

    @tools.ormcache("self.id", "self.env.lang")
    def _plain_terms(self):
        terms = {name: self[name] for name in TERMS}
        return {**terms, "remedies": self.remedy_type_ids.mapped("code"), "name": self.name}

    @tools.ormcache("self.id")
    def _excluded_kinds(self):
        return frozenset(self.excluded_kind_ids.ids)

    @api.model
    def _window_end(self, terms, start):
        """Last day of the return window, inclusive.

        :param dict terms: a snapshot of `_terms`
        :param datetime.date start: the day the window counts from
        """
        return start + relativedelta(days=terms["window_days"])
