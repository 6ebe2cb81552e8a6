from odoo import models

from ..models.loyalty_card import Cause


class LoyaltyCardUpdateBalance(models.TransientModel):
    _inherit = "loyalty.card.update.balance"

    def action_update_card_point(self):
        cause = Cause(reason=self.description)
        return super(LoyaltyCardUpdateBalance, self.with_context(aftersales_points=cause)).action_update_card_point()


class LoyaltyGenerateWizard(models.TransientModel):
    _inherit = "loyalty.generate.wizard"

    def generate_coupons(self):
        cause = Cause(gain="grant", reason=self[:1].description)
        return (
            super(LoyaltyGenerateWizard, self.with_context(aftersales_points=cause))
            .generate_coupons()
            .with_env(self.env)
        )


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge_loyalty_cards(self, src_partners, dst_partner):
        # Lots move with their end before Odoo adds up the balances, which are right by then.
        programs = self.env["loyalty.program"].sudo().browse(self.env["loyalty.program"]._aftersales_kept())
        cards = self.env["loyalty.card"].sudo()
        for program in programs:
            open_ones = [("program_id", "=", program.id), ("aftersales_merged_into_id", "=", False)]
            theirs = cards.search([*open_ones, ("partner_id", "in", src_partners.ids)])
            final = cards.search([("program_id", "=", program.id), ("partner_id", "=", dst_partner.id)], limit=1)
            final = final or theirs[:1]
            (theirs - final)._aftersales_merge_into(final)
        return super()._merge_loyalty_cards(src_partners, dst_partner)
