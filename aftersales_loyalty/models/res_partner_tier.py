from odoo import api, fields, models

AGENT = "aftersales_crm.aftersales_crm_group_agent"


class ResPartner(models.Model):
    # Which tier a customer is in, and what is missing for the next.

    _inherit = "res.partner"

    aftersales_tier_id = fields.Many2one(
        "aftersales.loyalty.tier", "Tier", compute="_compute_aftersales_tier", groups=AGENT
    )
    aftersales_tier_words = fields.Char("To the next tier", compute="_compute_aftersales_tier", groups=AGENT)

    @api.depends_context("company")
    def _compute_aftersales_tier(self):
        programs = self.env["aftersales.loyalty.tier"]._programs_of(self.env.company)
        cards = self._aftersales_tier_cards(programs)
        progresses = self.env["loyalty.card"].concat(*cards.values())._aftersales_tier_progresses() if cards else {}
        for partner in self:
            card = cards.get(partner, self.env["loyalty.card"])
            # What a customer is in is no secret to agents, whatever company the program is of.
            partner.aftersales_tier_id = card.sudo().aftersales_tier_id.id
            partner.aftersales_tier_words = card._aftersales_tier_words(progresses[card]) if card else False

    def _aftersales_tier_cards(self, programs):
        """The card that tells the tier of each customer who has one: their own, or that of their company.

        :param list programs: ids of programs with tiers
        :return: dict of partner to `loyalty.card`
        """
        if not programs:
            return {}
        people = self | self.commercial_partner_id
        # See _compute_aftersales_tier.
        cards_sudo = (
            self.env["loyalty.card"].sudo().search([("partner_id", "in", people.ids), ("program_id", "in", programs)])
        )
        found = {}
        for partner in self:
            own = cards_sudo.filtered(
                lambda card: card.partner_id in (partner, partner.commercial_partner_id)  # noqa: B023
            )
            if own:
                found[partner] = max(own, key=lambda card: (card.aftersales_tier_id._rank(), card.id)).with_env(
                    self.env
                )
        return found
