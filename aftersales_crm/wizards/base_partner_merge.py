from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """The merge moves foreign keys by SQL: the customer of our records has to follow."""
        # Numbers are added up anew: two rows of one customer could not both stay.
        self.env["aftersales.profile"].sudo().search([("commercial_partner_id", "in", src_partners.ids)]).unlink()
        result = super()._update_foreign_keys(src_partners, dst_partner)
        if any(src_partners.mapped("aftersales_followup_optout")):
            dst_partner.aftersales_followup_optout = True
        # Who merges contacts needs no rights on their history to keep it right.
        self.env["aftersales.event"].sudo()._repair_commercial_partners((src_partners | dst_partner).ids)
        return result
