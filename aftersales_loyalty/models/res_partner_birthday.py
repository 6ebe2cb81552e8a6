from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError

OLDEST = date(1900, 1, 1)


class ResPartner(models.Model):
    # A customer may tell the birthday, for a bonus.

    _inherit = "res.partner"

    aftersales_birthday = fields.Date(
        "Birthday",
        copy=False,
        groups="aftersales_crm.aftersales_crm_group_agent",
        help="Only if the customer tells it.",
    )

    _aftersales_birthdays = models.Index("(id) WHERE aftersales_birthday IS NOT NULL")

    @api.constrains("aftersales_birthday")
    def _check_aftersales_birthday(self):
        today = self.env.company._aftersales_today()
        for partner in self.sudo():  # whether the day can be right, whoever writes it
            if partner.aftersales_birthday and not OLDEST <= partner.aftersales_birthday <= today:
                raise ValidationError(self.env._("%(name)s: this cannot be the birthday.", name=partner.display_name))
