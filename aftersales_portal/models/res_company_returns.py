from odoo import fields, models


class ResCompany(models.Model):
    # What customers are offered on the pages of their returns.

    _inherit = "res.company"

    aftersales_portal_remedy_type_ids = fields.Many2many(
        "aftersales.remedy.type",
        "aftersales_portal_remedy_type_rel",
        "company_id",
        "type_id",
        "Remedies customers may ask for",
        help="Empty: all of them. What the law gives is always offered.",
    )
    aftersales_portal_photos = fields.Boolean("Customers send photos", default=True)
    aftersales_portal_intro = fields.Html("Words above the form", translate=True)

    # === Business === #

    def _aftersales_portal_remedies(self, remedy_types):
        """Those remedies that customers of the company may ask for.

        :param remedy_types: `aftersales.remedy.type` that the basis of a request offers
        """
        # Customers may not read the settings of a company.
        allowed_sudo = self.sudo().aftersales_portal_remedy_type_ids
        chosen = remedy_types.filtered(lambda remedy: remedy.id in allowed_sudo.ids)
        # A right that has one remedy only is not taken away by a setting.
        return chosen or remedy_types
