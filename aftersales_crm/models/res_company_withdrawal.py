from odoo import fields, models, tools


class ResCompany(models.Model):
    # What customers may do without an account, and the form that the law gives them.

    _inherit = "res.company"

    aftersales_portal_withdrawal = fields.Boolean("Consumers withdraw online", default=True)
    aftersales_portal_guests = fields.Boolean("Customers find their order without an account", default=True)

    def _aftersales_withdrawal_form(self):
        """The model form of Annex I (B) of Directive 2011/83/EU with the address of the company, as PDF.

        :rtype: bytes
        """
        self.ensure_one()
        return self._aftersales_render_form(self.id, self.env.lang, self.partner_id.write_date, self.write_date)

    @tools.ormcache("company_id", "lang", "partner_date", "company_date")
    def _aftersales_render_form(self, company_id, lang, partner_date, company_date):
        # Anybody may have the form; making it costs a second, so that it is kept.
        reports_sudo = self.env["ir.actions.report"].sudo()
        return reports_sudo._render_qweb_pdf("aftersales_crm.withdrawal_form_report", [company_id])[0]
