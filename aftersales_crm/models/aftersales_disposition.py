from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class AftersalesDisposition(models.Model):
    """What becomes of goods that came back."""

    _name = "aftersales.disposition"
    _description = "Disposition of Returned Goods"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Stable name for scripts, e.g. restock.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    operation = fields.Selection(
        [
            ("none", "Stay where they arrived"),
            ("move", "Move to a location"),
            ("scrap", "Scrap"),
        ],
        required=True,
        default="none",
    )
    location_id = fields.Many2one(
        "stock.location",
        domain="[('usage', '=', 'internal')]",
        company_dependent=True,
        help="Where the goods are moved to.",
    )

    _code_unique = models.UniqueIndex("(code, COALESCE(company_id, 0))", "The code of a disposition must be unique.")

    @api.constrains("operation", "location_id")
    def _check_location(self):
        for disposition in self:
            if disposition.location_id and disposition.operation != "move":
                raise ValidationError(
                    self.env._(
                        "%(name)s does not move goods: remove its location.",
                        name=disposition.name,
                    )
                )

    def _apply(self, inspections):
        """Do the stock operation of these dispositions for inspected goods.

        :param inspections: `aftersales.inspection` records of accepted goods, each with a
            disposition among ``self``
        :raise UserError: when a disposition that moves goods has no location
        """
        for inspection in inspections:
            disposition = inspection.disposition_id.with_company(inspection.company_id)
            if disposition.operation == "scrap":
                inspection._scrap()
            elif disposition.operation == "move":
                if not disposition.location_id:
                    raise UserError(
                        self.env._(
                            "Choose the location of “%(name)s” under After-Sales ▸ Configuration ▸ Dispositions first.",
                            name=disposition.name,
                        )
                    )
                inspection._move_goods(disposition.location_id)
