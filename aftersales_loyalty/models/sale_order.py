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
        cause = Cause(gain="giveback", loss="spend", origin=fresh if len(fresh) == 1 else None)
        # Whoever confirms need not be allowed to write what only the system writes.
        fresh.sudo().aftersales_points_at = fields.Datetime.now()
        result = super(SaleOrder, self.with_context(aftersales_points=cause)).action_confirm()
        fresh.with_context(aftersales_points=None)._aftersales_sync_points()
        fresh.order_line.coupon_id._aftersales_ensure_not_below()
        return result

    def _action_cancel(self):
        if not self.env["loyalty.program"]._aftersales_kept():
            return super()._action_cancel()
        cause = Cause(gain="giveback", loss="takeback", origin=self if len(self) == 1 else None)
        result = super(SaleOrder, self.with_context(aftersales_points=cause))._action_cancel()
        self.with_context(aftersales_points=None)._aftersales_sync_points()
        return result

    def _get_point_changes(self):
        # What orders earn goes through the ledger; Odoo moves what they spend, and the ledger hears of which.
        changes = super()._get_point_changes()
        cause = self.env.context.get("aftersales_points")
        kept = [card for card in changes if card._aftersales_is_kept()]
        for card in kept:
            parts = []
            for order in self:
                changes[card] -= order._aftersales_ledger_points(card)
                parts += order._aftersales_old_points(card)
                spent = sum(order.order_line.filtered(lambda line: line.coupon_id == card).mapped("points_cost"))  # noqa: B023
                parts.append((order, -spent))
            if isinstance(cause, Cause):
                sign = -1 if cause.loss == "takeback" else 1
                cause.parts[card.id] = [(order, sign * points) for order, points in parts if points]
        return changes

    def _aftersales_ledger_points(self, card):
        """Points that the order gives to a card through the ledger."""
        if not self._aftersales_in_ledger(card):
            return 0.0
        return sum(self.coupon_point_ids.filtered(lambda points: points.coupon_id == card).mapped("points"))

    def _aftersales_old_points(self, card):
        """Points that the order gave to a card before its ledger, which a cancellation takes."""
        if self._aftersales_in_ledger(card):
            return []
        return [(self, sum(self.coupon_point_ids.filtered(lambda points: points.coupon_id == card).mapped("points")))]

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
        kept = self.env["loyalty.program"]._aftersales_kept()
        touched = self.filtered("aftersales_points_at") if kept else self.browse()
        if not touched:
            return
        data = self.env.cr.precommit.data
        if "aftersales.loyalty" not in data:
            data["aftersales.loyalty"] = set()
            self.env.cr.precommit.add(self.env["sale.order"].sudo()._aftersales_sync_touched)
        data["aftersales.loyalty"].update(touched.ids)

    @api.model
    def _aftersales_sync_touched(self):
        touched = self.env.cr.precommit.data.pop("aftersales.loyalty", set())
        self.browse(sorted(touched)).exists()._aftersales_sync_points()
        if touched:
            self.env.flush_all()  # nobody flushes after this
