from odoo import models


class AccountMove(models.Model):
    # Who spends enough is in the higher tier as soon as the invoice is posted.

    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft)
        programs = self.env["aftersales.loyalty.tier"]._spend_programs()
        customers = programs and posted.filtered(lambda move: move.is_sale_document()).commercial_partner_id
        if customers:
            domain = [("program_id", "in", programs), ("partner_id", "child_of", customers.ids)]
            # Who invoices has no rights on cards.
            self.env["loyalty.card"].sudo().search(domain)._aftersales_raise_tiers()
        return posted
