from odoo import api, models

# Terms that begin by themselves once goods are delivered; the others wait for a registration, a hand or a sale.
STARTS = ("delivery", "order", "invoice")


class AftersalesWarranty(models.Model):
    """Warranties follow the goods: delivered, given another date, brought back, replaced."""

    _inherit = "aftersales.warranty"

    # === Delivered === #

    @api.model
    def _create_for_deliveries(self, moves):
        """Create the warranties of delivered moves: one per serial, else one per move.

        :param moves: done deliveries of order lines (`stock.move`)
        :return: the new warranties
        """
        known = {warranty.origin_move_id.id for warranty in self.search([("origin_move_id", "in", moves.ids)])}
        moves = moves.filtered(lambda move: move.id not in known)
        laws, vals_list = {}, []
        for move in moves:
            order = move.sale_line_id.order_id
            if order not in laws:
                laws[order] = order._aftersales_jurisdiction()
            vals_list += self._prepare_move_vals(move, laws[order])
        warranties = self._with_system().create(vals_list)
        warranties._after_delivery(moves)
        return warranties.with_env(self.env)

    def _after_delivery(self, moves):
        """Hook: these warranties were made for delivered moves.

        :param moves: `stock.move`, also those that nothing covers
        """

    def _prepare_move_vals(self, move, law):
        """Values of the warranties of every unit of a delivered move, by law and by each term."""
        base = {
            "product_id": move.product_id.id,
            "partner_id": move.sale_line_id.order_id.partner_id.id,
            "company_id": move.company_id.id,
            "sale_line_id": move.sale_line_id.id,
            "origin_move_id": move.id,
        }
        promises = self._prepare_promises(move, law)
        return [{**base, **unit, **promise} for unit in self._prepare_units(move) for promise in promises]

    def _prepare_units(self, move):
        """Each unit of a delivered move: per serial, else the whole quantity."""
        if move.product_id.tracking == "none":
            return [{"quantity": move.product_uom._compute_quantity(move.quantity, move.product_id.uom_id)}]
        return [
            {"lot_id": line.lot_id.id, "quantity": line.quantity_product_uom}
            for line in move.move_line_ids
            if line.quantity_product_uom > 0
        ]

    def _prepare_promises(self, move, law):
        """Hook: what covers each unit of a delivered move: the law, and the terms of the product."""
        replaced = {}
        if move.aftersales_remedy_id:
            replaced = {old.term_id: old for old in move.aftersales_remedy_id.rma_line_id._warranties()}
        promises = []
        if law.guarantee_months:
            promises.append({"source": "statutory", "jurisdiction_id": law.id, "coverage": law._guarantee_coverage()})
        for term in move.product_id.product_tmpl_id._aftersales_terms(move.company_id):
            if term.start in STARTS:
                coverage = move.sale_line_id._aftersales_coverage(term)
                promises.append({"source": "commercial", "term_id": term.id, "coverage": coverage})
        for promise in promises:
            start = self._start_of(promise["coverage"], move)
            parent = replaced.get(self.env["aftersales.warranty.term"].browse(promise.get("term_id")), self.browse())
            promise["start_date"] = max(start, move.company_id._aftersales_date(move.date)) if parent else start
            promise["parent_id"] = parent.id
            promise.update(self._prepare_clock_vals(promise["start_date"], promise["coverage"], (), parent))
        return promises

    @api.model
    def _start_of(self, coverage, move):
        """First covered day of a delivered unit.

        :param dict coverage: the terms as they were promised
        :param move: the delivery (`stock.move`)
        :rtype: datetime.date
        """
        line = move.sale_line_id
        if coverage["start"] == "order":
            return move.company_id._aftersales_date(line.order_id.date_order)
        if coverage["start"] == "invoice":
            invoices = line.invoice_lines.move_id.filtered(
                lambda invoice: invoice.move_type == "out_invoice" and invoice.state == "posted"
            )
            if invoices:
                return min(invoices.mapped("invoice_date"))
        return move.company_id._aftersales_date(move.date)

    # === Another date === #

    @api.model
    def _redate(self, moves):
        """Move the period of warranties whose delivery, order or invoice got another date.

        :param moves: the deliveries (`stock.move`)
        """
        for warranty in self.search([("origin_move_id", "in", moves.ids), ("extends_id", "=", False)]):
            if not warranty.coverage or warranty.coverage["start"] not in STARTS:
                continue
            start = self._start_of(warranty.coverage, warranty.origin_move_id)
            if start != warranty.start_date:
                warranty._with_system().write({"start_date": start})

    # === Brought back === #

    @api.model
    def _void_for_returns(self, moves):
        """Void the cover of goods that came back, whoever brought them; not of those to be repaired.

        :param moves: done moves from a customer: returns of deliveries, or any that name a serial
        """
        moves = moves.filtered(lambda move: not move.aftersales_rma_line_id.for_repair)
        if not moves:
            return
        origins = moves.origin_returned_move_id
        by_move = self._live([("origin_move_id", "in", origins.ids)]).grouped("origin_move_id")
        loose = moves.filtered(lambda move: not move.origin_returned_move_id)  # as the point of sale takes back
        by_lot = self._live([("lot_id", "in", loose.move_line_ids.lot_id.ids)]).grouped("lot_id") if loose else {}
        for move in moves:
            covered = by_move.get(move.origin_returned_move_id, self.browse())
            if not move.origin_returned_move_id:
                covered = covered.concat(*(by_lot.get(lot, covered) for lot in move.move_line_ids.lot_id))
            covered._units_of(move)._close(
                "void",
                self.env._("Returned with %(picking)s", picking=move.picking_id.name),
                move.company_id._aftersales_date(move.date),
                move,
            )

    @api.model
    def _live(self, domain):
        """Warranties that are not closed, with what voiding them looks at."""
        fields = ("origin_move_id", "source", "term_id", "lot_id", "product_id", "quantity", "coverage", "closing")
        return self.search_fetch([("closing", "=", False), *domain], [*fields, "closed_on", "extension_line_id"])

    def _take(self, quantity):
        """So many units of warranties of one promise, the last one split where it has more.

        :param float quantity: in the product's unit
        :return: `aftersales.warranty` of these units, or of all there are
        """
        taken, left = self.browse(), quantity
        for warranty in self.sorted("id"):
            if warranty.product_id.uom_id.compare(left, 0.0) <= 0:
                break
            had = warranty.quantity
            taken |= warranty._split(left) if warranty.product_id.uom_id.compare(left, had) < 0 else warranty
            left -= had
        return taken
