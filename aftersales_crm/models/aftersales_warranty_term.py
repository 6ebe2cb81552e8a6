from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AftersalesWarrantyTerm(models.Model):
    """What the shop or the maker promises on top of the law, and for how long."""

    _name = "aftersales.warranty.term"
    _description = "Warranty Term"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    duration = fields.Integer(required=True, default=24)
    duration_unit = fields.Selection([("months", "Months"), ("days", "Days")], required=True, default="months")
    start = fields.Selection(
        [("delivery", "the delivery"), ("order", "the order")],
        "Counts from",
        required=True,
        default="delivery",
    )
    parts_percent = fields.Integer("Parts covered (%)", default=100)
    labour_percent = fields.Integer("Labour covered (%)", default=100)
    shipping_percent = fields.Integer("Shipping covered (%)", default=0)
    excluded_reason_ids = fields.Many2many("aftersales.reason", string="Excluded reasons")
    description = fields.Html(translate=True)

    _duration_positive = models.Constraint("CHECK(duration > 0)", "A warranty lasts at least one day.")

    @api.constrains("parts_percent", "labour_percent", "shipping_percent")
    def _check_percent(self):
        for term in self:
            percents = (term.parts_percent, term.labour_percent, term.shipping_percent)
            if not all(0 <= percent <= 100 for percent in percents):
                raise ValidationError(self.env._("What %(name)s covers lies between 0 and 100 %%.", name=term.name))

    # === Business === #

    @api.model
    def _last_day(self, start, duration, unit):
        """Last covered day, inclusive.

        The day of the event is not counted and the period ends with the same date of the
        last month, or that month's last day (Regulation (EEC) 1182/71, Article 3): two
        years from 5 March 2024 end with 5 March 2026, one month from 31 January with the
        last of February.

        :param datetime.date start: the day of the delivery, order or other event
        :param int duration: length in ``unit``
        :param str unit: ``months`` or ``days``
        :rtype: datetime.date
        """
        return start + relativedelta(**{unit: duration})

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
            "excluded_reasons": self.excluded_reason_ids.mapped("code"),
        }
