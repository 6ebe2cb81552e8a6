from odoo import fields, models
from odoo.exceptions import UserError

from .aftersales_rma_line import LIVE_STATES


class AftersalesRmaLine(models.Model):
    """The units that a return line lays claim to: of a delivery, else of what was ordered."""

    _inherit = "aftersales.rma.line"

    taken_off_quantity = fields.Float(
        "Taken off the delivery",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="Units that are not shipped any more because they were given back before.",
    )

    # === What is claimed === #

    def _is_from_elsewhere(self):
        """Whether the goods were not bought by an order here."""
        self.ensure_one()
        return not self.sale_line_id and self.product_id.type == "consu"

    def _is_undelivered(self):
        """Whether the units are given back before they are delivered."""
        self.ensure_one()
        return bool(self.sale_line_id) and not self.origin_move_id and self.product_id.type == "consu"

    def _is_split(self):
        """Whether a part of a piece is asked for, though whole ones were sold."""
        self.ensure_one()
        if self.quantity.is_integer() or not self.product_id._aftersales_is_whole():
            return False
        # Whoever asks need not see the warehouse.
        source = self.origin_move_id.sudo().quantity or self.sale_line_id.product_uom_qty
        return float(source).is_integer()

    def _claim_target(self):
        """Units that the line holds: asked for while it lives, or here."""
        self.ensure_one()
        held = self.received_quantity
        if self.rma_id.state in LIVE_STATES:
            held = max(self.quantity - self.short_quantity, self.received_quantity, self.settled_quantity)
        return max(held - self._sent_home() - self._kept() - self.charged_quantity, 0.0)

    def _kept(self):
        """Units that the customer was compensated for and has: they may come back for another reason."""
        done = self.remedy_ids.filtered(lambda remedy: remedy.state == "done" and not remedy.type_id.needs_goods)
        return sum(done.mapped("quantity"))

    def _sent_home(self):
        """Units that came in and went out to the customer again: repaired, or refused."""
        moves = self.receipt_move_ids.returned_move_ids.filtered(
            lambda move: move.state == "done" and move.location_dest_id.usage == "customer"
        )
        return sum(move.product_uom._compute_quantity(move.quantity, self.uom_id) for move in moves)

    def _sync_claims(self):
        """Bring the claims on deliveries and orders to what the lines hold now.

        :raise UserError: when fewer units are left than are claimed
        """
        deltas = {}
        for line in self:
            target = line._claim_target()
            delta = target - line.claimed_quantity
            if line.uom_id.is_zero(delta):
                continue
            # Counters of deliveries and orders are ours to keep, whoever asks for the return.
            source_sudo = (line.origin_move_id or line.sale_line_id).sudo()
            deltas[source_sudo] = deltas.get(source_sudo, 0.0) + delta
            line._write_guarded({"claimed_quantity": target})
        for model in ("stock.move", "sale.order.line"):
            claims = {source: delta for source, delta in deltas.items() if source and source._name == model}
            self.env[model].sudo()._aftersales_claim(claims)

    def _after_reception(self):
        """Goods of these lines have arrived, announced or not."""
        for line in self:
            if line.uom_id.compare(line.received_quantity + line.short_quantity, line.quantity) <= 0:
                continue  # no more than was announced, which is claimed
            if line.uom_id.compare(line._claim_target(), line.claimed_quantity) > 0:
                line.rma_id.message_post(
                    body=self.env._(
                        "%(received)s × %(product)s arrived, %(quantity)s were announced.",
                        received=f"{line.received_quantity:g}",
                        product=line.product_id.display_name,
                        quantity=f"{line.quantity:g}",
                    )
                )
                line.origin_move_id.aftersales_claimed_qty += line.received_quantity - line.claimed_quantity
                line._write_guarded({"claimed_quantity": line.received_quantity})
        # Refunded before they came, they were all that was still awaited.
        self.rma_id._sync_done()

    # === Before the delivery === #

    def _take_off_delivery(self):
        """Stop the shipment of units that are refunded before they were delivered.

        :raise UserError: when they were delivered in the meantime
        """
        for line in self:
            if not line._is_undelivered() or line.taken_off_quantity or line._remedy_type().code == "replacement":
                continue
            # An agent approves without rights on orders and warehouse.
            sale_line_sudo = line.sale_line_id.sudo()
            units = sale_line_sudo._aftersales_open_units()[sale_line_sudo]
            if line.uom_id.compare(units["delivered"] + units["claimed"], units["ordered"]) > 0:
                raise UserError(
                    self.env._(
                        "%(product)s was delivered in the meantime: cancel %(rma)s and ask anew.",
                        product=line.product_id.display_name,
                        rma=line.rma_id.name,
                    )
                )
            quantity = min(line.quantity, sale_line_sudo._aftersales_pending_units())
            if line.uom_id.compare(quantity, 0.0) > 0:
                sale_line_sudo._aftersales_change_delivery(-quantity)
                line._write_guarded({"taken_off_quantity": quantity})

    def _put_on_delivery(self):
        """Ship after all what was taken off, as the return was called off."""
        for line in self.filtered("taken_off_quantity"):
            quantity = line.taken_off_quantity
            line._write_guarded({"taken_off_quantity": 0.0})
            line.sale_line_id.sudo()._aftersales_change_delivery(quantity)  # see _take_off_delivery


class AftersalesRma(models.Model):
    _inherit = "aftersales.rma"

    def _after_transition(self, target):
        result = super()._after_transition(target)
        if target == "approved":
            self.line_ids._take_off_delivery()
        elif target == "cancelled":
            self.line_ids._put_on_delivery()
        return result
