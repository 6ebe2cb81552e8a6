from odoo import models


class ResPartner(models.Model):
    # Cases of a customer: those of the whole company.

    _name = "res.partner"
    _inherit = ["res.partner", "aftersales.case.links"]

    _aftersales_case_field = "commercial_partner_id"

    def _compute_aftersales_case_count(self):
        customers = self.commercial_partner_id
        result = super(ResPartner, customers)._compute_aftersales_case_count()
        for partner in self - customers:
            partner.aftersales_case_count = partner.commercial_partner_id.aftersales_case_count
        return result

    def _aftersales_case_domain(self):
        return [("commercial_partner_id", "=", self.commercial_partner_id.id)]

    def _aftersales_case_defaults(self):
        return self._aftersales_case_default_values(partner_id=self.id)
