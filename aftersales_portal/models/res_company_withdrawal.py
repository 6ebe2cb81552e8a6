from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _portal_withdrawal_labels(self, country=None):
        """What the buttons of the withdrawal function say.

        :param country: `res.country` of the consumer; empty: of the company
        :return: as `aftersales.jurisdiction._withdrawal_labels` gives it; None where it is switched off
        """
        self.ensure_one()
        company_sudo = self.sudo()  # visitors may not read the settings of a company
        if not company_sudo.aftersales_portal_withdrawal:
            return None
        return self.env["aftersales.jurisdiction"]._withdrawal_labels(
            country or company_sudo.country_id, company_sudo._aftersales_today()
        )
