from odoo import fields, models


class AftersalesProductKind(models.Model):
    """Products that the law or a policy treats in their own way, such as made to measure or perishable."""

    _name = "aftersales.product.kind"
    _description = "Product Kind"
    _inherit = ["aftersales.cached.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Stable name for scripts, e.g. hygiene.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    opened_only = fields.Boolean(
        "Only once opened",
        help="Excluded only when its seal was broken, the download begun or the service performed.",
    )
    note = fields.Text(help="What belongs to it, and why.")

    _code_unique = models.UniqueIndex("(code)", "The code of a product kind must be unique.")

    def _snapshot(self):
        """What an order line keeps of the kind: plain values, JSON-safe; False for none."""
        return bool(self) and {"code": self.code, "name": self.name, "opened_only": self.opened_only}
