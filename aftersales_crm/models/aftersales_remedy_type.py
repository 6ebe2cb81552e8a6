from odoo import api, fields, models, tools
from odoo.fields import Domain


class AftersalesRemedyType(models.Model):
    """A way to put things right.

    A third party adds one by a record with its own code and a method
    ``_apply_<code>`` on ``aftersales.remedy``.
    """

    _name = "aftersales.remedy.type"
    _description = "Remedy Type"
    _inherit = ["aftersales.cached.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Names the method _apply_<code> that carries it out.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    offered = fields.Boolean(default=True, help="Customers may ask for it. Off: only staff chooses it.")
    is_goodwill = fields.Boolean("As a goodwill", help="Agents may offer it on a case, without a return.")
    needs_goods = fields.Boolean(default=True, help="The customer sends the goods back before or after it.")

    _code_unique = models.UniqueIndex("(code)", "The code of a remedy type must be unique.")

    @api.model
    @tools.ormcache()
    def _needing_goods(self):
        """Ids of the remedies for which the customer sends the goods back (frozenset)."""
        types_sudo = self.sudo().with_context(active_test=False)  # see _codes
        return frozenset(types_sudo.search([("needs_goods", "=", True)]).ids)

    @api.model
    @tools.ormcache()
    def _codes(self):
        """Codes of the remedies that customers may ask for, in their order (tuple of str)."""
        return tuple(self.sudo().search(Domain("offered", "=", True)).mapped("code"))  # names of remedies are public
