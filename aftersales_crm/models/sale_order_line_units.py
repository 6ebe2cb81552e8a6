from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleOrderLine(models.Model):
    # What of an order line can come back: units of its deliveries, and what was ordered without one.

    _name = "sale.order.line"
    _inherit = ["sale.order.line", "aftersales.claimed.mixin"]

    aftersales_claimed_qty = fields.Float(
        "Claimed without a delivery",
        digits="Product Unit",
        copy=False,
        readonly=True,
        help="Services, and goods not delivered yet, that returns lay claim to, in the product's unit.",
    )

    # === What there is === #

    def _aftersales_is_returnable(self):
        """Whether the line sells something that can come back: goods or a service, neither note nor down payment."""
        self.ensure_one()
        return bool(
            self.product_id
            and not self.display_type
            and not self.is_downpayment
            and self.product_id.type != "combo"
            and self.price_total >= 0
        )

    def _aftersales_selling(self, product):
        """The lines of these that sell a product, else those that brought it as a part of a kit."""
        lines = self.filtered(lambda line: line.product_id == product)
        return lines or self.filtered(lambda line: product in line.move_ids.product_id)

    def _aftersales_deliveries(self):
        """Done deliveries of these lines, oldest first."""
        moves = self.move_ids.filtered(lambda move: move._aftersales_is_delivery())
        return moves.sorted(lambda move: (move.date, move.id))

    def _aftersales_shipments(self):
        """Moves that bring the goods sold to the customer, done or to come, each unit once."""
        return self.move_ids.filtered(
            lambda move: (
                move.state != "cancel"
                and not move.origin_returned_move_id
                and not move.aftersales_remedy_id
                and (
                    move.location_dest_id.usage == "customer"
                    or (move.location_final_id.usage == "customer" and not move.move_dest_ids)
                )
            )
        )

    def _aftersales_open_units(self):
        """How many units of each line have no delivery: services, and goods that are still to come.

        Once a part of a kit was delivered, what comes back is its components.

        :return: ``{line: {"ordered", "delivered", "claimed", "returnable"}}``, in the product's unit
        """
        units = {}
        for line in self:
            uom = line.product_id.uom_id
            ordered = line.product_uom_id._compute_quantity(line.product_uom_qty, uom, round=False)
            delivered = line._aftersales_delivered_units(ordered)
            claimed = line.aftersales_claimed_qty
            left = ordered - delivered - claimed if line.state == "sale" else 0.0
            units[line] = {
                "ordered": ordered,
                "delivered": delivered,
                "claimed": claimed,
                "returnable": max(uom.round(left), 0.0),
            }
        return units

    def _aftersales_delivered_units(self, ordered):
        done = self._aftersales_shipments().filtered(lambda move: move.state == "done")
        if done.product_id - self.product_id:
            return ordered
        return sum(move.product_uom._compute_quantity(move.quantity, self.product_id.uom_id) for move in done)

    def _aftersales_pending_units(self):
        """Units of one line that are to be shipped, in the product's unit."""
        self.ensure_one()
        waiting = self._aftersales_shipments().filtered(lambda move: move.state != "done")
        if waiting.product_id - self.product_id:  # a kit, of which nothing was delivered: see _aftersales_open_units
            return self.product_uom_id._compute_quantity(self.product_uom_qty, self.product_id.uom_id, round=False)
        return sum(waiting.mapped("product_qty"))

    def _aftersales_returnables(self):
        """What of these lines can come back, by product and by whether it was delivered.

        :return: list of dicts with ``sale_line``, ``product`` (a component, for a kit), ``moves`` (its
            deliveries; none for a service and for what was not delivered yet), ``move`` (of these the
            next to be claimed), ``lots`` (serials left by move), ``undelivered`` (bool),
            ``quantity`` (delivered or, without a delivery, ordered) and ``returnable`` (floats in the
            product's unit)
        """
        lines = self.filtered(lambda line: line._aftersales_is_returnable())
        # Who may see an order may know what was delivered with it.
        moves_sudo = lines.sudo()._aftersales_deliveries()
        units, lots = moves_sudo._aftersales_units(), moves_sudo._aftersales_lots_left()
        open_units = lines.sudo()._aftersales_open_units()
        by_line = moves_sudo.grouped("sale_line_id")
        entries = []
        for line in lines:
            delivered = by_line.get(line.sudo(), moves_sudo.browse())
            entries += [
                {**line._aftersales_returnable(product, moves, units), "lots": {move: lots[move] for move in moves}}
                for product, moves in delivered.grouped("product_id").items()
            ]
            left = open_units[line.sudo()]
            if left["returnable"] or line.product_id.type == "service":
                entries.append(
                    {
                        "sale_line": line,
                        "product": line.product_id,
                        "moves": moves_sudo.browse(),
                        "move": moves_sudo.browse(),
                        "lots": {},
                        "undelivered": line.product_id.type != "service",
                        "quantity": left["ordered"],
                        "returnable": left["returnable"],
                    }
                )
        return entries

    def _aftersales_returnable(self, product, moves, units):
        return {
            "sale_line": self,
            "product": product.with_env(self.env),
            "moves": moves,
            "move": next((move for move in moves if units[move]["returnable"]), moves[:1]),
            "undelivered": False,
            "quantity": sum(units[move]["delivered"] for move in moves),
            "returnable": sum(units[move]["returnable"] for move in moves),
        }

    # === What it is worth === #

    def _aftersales_sold_units(self, product, quantity):
        """Units of the line that units of a product of it stand for.

        :param product: the product of the line, or a component of its kit
        :param float quantity: in the unit of ``product``
        :return: in the unit of the line
        :rtype: float
        """
        if not self or product == self.product_id:
            return product.uom_id._compute_quantity(quantity, self.product_uom_id, round=False, raise_if_failure=False)
        return quantity * self._aftersales_component_shares().get(product, 0.0)

    def _aftersales_component_shares(self):
        """Units of a kit's line that one unit of each component stands for, by list price.

        :return: ``{product: units of the line}``; all units of all components make the units ordered
        """
        self.ensure_one()
        # List prices and demand are needed by whoever may ask for the return.
        moves_sudo = self.sudo()._aftersales_shipments()
        quantities = {
            product: sum(moves.mapped("product_qty")) for product, moves in moves_sudo.grouped("product_id").items()
        }
        for price in ("lst_price", "standard_price"):
            worth = {product: product[price] * quantity for product, quantity in quantities.items()}
            if sum(worth.values()) > 0:
                break
        else:
            worth = quantities
        total = sum(worth.values())
        return {
            product: self.product_uom_qty * worth[product] / total / quantity
            for product, quantity in quantities.items()
            if quantity
        }

    def _aftersales_components(self, quantity):
        """Units of each component that units of a kit are made of; empty for what is sold as itself.

        :param float quantity: in the unit of the kit
        :return: ``{product: quantity}``, in the unit of the component
        """
        self.ensure_one()
        shipments = self._aftersales_shipments()
        ordered = self.product_uom_id._compute_quantity(self.product_uom_qty, self.product_id.uom_id, round=False)
        if self.product_id in shipments.product_id or not ordered:
            return {}
        return {
            product: product.uom_id.round(sum(moves.mapped("product_qty")) * quantity / ordered)
            for product, moves in shipments.grouped("product_id").items()
        }

    # === Claims === #

    @api.model
    def _aftersales_claim(self, deltas):
        """Add to the claims on ordered units without a delivery; refuse what exceeds them.

        A delivery writes the same row: it and a claim at once wait for each other, too.

        :param dict deltas: ``{line: change of the claim in the product's unit}``
        :raise UserError: when fewer units are left than are claimed
        """
        deltas = {line: delta for line, delta in deltas.items() if not line.product_id.uom_id.is_zero(delta)}
        if not deltas:
            return
        lines = self.concat(*deltas)
        lines._aftersales_add_claims(deltas)
        for line, units in lines.filtered(lambda line: deltas[line] > 0)._aftersales_open_units().items():
            left = units["ordered"] - units["delivered"] - units["claimed"]
            if line.product_id.uom_id.compare(left, 0.0) < 0:
                raise UserError(line._aftersales_exceeded_message(units, max(left + deltas[line], 0.0)))

    def _aftersales_exceeded_message(self, units, left):
        return self.env._(
            "%(product)s of %(order)s: only %(left)s can still be returned without a delivery (%(ordered)s "
            "ordered, %(delivered)s delivered).",
            product=self.product_id.display_name,
            order=self.order_id.name,
            left=f"{left:g}",
            ordered=f"{units['ordered']:g}",
            delivered=f"{units['delivered']:g}",
        )

    # === The delivery of what is given back before it === #

    def _aftersales_change_delivery(self, quantity):
        """Have more or, negative, fewer units delivered, as Odoo does when the line's quantity is edited.

        :param float quantity: in the product's unit
        """
        self.ensure_one()
        line = self.with_company(self.company_id)
        procurements = line._create_procurements(quantity, line.product_id.uom_id, line._prepare_procurement_values())
        self.env["stock.rule"].run(procurements)
        waiting = self.order_id.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
        waiting.action_confirm()

    def _get_qty_procurement(self, previous_product_uom_qty=False):
        # What was taken off the delivery is not procured again when the line is edited.
        quantity = super()._get_qty_procurement(previous_product_uom_qty=previous_product_uom_qty)
        if self.aftersales_claimed_qty:
            taken_off = sum(self.sudo().aftersales_rma_line_ids.mapped("taken_off_quantity"))
            quantity += self.product_id.uom_id._compute_quantity(taken_off, self.product_uom_id, round=False)
        return quantity
