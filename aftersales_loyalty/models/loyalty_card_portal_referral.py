from urllib.parse import quote

from odoo import models


class LoyaltyCard(models.Model):
    # The code for friends in the words of its holder.

    _inherit = "loyalty.card"

    def _portal_referral(self):
        """The code for friends.

        :return: dict with ``code``, ``words`` (how it works), ``invitation`` and ``mail`` (address that writes it);
            None where nobody is rewarded for it
        """
        self.ensure_one()
        rules = self.env["aftersales.loyalty.bonus"]._rules("referral", self.company_id or self.env.company)
        rule = rules.filtered(lambda rule: rule.program_id == self.program_id)[:1]
        code = self.aftersales_referral_code
        if not rule or not code:
            return None
        shop = (self.company_id or self.env.company).sudo().name  # customers know who sells to them
        invitation = self.env._("My code for your first order at %(shop)s: %(code)s", shop=shop, code=code)
        return {
            "code": code,
            "words": self._portal_referral_words(rule),
            "invitation": invitation,
            "mail": f"mailto:?subject={quote(shop)}&body={quote(invitation)}",
        }

    def _portal_referral_words(self, rule):
        points = self._portal_points(rule.points)
        if not rule.friend_points:
            return self.env._(
                "Your friend names your code with the first order. You get %(points)s as soon as it can no longer be "
                "returned.",
                points=points,
            )
        return self.env._(
            "Your friend names your code with the first order. As soon as it can no longer be returned, you get "
            "%(points)s and your friend gets %(friend_points)s.",
            points=points,
            friend_points=self._portal_points(rule.friend_points),
        )
