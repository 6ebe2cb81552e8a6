from odoo import fields, models


class ResPartner(models.Model):
    # Partners that repair and maintain for us.

    _inherit = "res.partner"

    aftersales_is_authorised = fields.Boolean(
        "Authorised service partner",
        copy=False,
        help="Gets the maintenance discount of a warranty on repairs of what it covers.",
    )

    def _has_field_access(self, field, operation):
        if field.name == "aftersales_is_authorised" and operation == "write" and not self.env.su:
            return self.env.user.has_group("aftersales_crm.aftersales_crm_group_manager")
        return super()._has_field_access(field, operation)

    def _aftersales_is_service_partner(self):
        """Whether the partner, or the company it belongs to, is authorised."""
        return self.aftersales_is_authorised or self.commercial_partner_id.aftersales_is_authorised
