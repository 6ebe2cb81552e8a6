from odoo import fields, models
from odoo.tools import float_round

from ..ledger import rounded


class SaleOrder(models.Model):
    # The tier of the customer on the day of the order: what it gives is kept, whatever becomes of the tier.

    _name = "sale.order"
    _inherit = ["sale.order", "aftersales.system.mixin"]

    _aftersales_system_fields = frozenset({"aftersales_tier_id", "aftersales_tier_terms"})

    aftersales_tier_id = fields.Many2one(
        "aftersales.loyalty.tier",
        "Tier",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Of the customer when the order was confirmed.",
    )
    aftersales_tier_terms = fields.Json(readonly=True, copy=False, groups="base.group_user")
    aftersales_tier_words = fields.Char(
        "To the next tier",
        related="partner_id.aftersales_tier_words",
        groups="aftersales_crm.aftersales_crm_group_agent",
    )

    # === On the day of the order === #

    def _action_confirm(self):
        # What the order itself earns counts afterwards.
        self._aftersales_fix_tier()
        return super()._action_confirm()

    def _action_cancel(self):
        confirmed = self.filtered("aftersales_points_at")
        result = super()._action_cancel()
        for order in confirmed:
            day = order.company_id._aftersales_date(order.aftersales_points_at)
            entries_sudo = self.env["aftersales.loyalty.entry"].sudo()  # as _aftersales_undo_rise
            earned_sudo = entries_sudo.search(
                [("origin_model", "=", "sale.order"), ("origin_id", "=", order.id), ("kind", "=", "earn")]
            )
            earned_sudo.card_id._aftersales_undo_rise(day)
        return result

    def _aftersales_fix_tier(self):
        """Keep what the tier of the customer gives today."""
        # Who sells, or buys online, has no rights on tiers.
        orders_sudo = self.sudo().filtered(
            lambda order: order.env["aftersales.loyalty.tier"]._programs_of(order.company_id)
        )
        for company, group_sudo in orders_sudo.grouped("company_id").items():
            tiers = group_sudo.env["aftersales.loyalty.tier"]._of(group_sudo.partner_id, company)
            for order_sudo in group_sudo:
                tier = tiers[order_sudo.partner_id]
                order_sudo.aftersales_tier_id = tier
                order_sudo.aftersales_tier_terms = tier and {
                    **tier._benefits(),
                    "multipliers": order_sudo._aftersales_multipliers_today(),
                }

    # === What it gives === #

    def _aftersales_terms_given(self, terms):
        terms = super()._aftersales_terms_given(terms)
        given = self.sudo().aftersales_tier_terms  # whoever confirms the order gets it for the customer
        if not given or not terms["returnable"]:
            return terms
        terms = {**terms, "window_days": terms["window_days"] + given["window_days"], "tier": given["name"]}
        if given["free_return"]:
            terms.update(return_shipping="shop", way_back_fee=0.0)
        return terms

    def _program_check_compute_points(self, programs):
        result = super()._program_check_compute_points(programs)
        multipliers = self._aftersales_multipliers()
        for program, status in result.items():
            times = multipliers.get(str(program.id), 1.0)
            if times != 1.0 and status.get("points"):
                status["points"] = [self._aftersales_multiplied(points, times) for points in status["points"]]
        return result

    def _aftersales_multiplied(self, points, times):
        try:
            return float(rounded(points * times))
        except ValueError:  # more than an account can hold, which it says itself
            return float_round(points * times, precision_digits=2)

    def _aftersales_multipliers(self):
        """How many times its points the order earns, by id of the program as text: of its day once confirmed."""
        if self.state not in ("draft", "sent"):
            given = self.sudo().aftersales_tier_terms  # as it was promised
            return given.get("multipliers", {}) if given else {}
        return self._aftersales_multipliers_today()

    def _aftersales_multipliers_today(self):
        programs = self.env["aftersales.loyalty.tier"]._programs_of(self.company_id)
        if not programs:
            return {}
        domain = [
            ("partner_id", "=", self.partner_id.id),
            ("program_id", "in", programs),
            ("aftersales_tier_id", "!=", False),
        ]
        cards_sudo = self.env["loyalty.card"].sudo().search(domain)  # see _aftersales_fix_tier
        best = cards_sudo.sorted(lambda card: card.aftersales_tier_id.multiplier)
        return {str(card.program_id.id): card.aftersales_tier_id.multiplier for card in best}
