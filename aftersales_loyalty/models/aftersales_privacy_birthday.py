from odoo import api, models


class AftersalesPrivacy(models.AbstractModel):
    """The birthday goes with all else that is known of a person."""

    _inherit = "aftersales.privacy"

    @api.model
    def _anonymise(self, people, mail=False):
        found = super()._anonymise(people, mail)
        self._blank("res_partner", people.ids, {"aftersales_birthday": None})
        people.invalidate_recordset(["aftersales_birthday"])
        return found
