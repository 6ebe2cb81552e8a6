from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

PARTS = ("parts", "labour", "shipping")


class AftersalesWarrantyTerm(models.Model):
    """What the shop or the maker promises on top of the law, and for how long."""

    _name = "aftersales.warranty.term"
    _description = "Warranty Term"
    _inherit = ["aftersales.cached.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    duration = fields.Integer(required=True, default=24)
    duration_unit = fields.Selection([("months", "Months"), ("days", "Days")], required=True, default="months")
    start = fields.Selection(
        [
            ("delivery", "the delivery"),
            ("order", "the order"),
            ("invoice", "the invoice"),
            ("registration", "the registration"),
            ("manual", "a day set by hand"),
            ("end", "the end of what it extends"),
        ],
        "Counts from",
        required=True,
        default="delivery",
    )
    parts_percent = fields.Integer("Parts covered (%)", default=100)
    labour_percent = fields.Integer("Labour covered (%)", default=100)
    shipping_percent = fields.Integer("Shipping covered (%)", default=0)
    parts_months = fields.Integer("Parts covered for (months)", help="0: as long as the warranty lasts.")
    labour_months = fields.Integer("Labour covered for (months)", help="0: as long as the warranty lasts.")
    shipping_months = fields.Integer("Shipping covered for (months)", help="0: as long as the warranty lasts.")
    excluded_reason_ids = fields.Many2many("aftersales.reason", string="Excluded reasons")
    max_claims = fields.Integer("Claims at most", help="0: as many as there are defects.")
    transferable = fields.Boolean(default=True, help="A new owner of the product takes the warranty over.")
    suspends_repair = fields.Boolean(
        "A repair stops the clock", help="The warranty lasts longer by the days that a repair takes."
    )
    repair_extension_months = fields.Integer(
        "Added by a repair (months)", help="Months that the first repair under the warranty adds to it."
    )
    replacement_months = fields.Integer(
        "Least after a replacement (months)",
        help="Months that a replacement is covered at least. 0: what was left of the first product.",
    )
    maintenance_discount = fields.Float(
        "Maintenance discount (%)",
        digits="Discount",
        help="Off repairs and maintenance that an authorised service partner asks for while the warranty lasts.",
    )
    visit_months = fields.Integer(
        "A visit every (months)", help="A service plan: maintenance visits at this interval. 0: none."
    )
    seller_ids = fields.One2many(
        "product.template",
        "aftersales_sold_term_id",
        "Sold by",
        help="Products that sell this as an extension. A term that is sold need not be on a product.",
    )
    description = fields.Html(translate=True)

    _duration_positive = models.Constraint("CHECK(duration > 0)", "A warranty lasts at least one day.")

    _numbers_positive = models.Constraint(
        """CHECK(parts_months >= 0 AND labour_months >= 0 AND shipping_months >= 0 AND max_claims >= 0
                 AND repair_extension_months >= 0 AND replacement_months >= 0 AND visit_months >= 0)""",
        "Months and numbers of claims cannot be negative.",
    )
    _discount_percent = models.Constraint(
        "CHECK(maintenance_discount BETWEEN 0 AND 100)", "A discount lies between 0 and 100 %."
    )

    @api.constrains("parts_percent", "labour_percent", "shipping_percent")
    def _check_percent(self):
        for term in self:
            percents = (term.parts_percent, term.labour_percent, term.shipping_percent)
            if not all(0 <= percent <= 100 for percent in percents):
                raise ValidationError(self.env._("What %(name)s covers lies between 0 and 100 %%.", name=term.name))

    # === Business === #

    @api.model
    @tools.ormcache()
    def _starts_in_use(self):
        """What terms count from anywhere: where none counts from it, nothing is looked up."""
        groups = self.sudo().with_context(active_test=False)._read_group([], ["start"])
        return frozenset(start for (start,) in groups)

    def _coverage(self):
        """The snapshot that a warranty keeps: plain values, JSON-safe."""
        self.ensure_one()
        return {
            "name": self.name,
            "duration": self.duration,
            "unit": self.duration_unit,
            "start": self.start,
            "parts": self.parts_percent,
            "labour": self.labour_percent,
            "shipping": self.shipping_percent,
            "months": {part: self[f"{part}_months"] for part in PARTS if self[f"{part}_months"]},
            "excluded_reasons": self.excluded_reason_ids.mapped("code"),
            "max_claims": self.max_claims,
            "transferable": self.transferable,
            "suspends": self.suspends_repair,
            "repair_months": self.repair_extension_months,
            "replacement_months": self.replacement_months,
            "maintenance_discount": self.maintenance_discount,
            "visit_months": self.visit_months,
        }
