from odoo import models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "aftersales.feedback.links"]

    _aftersales_feedback_link = "commercial_partner_id"

    def _aftersales_feedback_owners(self):
        return {partner: partner.commercial_partner_id for partner in self}
