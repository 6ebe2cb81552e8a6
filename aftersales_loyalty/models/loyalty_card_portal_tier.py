from odoo import models
from odoo.tools import formatLang


class LoyaltyCard(models.Model):
    # The tier of a card in its holder's words.

    _inherit = "loyalty.card"

    def _portal_tier(self):
        """Where the customer stands and what is next.

        :return: dict with ``name`` ("" without a tier), ``until`` (words), ``benefits``, ``next`` (name or ""),
            ``next_title``, ``next_benefits``, ``missing`` and ``keep`` (words) and ``percent``; None where the program
            has no tiers
        """
        self.ensure_one()
        if not self.program_id.aftersales_tier_ids:
            return None
        progress = self._aftersales_tier_progress()
        tier, following = progress["tier"], progress["next"]
        return {
            "name": tier.name or "",
            "until": self._portal_until(tier, progress["until"]),
            "benefits": tier._portal_benefits(),
            "next": following.name or "",
            "next_title": self.env._("What %(tier)s gives you", tier=following.name) if following else "",
            "next_benefits": following._portal_benefits(),
            "missing": self._portal_missing(progress),
            "keep": self._portal_keep(progress),
            "percent": min(max(int(100 * progress["have"] / (progress["need"] or 1)), 0), 100),
        }

    def _portal_until(self, tier, day):
        return self.env._("Yours until %(day)s", day=self._portal_day(day)) if tier and day else ""

    def _portal_missing(self, progress):
        """How far the next tier is; "" for who has the highest."""
        if not progress["next"]:
            return ""
        values = {"tier": progress["next"].name, "missing": self._portal_amount(progress, "missing")}
        if progress["basis"] == "spend":
            return self.env._("Buy for %(missing)s more to reach %(tier)s.", **values)
        return self.env._("Collect %(missing)s more to reach %(tier)s.", **values)

    def _portal_keep(self, progress):
        """What is missing to stay in the tier; "" for who stays."""
        if not (progress["tier"] and progress["until"] and progress.get("keep_missing")):
            return ""
        values = {
            "tier": progress["tier"].name,
            "missing": self._portal_amount(progress, "keep_missing"),
            "day": self._portal_day(progress["until"]),
        }
        if progress["basis"] == "spend":
            return self.env._("Buy for %(missing)s more by %(day)s to keep %(tier)s.", **values)
        return self.env._("Collect %(missing)s more by %(day)s to keep %(tier)s.", **values)

    def _portal_amount(self, progress, name):
        if progress["basis"] == "spend":
            return formatLang(self.env, progress[name], currency_obj=self.currency_id)
        return self._portal_points(progress[name])
