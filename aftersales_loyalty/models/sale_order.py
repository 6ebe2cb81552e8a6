from odoo import api, fields, models

from .loyalty_card import Cause


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "aftersales.system.mixin"]

    _aftersales_system_fields = frozenset({"aftersales_points_at"})

    # From when on its points are in the ledgers of the programs that kept one by then.
    aftersales_points_at = fields.Datetime(readonly=True, copy=False)

    # === Steps of Odoo === #

    def action_confirm(self):
        if not self.env["loyalty.program"]._aftersales_kept():
            return super().action_confirm()
        fresh = self.filtered(lambda order: order.state != "sale")
        # Whoever confirms need not be allowed to write what only the system writes.
        fresh.sudo().aftersales_points_at = fields.Datetime.now()
        result = super(SaleOrder, self.with_context(aftersales_points=Cause(by_document=True))).action_confirm()
        fresh.coupon_point_ids._aftersales_keep_shares()
        fresh._aftersales_sync_points()
        fresh.order_line.coupon_id._aftersales_ensure_not_below()
        return result

    def _action_cancel(self):
        if not self.env["loyalty.program"]._aftersales_kept():
            return super()._action_cancel()
        result = super(SaleOrder, self.with_context(aftersales_points=Cause(by_document=True)))._action_cancel()
        self._aftersales_sync_points()
        return result

    def _get_point_changes(self):
        # What orders earn goes through the ledger; Odoo moves what they spend, and the ledger hears of which. What
        # the ledger took and gave back since is not undone again.
        changes = super()._get_point_changes()
        cause = self.env.context.get("aftersales_points")
        for card in list(changes):
            parts = []
            for order in self:
                own = order._aftersales_own_change(card)
                changes[card] -= order._aftersales_raw_change(card) - sum(points for _kind, points in own)
                parts += [(order, kind, points) for kind, points in own]
            if isinstance(cause, Cause):
                sign = -1 if any(order.state == "cancel" for order in self) else 1
                cause.parts[card.id] = [(order, kind, sign * points) for order, kind, points in parts if points]
        return changes

    def _aftersales_raw_change(self, card):
        """What Odoo moves on a card for the order when it is confirmed, and back when it is cancelled."""
        given = self.coupon_point_ids.filtered(lambda points: points.coupon_id == card)
        spent = self.order_line.filtered(lambda line: line.reward_id and line.coupon_id == card)
        return sum(given.mapped("points")) - sum(spent.mapped("points_cost"))

    def _aftersales_own_change(self, card):
        """What Odoo has to move on a card in its place.

        :return: list of (``earned`` or ``spent``, points), positive for what the card got
        """
        if self._aftersales_in_ledger(card) and self.state != "cancel":
            return [("spent", -self._aftersales_spent_on(card))]
        given = self.coupon_point_ids.filtered(lambda points: points.coupon_id == card)
        earned, spent = sum(given.mapped("points")), self._aftersales_spent_on(card)
        if self.state != "cancel":
            return [("earned", earned), ("spent", -spent)]
        entries_sudo = self.env["aftersales.loyalty.entry"].sudo()  # the order's own, whoever cancels it
        booked = entries_sudo.search(
            [
                ("origin_model", "=", "sale.order"),
                ("origin_id", "in", self.ids),
                ("card_id", "=", card.id),
                ("state", "!=", "void"),
            ]
        )
        if self._aftersales_in_ledger(card):
            moved = booked.filtered(lambda entry: entry.kind in ("spend", "giveback") and entry.state == "posted")
            return [("spent", sum(moved.mapped("points")))]
        taken, back = (
            sum(booked.filtered(lambda entry, kind=kind: entry.kind == kind).mapped("points"))
            for kind in ("takeback", "giveback")
        )
        back += sum(
            self.order_line.filtered(lambda line: line.coupon_id == card).sudo().mapped("aftersales_given_back")
        )
        return [("earned", earned + taken), ("spent", back - spent)]

    def _aftersales_spent_on(self, card):
        return sum(self.order_line.filtered(lambda line: line.coupon_id == card).mapped("points_cost"))

    def _get_real_points_for_coupon(self, coupon, post_confirm=False):
        # What waits for the return window cannot be spent in the order that it comes from.
        points = super()._get_real_points_for_coupon(coupon, post_confirm=post_confirm)
        program = coupon.program_id
        if self.state in ("sale", "done") or program.applies_on == "future" or not program.aftersales_waits:
            return points
        if not coupon._aftersales_is_kept():
            return points
        own = sum(self.coupon_point_ids.filtered(lambda entry: entry.coupon_id == coupon).mapped("points"))
        return coupon.currency_id.round(points - own)

    def _add_points_for_coupon(self, coupon_points):
        # On a confirmed order Odoo would give the points at once, and in full each time.
        ours = {}
        if self.state == "sale":
            ours = {card: points for card, points in coupon_points.items() if self._aftersales_in_ledger(card)}
        result = super()._add_points_for_coupon(
            {card: points for card, points in coupon_points.items() if card not in ours}
        )
        # As Odoo writes them: who sells may not write points of an order.
        existing_sudo = {entry.coupon_id: entry for entry in self.coupon_point_ids.sudo()}
        for card, points in ours.items():
            if card in existing_sudo:
                existing_sudo[card].points = points
            else:
                existing_sudo[card] = (
                    self.env["sale.order.coupon.points"]
                    .sudo()
                    .create({"order_id": self.id, "coupon_id": card.id, "points": points})
                )
        return result

    # === Ledger === #

    def _aftersales_in_ledger(self, card):
        """Whether the order was confirmed since the program of a card keeps its ledger."""
        since = card.program_id.sudo().aftersales_since  # who sells need not know the program
        return bool(
            card._aftersales_is_kept() and self.aftersales_points_at and since and self.aftersales_points_at >= since
        )

    def _aftersales_touch_points(self):
        """Note orders whose points are to be looked at when the transaction ends."""
        touched = self._aftersales_touchable()
        if not touched:
            return
        data = self.env.cr.precommit.data
        if "aftersales.loyalty" not in data:
            data["aftersales.loyalty"] = set()
            self.env.cr.precommit.add(self.env["sale.order"].sudo()._aftersales_sync_touched)
        data["aftersales.loyalty"].update(touched.ids)

    def _aftersales_touchable(self):
        """Orders whose points may have to follow."""
        kept = self.env["loyalty.program"]._aftersales_kept()
        return self.filtered("aftersales_points_at") if kept else self.browse()

    @api.model
    def _aftersales_sync_touched(self):
        touched = self.env.cr.precommit.data.pop("aftersales.loyalty", set())
        self.browse(sorted(touched)).exists()._aftersales_sync_points()
        if touched:
            self.env.flush_all()  # nobody flushes after this
