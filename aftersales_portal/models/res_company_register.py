from odoo import fields, models


class ResCompany(models.Model):
    # What customers may do with their warranties.

    _inherit = "res.company"

    aftersales_portal_register = fields.Boolean("Customers register products bought elsewhere", default=True)
    aftersales_portal_transfer = fields.Boolean("Customers hand warranties over", default=True)
