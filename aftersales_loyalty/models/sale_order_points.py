from collections import defaultdict

from odoo import models

from ..ledger import ZERO, part_of, rounded

EARNING, SPENDING = ("earn", "takeback"), ("spend", "giveback")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # What an order should have earned and spent by now, less what its ledger says, is posted: so nothing happens
    # twice, and steps may come in any order.

    def _aftersales_sync_points(self):
        orders = self.filtered("aftersales_points_at").sudo()  # the ledger follows whoever may change the order
        entries = self.env["aftersales.loyalty.entry"].sudo()._with_system()
        if not orders or not self.env["loyalty.program"]._aftersales_kept():
            return
        booked = entries.search(
            [("origin_model", "=", "sale.order"), ("origin_id", "in", orders.ids), ("state", "!=", "void")]
        )
        by_order = booked.filtered(lambda entry: entry.kind in EARNING + SPENDING).grouped("origin_id")
        lost = orders.order_line._aftersales_lost()
        entries._lock_cards(booked.card_id | orders.coupon_point_ids.coupon_id | orders.order_line.coupon_id)
        moves = []
        for order in orders:
            own = by_order.get(order.id, entries.browse())
            for card in order._aftersales_points_cards(own):
                of_card = own.filtered(lambda entry, card=card: entry.card_id._aftersales_final() == card)
                moves += order._aftersales_sync_spent(card, of_card, lost)
                moves += order._aftersales_sync_earned(card, of_card)
        (booked | entries._post(moves))._aftersales_find_release()

    def _aftersales_points_cards(self, entries):
        """Cards whose ledger the order is in."""
        cards = self.coupon_point_ids.coupon_id | self.order_line.coupon_id | entries.card_id
        finals = cards.browse().union(*(card._aftersales_final() for card in cards))
        return finals.filtered(self._aftersales_in_ledger)

    # === Earned === #

    def _aftersales_sync_earned(self, card, booked):
        """Movements that make what was earned on a card equal to what the lines deserve."""
        targets = defaultdict(lambda: ZERO)
        if self.state == "sale":
            given = self.coupon_point_ids.filtered(lambda points: points.coupon_id._aftersales_final() == card)
            for points in given:
                for line, target in points._aftersales_deserved().items():
                    targets[line] += target
        earned = booked.filtered(lambda entry: entry.kind in EARNING)
        by_line = earned.grouped("sale_line_id")
        moves = []
        for line in {**by_line, **targets}:
            moves += self._aftersales_earning_moves(card, line, targets[line], by_line.get(line, earned.browse()))
        return moves

    def _aftersales_earning_moves(self, card, line, target, earned):
        """Movements from what is booked for a line to what it deserves.

        :param earned: its entries; pending ones are replaced when they no longer fit
        """
        waiting = earned.filtered(lambda entry: entry.state == "pending" and entry.points > 0)
        missing = target - sum((rounded(entry.points) for entry in earned - waiting), ZERO)
        if missing == sum((rounded(entry.points) for entry in waiting), ZERO):
            return []
        waiting._void()
        move = {"card": card, "points": missing, "origin": self, "sale_line": line}
        if missing <= 0:
            return [{**move, "kind": "takeback"}] if missing else []
        ordered = self.company_id._aftersales_date(self.aftersales_points_at)
        return [{**move, "kind": "earn", "pending": card.program_id.aftersales_waits, "date": ordered}]

    def _aftersales_line_weights(self, program):
        """What each line of goods counts for the points of a program, by its rules (dict)."""
        lines = self._get_not_rewarded_order_lines() - self._get_no_effect_on_threshold_lines()
        lines = lines.filtered(lambda line: line.product_uom_qty > 0)
        products = program._get_valid_products(lines.product_id)
        weights = defaultdict(float)
        for rule in program.rule_ids:
            if rule.mode == "with_code" and rule not in self.code_enabled_rule_ids:
                continue
            counted = lines.filtered(lambda line, rule=rule: line.product_id in products.get(rule, ()))
            worth = sum(counted.mapped("price_total"))
            for line in counted:
                weights[line] += rule.reward_point_amount * line._aftersales_rule_weight(rule, worth)
        return weights or dict(zip(lines, lines.mapped("price_total"), strict=True))

    # === Spent === #

    def _aftersales_sync_spent(self, card, booked, lost):
        """Movements that give back what was spent on goods that came back, or spend it again."""
        target = ZERO
        if self.state == "sale":
            for line in self.order_line.filtered(lambda line: line.coupon_id and line.points_cost):
                if line.coupon_id._aftersales_final() == card:
                    cost = booked._checked_points(line.points_cost)
                    target -= cost - part_of(cost, *self._aftersales_lost_of_reward(line, lost))
        spent = booked.filtered(lambda entry: entry.kind in SPENDING and entry.state == "posted")
        missing = target - sum((rounded(entry.points) for entry in spent), ZERO)
        if not missing:
            return []
        move = {"card": card, "points": missing, "origin": self, "kind": "giveback" if missing > 0 else "spend"}
        return card._aftersales_giveback(move) if missing > 0 else [move]

    def _aftersales_lost_of_reward(self, reward_line, lost):
        """Which part of what a reward was spent on has come back.

        A product that was the reward comes back itself; a discount comes back with the goods it was given on.
        """
        if reward_line.reward_id.reward_type == "product":
            return lost[reward_line]
        goods = self._get_not_rewarded_order_lines()
        parts = [(line.price_total, lost[line]) for line in goods]
        return sum(worth * float(part) / float(whole) for worth, (part, whole) in parts), sum(
            goods.mapped("price_total")
        )
