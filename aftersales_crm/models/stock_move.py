from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, float_is_zero

OURS = {"aftersales_claimed_qty", "aftersales_rma_line_id", "aftersales_remedy_id"}


class StockMove(models.Model):
    _name = "stock.move"
    _inherit = ["stock.move", "aftersales.claimed.mixin"]

    aftersales_claimed_qty = fields.Float(
        "Claimed by returns",
        digits="Product Unit",
        copy=False,
        readonly=True,
        help="Units of this delivery, in the product's unit, that returns lay claim to.",
    )
    aftersales_rma_line_id = fields.Many2one(
        "aftersales.rma.line", "Return line", copy=False, readonly=True, index="btree_not_null"
    )
    aftersales_remedy_id = fields.Many2one(
        "aftersales.remedy", "Remedy", copy=False, readonly=True, index="btree_not_null"
    )

    # === CRUD === #

    def write(self, vals):
        if OURS & vals.keys() and not self.env.su:
            raise AccessError(self.env._("Links between transfers and returns are kept by the system."))
        return super().write(vals)

    # === Odoo's hooks === #

    def _prepare_merge_moves_distinct_fields(self):
        return super()._prepare_merge_moves_distinct_fields() + [
            "aftersales_rma_line_id",
            "aftersales_remedy_id",
        ]

    def _prepare_move_split_vals(self, qty):
        vals = super()._prepare_move_split_vals(qty)
        vals["aftersales_rma_line_id"] = self.aftersales_rma_line_id.id
        vals["aftersales_remedy_id"] = self.aftersales_remedy_id.id
        return vals

    def _search_picking_for_assignation_domain(self):
        # A replacement never joins an ordinary delivery: each is undone alone.
        domain = super()._search_picking_for_assignation_domain()
        remedy = self.aftersales_remedy_id
        if remedy.rma_id:
            return [*domain, ("aftersales_rma_id", "=", remedy.rma_id.id)]
        return [*domain, ("aftersales_rma_id", "=", False), ("aftersales_remedy_id", "=", remedy.id)]

    def _get_new_picking_values(self):
        vals = super()._get_new_picking_values()
        remedy = self.aftersales_remedy_id[:1]
        if remedy:
            vals.update(aftersales_rma_id=remedy.rma_id.id, aftersales_remedy_id=remedy.id)
        return vals

    def _action_cancel(self):
        result = super()._action_cancel()
        cancelled = self.filtered(lambda move: move.state == "cancel")
        # Whoever cancels a transfer may have no rights on the return that asked for it.
        cancelled.aftersales_remedy_id.sudo()._sync_documents()
        return result

    # === Business === #

    def _aftersales_is_delivery(self):
        """Whether the move brought goods of an order to the customer for the first time."""
        self.ensure_one()
        return (
            self.state == "done"
            and self.sale_line_id
            and self.location_dest_id.usage == "customer"
            and self.location_id.usage != "customer"
            and not self.origin_returned_move_id
        )

    def _aftersales_units(self):
        """How many units of each delivered move are where, in the product's unit.

        What came back through a return of ours is part of its claim; what came back in any
        other way (stock's own return, point of sale) is counted as returned. A return that
        was sent out again counts as with the customer.

        :return: ``{move: {"delivered", "returned", "claimed", "returnable"}}``
        """
        sums = self._aftersales_unit_sums()
        units = {}
        for move in self:
            # A move without goods has nothing to give back.
            delivered, returned, claimed = sums.get(move.id, (0.0, 0.0, 0.0))
            units[move] = {
                "delivered": delivered,
                "returned": returned,
                "claimed": claimed,
                "returnable": max(move.product_id.uom_id.round(delivered - returned - claimed), 0.0),
            }
        return units

    def _aftersales_unit_sums(self):
        """Units delivered, returned and claimed of each move that moved goods, by its id (dict of int to 3 floats)."""
        if not self:
            return {}
        self.env["stock.move"].flush_model()
        self.env["stock.move.line"].flush_model(["move_id", "quantity_product_uom"])
        self.env.cr.execute(
            SQL(
                """
                WITH RECURSIVE %(tree)s
                SELECT flows.root,
                       SUM(line.quantity_product_uom) FILTER (WHERE flows.sign = 0),
                       SUM(line.quantity_product_uom * flows.sign),
                       root.aftersales_claimed_qty
                  FROM flows
                  JOIN stock_move_line line ON line.move_id = flows.id
                  JOIN stock_move root ON root.id = flows.root
                 GROUP BY flows.root, root.aftersales_claimed_qty
                """,
                tree=self._aftersales_flows(SQL("aftersales_rma_line_id IS NULL")),
            )
        )
        return {row[0]: tuple(float(value or 0.0) for value in row[1:]) for row in self.env.cr.fetchall()}

    def _aftersales_flows(self, counted):
        """Tables ``tree, flows(root, id, sign)``: these moves, what came back of them and what was sent out again.

        ``sign`` is 0 for the delivery itself, 1 for goods that came back, -1 for goods sent out.

        :param SQL counted: which returns count
        """
        return SQL(
            """tree AS (
                SELECT origin_returned_move_id AS root, id, 1 AS sign
                  FROM stock_move
                 WHERE origin_returned_move_id IN %(ids)s AND state = 'done' AND %(counted)s
                 UNION ALL
                SELECT tree.root, back.id, -tree.sign
                  FROM tree JOIN stock_move back ON back.origin_returned_move_id = tree.id
                 WHERE back.state = 'done'
            ), flows AS (
                SELECT root, id, sign FROM tree
                 UNION ALL
                SELECT id, id, 0 FROM stock_move WHERE id IN %(ids)s AND state = 'done'
            )""",
            ids=tuple(self.ids),
            counted=counted,
        )

    def _aftersales_units_here(self):
        """Units that this move brought in and that were not sent out again, in the product's unit."""
        self.ensure_one()
        uom = self.product_id.uom_id
        out = self.returned_move_ids.filtered(lambda move: move.state != "cancel")
        gone = sum(
            move.product_uom._compute_quantity(move.quantity if move.state == "done" else move.product_uom_qty, uom)
            for move in out
        )
        return self.product_uom._compute_quantity(self.quantity, uom) - gone

    def _aftersales_lots_left(self):
        """Serials of each delivery that are with the customer and in no live return.

        :return: ``{move: stock.lot}``, none for products without serials
        """
        left = dict.fromkeys(self, self.env["stock.lot"])
        tracked = self.filtered(lambda move: move.product_id.tracking != "none")
        by_id = {move.id: move for move in tracked}
        for move_id, lot_id in tracked._aftersales_lot_rows():
            left[by_id[move_id]] += self.env["stock.lot"].browse(lot_id)
        return left

    def _aftersales_lot_rows(self):
        """Ids of these deliveries and of the serials left of each; see `_aftersales_lots_left`."""
        if not self:
            return []
        self.env["stock.move"].flush_model()
        self.env["stock.move.line"].flush_model(["move_id", "lot_id", "quantity_product_uom"])
        self.env["aftersales.rma.line"].flush_model(["origin_move_id", "lot_id", "claimed_quantity"])
        # A return line that names its serial claims it; one that names none is told by what arrived.
        unnamed = SQL(
            """NOT EXISTS (SELECT 1 FROM aftersales_rma_line named
                            WHERE named.id = aftersales_rma_line_id AND named.lot_id IS NOT NULL)"""
        )
        self.env.cr.execute(
            SQL(
                """
                WITH RECURSIVE %(tree)s, units AS (
                    SELECT flows.root, line.lot_id, line.id AS position,
                           CASE flows.sign WHEN 0 THEN 1 ELSE -flows.sign END * line.quantity_product_uom AS quantity
                      FROM flows JOIN stock_move_line line ON line.move_id = flows.id
                     WHERE line.lot_id IS NOT NULL
                     UNION ALL
                    SELECT origin_move_id, lot_id, NULL, -claimed_quantity
                      FROM aftersales_rma_line
                     WHERE origin_move_id IN %(ids)s AND lot_id IS NOT NULL AND claimed_quantity > 0
                )
                SELECT root, lot_id FROM units
                 GROUP BY root, lot_id
                HAVING SUM(quantity) > 0.000001
                 ORDER BY root, MIN(position)
                """,
                tree=self._aftersales_flows(unnamed),
                ids=tuple(self.ids),
            )
        )
        return self.env.cr.fetchall()

    def _aftersales_claim(self, deltas):
        """Add to the claims on delivered moves; refuse what exceeds the units there are.

        :param dict deltas: ``{move: change of the claim in the product's unit}``
        :raise UserError: when fewer units are left than are claimed
        """
        deltas = {
            move: delta
            for move, delta in deltas.items()
            if not float_is_zero(delta, precision_rounding=move.product_id.uom_id.rounding)
        }
        if not deltas:
            return
        moves = self.browse([move.id for move in deltas])
        moves._aftersales_add_claims(deltas)
        growing = moves.filtered(lambda move: deltas[move] > 0)
        for move, units in growing._aftersales_units().items():
            left = units["delivered"] - units["returned"] - units["claimed"]
            if move.product_id.uom_id.compare(left, 0.0) < 0:
                raise UserError(move._aftersales_overclaimed(units, deltas[move]))

    def _aftersales_overclaimed(self, units, delta):
        """Why a delivery cannot take another claim.

        :param dict units: as `_aftersales_units` gives them, that claim included
        :param float delta: the claim
        """
        claimed = units["claimed"] - delta
        return self.env._(
            "%(product)s of %(order)s: %(delivered)s delivered, %(returned)s already "
            "returned, %(claimed)s claimed by other returns. Only %(left)s can still "
            "be returned.",
            product=self.product_id.display_name,
            order=self.sale_line_id.order_id.name,
            delivered=f"{units['delivered']:g}",
            returned=f"{units['returned']:g}",
            claimed=f"{claimed:g}",
            left=f"{max(units['delivered'] - units['returned'] - claimed, 0):g}",
        )

    # === What follows from a transfer === #

    def _aftersales_delivery_dates(self):
        """Day each order line was last delivered, where its company is."""
        dates = {}
        for move in self:
            day = move.company_id._aftersales_date(move.date)
            line = move.sale_line_id
            dates[line] = max(day, dates.get(line, day))
        return dates

    def _aftersales_after_delivery(self):
        """Windows and warranties of goods that have just been delivered."""
        # A stock user delivers without any right on orders or warranties.
        moves_sudo = self.sudo()
        dates = moves_sudo._aftersales_delivery_dates()
        lines_sudo = moves_sudo.sale_line_id
        lines_sudo._aftersales_refresh_window("delivery", dates)
        self.env["aftersales.warranty"].sudo()._create_for_deliveries(moves_sudo)

    def _aftersales_after_return(self):
        """Claims and warranties of goods that have just come back, whoever sent them."""
        # A stock user receives without any right on returns or warranties.
        moves_sudo = self.sudo()
        unsold = moves_sudo.filtered(lambda move: not move.origin_returned_move_id)  # bought elsewhere
        back = (moves_sudo - unsold).filtered(
            lambda move: move.location_id.usage == "customer" and move.origin_returned_move_id._aftersales_is_delivery()
        )
        (back | unsold).aftersales_rma_line_id._after_reception()
        moves_sudo.origin_returned_move_id.aftersales_rma_line_id._sync_claims()
        moves_sudo._aftersales_follow_warranties(back)

    def _aftersales_follow_warranties(self, back):
        """Void, suspend or restore the cover of goods that moved.

        :param back: those of these moves that brought deliveries back
        """
        warranties = self.env["aftersales.warranty"]
        repaired = back.filtered(lambda move: move.aftersales_rma_line_id.for_repair)
        if repaired:
            warranties._begin_repairs(repaired)
        if back - repaired:
            warranties._void_for_returns(back - repaired)
        again = self.filtered(
            lambda move: move.location_dest_id.usage == "customer"
            and move.origin_returned_move_id.location_id.usage == "customer"
        )
        if again:
            warranties._end_repairs(again)
            warranties._restore_for_sent_back(again)

    def _aftersales_after_loose_return(self):
        """Serials that came back without a return of ours or of stock's, as the point of sale takes them."""
        lots = self.filtered(lambda move: move.location_id.usage == "customer" and move.move_line_ids.lot_id)
        if lots:
            # See _aftersales_after_return.
            self.env["aftersales.warranty"].sudo()._void_for_returns(lots.sudo())

    def _aftersales_redate(self):
        """Follow a delivery whose date was corrected afterwards."""
        # Correcting a date is a stock user's right; what follows from it is ours.
        self.env["aftersales.warranty"].sudo()._redate_returns(self.sudo())
        moves_sudo = self.sudo().filtered(lambda move: move._aftersales_is_delivery())
        if not moves_sudo:
            return
        lines = moves_sudo.sale_line_id
        lines._aftersales_refresh_window("delivery", lines._aftersales_deliveries()._aftersales_delivery_dates())
        self.env["aftersales.warranty"].sudo()._redate(moves_sudo)
