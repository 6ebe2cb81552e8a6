from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

# Extensions that count from something that is over cannot be sold for a product whose cover has ended.
BACKWARD_STARTS = ("end", "delivery")


class AftersalesWarranty(models.Model):
    """Extensions that a customer has bought: with the goods, or later."""

    _inherit = "aftersales.warranty"

    extension_line_id = fields.Many2one(
        "sale.order.line", "Sold by", readonly=True, index="btree_not_null", ondelete="restrict"
    )

    @api.model
    def _refused_fields(self):
        return super()._refused_fields() | {"extension_line_id"}

    # === Sold with the goods === #

    def _after_delivery(self, moves):
        result = super()._after_delivery(moves)
        moves.sale_line_id._aftersales_extended_by()._aftersales_sync_extensions(moves)
        return result

    @api.model
    def _extend_deliveries(self, line, deliveries, due):
        """Extend delivered units of goods that have no extension of an order line yet.

        :param line: `sale.order.line` that sells the extension
        :param deliveries: `stock.move` of the goods
        :param float due: units still to be extended, in the unit of the goods
        :return: the new warranties
        """
        left = line.aftersales_extends_line_id._aftersales_components(due)
        left = left or dict.fromkeys(deliveries.product_id, due)
        live = Domain("origin_move_id", "in", deliveries.ids) & Domain("closing", "=", False)
        by_unit = self.search(live).grouped(lambda w: (w.origin_move_id.id, w.lot_id.id))
        vals_list = []
        for move, unit in self._units_to_extend(deliveries):
            others = by_unit.get((move.id, unit["lot_id"]), self.browse())
            own = others.filtered(lambda w: w.extension_line_id == line)
            quantity = min(unit["quantity"] - sum(own.mapped("quantity")), left.get(move.product_id, 0.0))
            if move.product_id.uom_id.compare(quantity, 0.0) > 0:
                left[move.product_id] -= quantity
                unit = {**unit, "quantity": quantity}
                vals_list.append(self._prepare_delivered_extension(line, move, unit, others - own))
        return self._with_system().create(vals_list).with_env(self.env)

    @api.model
    def _units_to_extend(self, deliveries):
        """Units of deliveries that are with the customer: ``(move, {"quantity", "lot_id"})`` of each."""
        units, lots = deliveries._aftersales_units(), deliveries._aftersales_lots_left()
        for move in deliveries:
            for unit in self._prepare_units(move):
                if not unit.get("lot_id"):
                    yield move, {"lot_id": False, "quantity": units[move]["returnable"]}
                elif unit["lot_id"] in lots[move].ids:
                    yield move, unit

    @api.model
    def _prepare_delivered_extension(self, line, move, unit, others):
        """Values of the extension of a unit that was delivered.

        :param line: `sale.order.line` that sells the extension
        :param move: `stock.move` that brought the unit
        :param dict unit: its ``quantity`` and ``lot_id``
        :param others: `aftersales.warranty` of the same unit
        """
        coverage, last = line.aftersales_extension_terms, others.sorted("end_date")[-1:]
        parent = self._extension_replaced(line, move)
        if coverage["start"] == "end" and not last:
            coverage = {**coverage, "start": "delivery"}
        if coverage["start"] == "end":
            start = last.end_date + timedelta(days=1)
        else:
            start, last = self._start_of(coverage, move), self.browse()
        if parent:
            start = max(start, move.company_id._aftersales_date(move.date))
        return {
            **self._prepare_extension_vals(line, coverage, start, last),
            **unit,
            "product_id": move.product_id.id,
            "partner_id": move.sale_line_id.order_id.partner_id.id,
            "company_id": move.company_id.id,
            "sale_line_id": move.sale_line_id.id,
            "origin_move_id": move.id,
            "parent_id": parent.id,
        }

    @api.model
    def _extension_replaced(self, line, move):
        """The extension that had begun when its unit was replaced: what is left of it goes on; none otherwise."""
        if not move.aftersales_remedy_id:
            return self.browse()
        day = move.company_id._aftersales_date(move.date)
        replaced = move.aftersales_remedy_id.rma_line_id._warranties()
        return replaced.filtered(lambda w: w.extension_line_id == line and w.start_date <= day)[:1]

    def _prepare_extension_vals(self, line, coverage, start, last):
        return {
            "source": "extension",
            "term_id": line.product_id.aftersales_sold_term_id.id,
            "coverage": coverage,
            "start_date": start,
            "extends_id": last.id,
            "extension_line_id": line.id,
        }

    # === Sold later === #

    def _extension_problem(self, line):
        """Why an order line cannot extend this warranty (str); False: it can.

        :param line: `sale.order.line`
        """
        self.ensure_one()
        names = {"warranty": self.display_name, "extension": line.product_id.display_name}
        ours = line.order_id.partner_id.commercial_partner_id == self.commercial_partner_id
        if not ours or line.company_id != self.company_id:
            return self.env._("%(warranty)s is not a warranty of this customer.", **names)
        extension = line.product_id.product_tmpl_id
        offered_with = extension._aftersales_offered_with()[extension]
        if not extension._aftersales_is_for(self.product_id.product_tmpl_id, offered_with):
            return self.env._("“%(extension)s” is not sold for %(warranty)s.", **names)
        if self.product_id.uom_id.compare(line._aftersales_ordered_units(), self.quantity) > 0:
            return self.env._("“%(extension)s” extends more units than %(warranty)s covers.", **names)
        if not self._may_be_extended(extension.aftersales_sold_term_id):
            return self.env._("%(warranty)s has ended: “%(extension)s” cannot extend it any more.", **names)
        return False

    def _may_be_extended(self, term):
        """Whether a term can still be sold for the unit of this warranty."""
        self.ensure_one()
        today = self.company_id._aftersales_today()
        live = self._unit_warranties()
        if self.closing or not live:
            return False
        return term.start not in BACKWARD_STARTS or any(w._state_on(today) in ("active", "pending") for w in live)

    def _unit_warranties(self):
        """The warranties of the same unit that are not void."""
        self.ensure_one()
        return self._siblings().filtered(lambda w: not w.closing and w.lot_id == self.lot_id)

    def _extend(self, line, due):
        """Extend the unit of this warranty, which an order line has sold.

        :param line: `sale.order.line`
        :param float due: units still to be extended
        :return: the new warranty, none when the unit has gone
        """
        self.ensure_one()
        others = self._unit_warranties().filtered(lambda w: w.extension_line_id != line)
        if not others:
            return self.browse()
        last, coverage = others.sorted("end_date")[-1:], line.aftersales_extension_terms
        starts = {"end": last.end_date + timedelta(days=1), "delivery": min(others.mapped("start_date"))}
        ordered = self.company_id._aftersales_date(line.order_id.date_order)
        vals = {
            **self._prepare_extension_vals(line, coverage, starts.get(coverage["start"], ordered), last),
            "quantity": min(due, self.quantity),
            "is_verified": self.is_verified,
        }
        for name in ("product_id", "lot_id", "partner_id", "company_id", "sale_line_id", "origin_move_id"):
            vals[name] = self[name].id
        return self._with_system().create(vals).with_env(self.env)

    # === Brought back === #

    def _close(self, closing, reason, on=None, move=None):
        result = super()._close(closing, reason, on, move)
        if move and (sellers := self.extension_line_id):
            # What replaced the unit before it was back takes its extension over now.
            deliveries = sellers.aftersales_extends_line_id._aftersales_deliveries()
            sellers._aftersales_sync_extensions(deliveries.filtered("aftersales_remedy_id"))
        return result

    def _units_of(self, move):
        extensions = self.filtered("extension_line_id")
        if not extensions or move.product_id.tracking != "none" or move.aftersales_rma_line_id.for_repair:
            return super()._units_of(move)
        # Of units alike those without an extension come back first.
        promises = (self - extensions).grouped(lambda w: (w.source, w.term_id)).values()
        there = max((sum(promise.mapped("quantity")) for promise in promises), default=0.0)
        back = move.product_uom._compute_quantity(move.quantity, move.product_id.uom_id)
        units = super(AftersalesWarranty, self - extensions)._units_of(move)
        for own in extensions.grouped("extension_line_id").values():
            units |= own._take(back - max(there - sum(own.mapped("quantity")), 0.0))
        return units

    def _least_used_first(self):
        """The extensions in the order in which they are given back: of units on their way back, then the latest."""
        claims = Domain("origin_move_id", "in", self.origin_move_id.ids) & Domain("claimed_quantity", ">", 0)
        lots = self.env["aftersales.rma.line"].search(claims).lot_id
        return self.sorted(lambda w: (w.lot_id not in lots, -w.start_date.toordinal(), -w.id))
