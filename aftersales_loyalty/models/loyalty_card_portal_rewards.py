from odoo import models

# Rewards to come that stand on the page.
SHOWN_REWARDS = 3


class LoyaltyCard(models.Model):
    # What the points of a card buy, in its holder's words.

    _inherit = "loyalty.card"

    def _portal_rewards(self):
        """What the points buy: everything to be had now, and what is nearest.

        :return: dict card → list of dicts with ``name``, ``cost`` (words), ``missing`` (points; 0: to be had now) and
            ``words`` (how far it is)
        """
        rewards = self.env["loyalty.reward"].search(
            [("program_id", "in", self.program_id.ids)], order="required_points"
        )
        # Odoo's own condition; it does not work in a search.
        offered = rewards.filtered_domain(rewards._get_active_products_domain())
        by_program = offered.grouped("program_id")
        return {card: card._portal_offers(by_program.get(card.program_id, ())) for card in self}

    def _portal_offers(self, rewards):
        if self._portal_is_money() or self._portal_notice():
            return []
        offers = [self._portal_offer(reward) for reward in rewards]
        now = [offer for offer in offers if not offer["missing"]]
        return now + [offer for offer in offers if offer["missing"]][:SHOWN_REWARDS]

    def _portal_offer(self, reward):
        missing = max(round(reward.required_points - max(self.points, 0.0), 2), 0.0)
        if missing <= self.aftersales_pending:
            words = self.env._("Yours as soon as the points on the way have arrived.")
        else:
            words = self.env._("%(points)s to go", points=self._portal_points(missing))
        return {
            "name": reward.description,
            "cost": self._portal_points(reward.required_points),
            "missing": missing,
            "words": words if missing else "",
        }
