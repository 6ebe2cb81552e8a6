from odoo import fields, models


class AftersalesCaseTag(models.Model):
    """A word by which cases are found again."""

    _name = "aftersales.case.tag"
    _description = "Tag of Cases"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    color = fields.Integer()
    active = fields.Boolean(default=True)

    _name_unique = models.UniqueIndex("(name)", "There is a tag of this name already.")
