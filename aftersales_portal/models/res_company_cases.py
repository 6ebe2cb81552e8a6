from odoo import fields, models


class ResCompany(models.Model):
    # What customers ask, and follow, on the pages of their cases.

    _inherit = "res.company"

    aftersales_portal_cases = fields.Boolean("Customers ask and follow their cases", default=True)
