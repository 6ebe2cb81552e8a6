from odoo import fields, models


class AftersalesRemedyType(models.Model):
    """A remedy as a card that customers tap."""

    _inherit = "aftersales.remedy.type"

    portal_name = fields.Char("In the customer's words", translate=True, help="Empty: the name.")
    portal_icon = fields.Char("Picture", help="Name of a Font Awesome 4 icon, e.g. fa-wrench.")
