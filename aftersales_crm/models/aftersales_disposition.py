from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

# Operations that move goods at once, and the kind of location that they move them to.
LOCATION_USAGE = {"move": "internal", "repair": "internal", "give": "inventory"}
# Conditions in which nobody sells goods as they are.
UNSALEABLE = ("used", "damaged", "incomplete")


class AftersalesDisposition(models.Model):
    """What becomes of goods that came back."""

    _name = "aftersales.disposition"
    _description = "Disposition of Returned Goods"
    _inherit = ["aftersales.cached.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Stable name for scripts, e.g. restock.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    operation = fields.Selection(
        [
            ("none", "Stay where they arrived"),
            ("stock", "Put on sale again"),
            ("move", "Set aside in a location"),
            ("repair", "Repair for sale"),
            ("scrap", "Scrap"),
            ("vendor", "Send to the vendor"),
            ("give", "Give away"),
        ],
        required=True,
        default="none",
        help="What stock does with the goods as soon as they are inspected.",
    )
    location_id = fields.Many2one(
        "stock.location",
        domain="[('usage', '=', 'inventory' if operation == 'give' else 'internal')]",
        company_dependent=True,
        help="Where the goods are moved to. Empty: a location of that name is made when the first goods go there.",
    )

    _code_unique = models.UniqueIndex("(code, COALESCE(company_id, 0))", "The code of a disposition must be unique.")

    @api.constrains("operation", "location_id")
    def _check_location(self):
        for disposition in self:
            location, usage = disposition.location_id, LOCATION_USAGE.get(disposition.operation)
            if location and not usage:
                raise ValidationError(
                    self.env._("%(name)s goes to no location of its own: remove it.", name=disposition.name)
                )
            if location and location.usage != usage:
                labels = dict(location._fields["usage"]._description_selection(self.env))
                raise ValidationError(
                    self.env._(
                        "%(name)s needs a location of the type “%(usage)s”: %(location)s is none.",
                        name=disposition.name,
                        usage=labels[usage],
                        location=location.display_name,
                    )
                )

    # === Business === #

    @api.model
    def _proposed(self, condition=None, line=None):
        """Hook: the disposition that the dock proposes.

        :param str condition: as found at the inspection, if anybody said
        :param line: the `aftersales.rma.line` that the goods belong to
        """
        code = "restock"
        if line and line.for_repair:
            code = "repair"
        elif condition in UNSALEABLE:
            code = "quarantine"
        # By id from the cache: env.ref would look the record up for every line.
        disposition_id = self.env["ir.model.data"]._xmlid_to_res_id(f"aftersales_crm.disposition_{code}")
        return self.browse(disposition_id)

    @api.model
    @tools.ormcache()
    def _operations(self):
        """``{id: operation}`` of all dispositions."""
        every_sudo = self.sudo().with_context(active_test=False)  # of whichever company
        return {disposition.id: disposition.operation for disposition in every_sudo.search([])}

    def _apply(self, inspections):
        """Do the stock operation of these dispositions for inspected goods.

        :param inspections: `aftersales.inspection` records of accepted goods, each with a
            disposition among ``self``
        """
        for (disposition, company), group in inspections.grouped(lambda i: (i.disposition_id, i.company_id)).items():
            operation = getattr(group, f"_dispose_{self._operations().get(disposition.id)}", None)
            if operation:
                operation(disposition.with_company(company))

    def _ensure_location(self):
        """The location of a disposition in the company of the environment, made when there is none."""
        self.ensure_one()
        # Who inspects chooses what becomes of goods; where that is belongs to the warehouse.
        disposition_sudo = self.sudo()
        if not disposition_sudo.location_id:
            # Two at once write the same row: the second is run again and finds the location.
            disposition_sudo.location_id = self.env["stock.location"].sudo().create(self._prepare_location_vals())
        return disposition_sudo.location_id

    def _prepare_location_vals(self):
        """Hook: values of the location; outside the warehouses, so that its goods are not for sale."""
        self.ensure_one()
        return {
            "name": self.name,
            "usage": LOCATION_USAGE[self.operation],
            "company_id": self.env.company.id,
        }
