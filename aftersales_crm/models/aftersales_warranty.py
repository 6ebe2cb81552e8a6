from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .aftersales_state_mixin import SYSTEM


class AftersalesWarranty(models.Model):
    """What one unit (or several alike without serial) is covered by, and until when.

    Terms are kept as they were promised; whether it is active is a fact of the date.
    """

    _name = "aftersales.warranty"
    _description = "Warranty"
    _inherit = ["aftersales.event.source"]
    _order = "end_date, id"
    _check_company_auto = True
    _rec_names_search = ["lot_id", "product_id", "sale_order_id"]

    product_id = fields.Many2one("product.product", required=True, index=True, ondelete="restrict")
    lot_id = fields.Many2one("stock.lot", "Serial number", index="btree_not_null")
    quantity = fields.Float(required=True, default=1.0, digits="Product Unit")
    partner_id = fields.Many2one("res.partner", "Customer", required=True, index=True)
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda s: s.env.company)

    sale_line_id = fields.Many2one("sale.order.line", index="btree_not_null", ondelete="restrict")
    sale_order_id = fields.Many2one(
        "sale.order",
        "Order",
        related="sale_line_id.order_id",
        store=True,
        index="btree_not_null",
        precompute=True,
    )
    origin_move_id = fields.Many2one("stock.move", "Delivery", index="btree_not_null", ondelete="restrict")
    parent_id = fields.Many2one("aftersales.warranty", "Inherited from", readonly=True)

    source = fields.Selection(
        [
            ("statutory", "Statutory guarantee"),
            ("commercial", "Commercial warranty"),
            ("extension", "Extension"),
            ("registration", "Registration"),
        ],
        required=True,
        default="commercial",
    )
    term_id = fields.Many2one("aftersales.warranty.term", ondelete="restrict")
    jurisdiction_id = fields.Many2one("aftersales.jurisdiction", ondelete="restrict")
    coverage = fields.Json(readonly=True, help="The terms as they were promised.")
    term_name = fields.Char("Terms", compute="_compute_term_name")

    start_date = fields.Date(required=True)
    end_date = fields.Date("Covered until", required=True, help="Last covered day, inclusive.")
    closing = fields.Selection([("void", "Void"), ("cancelled", "Cancelled")], readonly=True, copy=False)
    closing_reason = fields.Char(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("pending", "Not begun"),
            ("active", "Active"),
            ("expired", "Expired"),
            ("void", "Void"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        search="_search_state",
    )
    days_left = fields.Integer(compute="_compute_state")

    external_ref = fields.Char(copy=False, readonly=True)

    _quantity_positive = models.Constraint("CHECK(quantity > 0)", "A warranty covers at least one unit.")
    _dates_ordered = models.Constraint("CHECK(end_date >= start_date)", "A warranty cannot end before it begins.")
    _company_end = models.Index("(company_id, end_date)")

    _aftersales_event_fields = frozenset({"start_date", "end_date", "partner_id", "product_id", "lot_id", "closing"})

    # === Computes === #

    @api.depends("product_id", "lot_id", "sale_order_id")
    def _compute_display_name(self):
        for warranty in self:
            unit = warranty.lot_id.name or warranty.sale_order_id.name
            name = warranty.product_id.display_name or ""
            warranty.display_name = f"{name} – {unit}" if unit else name

    @api.depends("coverage")
    def _compute_term_name(self):
        for warranty in self:
            warranty.term_name = (warranty.coverage or {}).get("name")

    @api.depends("start_date", "end_date", "closing")
    def _compute_state(self):
        for warranty in self:
            today = (warranty.company_id or self.env.company)._aftersales_today()
            warranty.state = warranty._state_on(today)
            warranty.days_left = max((warranty.end_date - today).days, 0) if warranty.state == "active" else 0

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company._aftersales_today()
        live = Domain("closing", "=", False)
        domains = {
            "pending": live & Domain("start_date", ">", today),
            "active": live & Domain("start_date", "<=", today) & Domain("end_date", ">=", today),
            "expired": live & Domain("end_date", "<", today),
            "void": Domain("closing", "=", "void"),
            "cancelled": Domain("closing", "=", "cancelled"),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    # === CRUD === #

    def write(self, vals):
        if "closing" in vals and self.env.context.get("aftersales_system") is not SYSTEM:
            raise UserError(self.env._("A warranty is voided by its button, with a reason."))
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("closing"):
                raise UserError(self.env._("A new warranty cannot be void."))
        return super(AftersalesWarranty, self.with_context(default_closing=False)).create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_promised(self):
        raise UserError(self.env._("A warranty is a promise: void it instead of deleting it."))

    # === Business === #

    def _state_on(self, day):
        """The state on a calendar day of the company.

        :param datetime.date day: the day asked for
        """
        self.ensure_one()
        if self.closing:
            return self.closing
        if day < self.start_date:
            return "pending"
        return "active" if day <= self.end_date else "expired"

    def _close(self, closing, reason):
        """Void or cancel, keeping the record and the reason; closed ones stay as they are."""
        self.filtered(lambda warranty: not warranty.closing).with_context(aftersales_system=SYSTEM).write(
            {"closing": closing, "closing_reason": reason}
        )

    @api.model
    def _create_for_deliveries(self, moves):
        """Create the warranties of delivered moves: one per serial, else one per move.

        :param moves: done deliveries of order lines (`stock.move`)
        :return: the new warranties
        """
        known = {warranty.origin_move_id.id for warranty in self.search([("origin_move_id", "in", moves.ids)])}
        rules = {}
        vals_list = []
        for move in moves:
            if move.id in known:
                continue
            order = move.sale_line_id.order_id
            day = move.company_id._aftersales_date(move.date)
            key = (order.id, day)
            if key not in rules:
                rules[key] = order._aftersales_jurisdiction(day)
            for unit in self._prepare_unit_vals(move, day):
                vals_list += self._prepare_source_vals(unit, move, day, rules[key])
        return self.create(vals_list)

    def _prepare_unit_vals(self, move, day):
        """Values of each unit of a delivered move: per serial, else the whole quantity."""
        line = move.sale_line_id
        base = {
            "product_id": move.product_id.id,
            "partner_id": line.order_id.partner_id.id,
            "company_id": move.company_id.id,
            "sale_line_id": line.id,
            "origin_move_id": move.id,
            "start_date": day,
        }
        if move.product_id.tracking == "none":
            quantity = move.product_uom._compute_quantity(move.quantity, move.product_id.uom_id)
            return [{**base, "quantity": quantity}]
        return [
            {**base, "lot_id": line.lot_id.id, "quantity": line.quantity_product_uom}
            for line in move.move_line_ids
            if line.quantity_product_uom > 0
        ]

    def _prepare_source_vals(self, unit, move, day, jurisdiction):
        """Values of the warranties that cover one unit: by law, and by each term."""
        vals_list = []
        no_term = self.env["aftersales.warranty.term"]
        parents = {}
        if move.aftersales_remedy_id:
            parents = {parent.term_id: parent for parent in move.aftersales_remedy_id.rma_line_id._warranties()}
        if jurisdiction.guarantee_months:
            coverage = jurisdiction._guarantee_coverage()
            vals_list.append(
                {
                    **unit,
                    "source": "statutory",
                    "jurisdiction_id": jurisdiction.id,
                    **self._prepare_period(day, coverage, parents.get(no_term)),
                }
            )
        for term in move.product_id.product_tmpl_id._aftersales_terms(move.company_id):
            start = day
            if term.start == "order":
                start = move.company_id._aftersales_date(move.sale_line_id.order_id.date_order)
            vals_list.append(
                {
                    **unit,
                    "source": "commercial",
                    "term_id": term.id,
                    **self._prepare_period(start, term._coverage(), parents.get(term)),
                }
            )
        return vals_list

    def _prepare_period(self, start, coverage, parent=None):
        """First and last day; a replacement keeps the end of the unit that it replaces."""
        end = self.env["aftersales.warranty.term"]._last_day(start, coverage["duration"], coverage["unit"])
        if parent:
            end = max(parent.end_date, start)
        return {
            "start_date": start,
            "end_date": end,
            "coverage": coverage,
            "parent_id": parent.id if parent else False,
        }

    @api.model
    def _void_for_returns(self, moves):
        """Void the cover of goods that came back, whoever brought them; not of those to be repaired.

        :param moves: done return moves whose origin is a delivery of an order line
        """
        moves = moves.filtered(lambda move: not move.aftersales_rma_line_id.for_repair)
        origins = moves.origin_returned_move_id
        warranties = self.search_fetch(
            [("origin_move_id", "in", origins.ids), ("closing", "=", False)],
            ["origin_move_id", "source", "term_id", "lot_id", "product_id", "quantity", "closing"],
        )
        by_origin = warranties.grouped("origin_move_id")
        for move in moves:
            covered = by_origin.get(move.origin_returned_move_id, self.browse())
            reason = self.env._("Returned with %(picking)s", picking=move.picking_id.name)
            if move.product_id.tracking == "none":
                quantity = move.product_uom._compute_quantity(move.quantity, move.product_id.uom_id)
                for source in covered.grouped(lambda w: (w.source, w.term_id)).values():
                    source._void_quantity(quantity, reason)
            else:
                lots = move.move_line_ids.lot_id
                covered.filtered(lambda w, lots=lots: w.lot_id in lots)._close("void", reason)

    def _void_quantity(self, quantity, reason):
        """Void so many units of warranties without serial, splitting the last one touched."""
        for warranty in self.filtered(lambda warranty: not warranty.closing):
            if warranty.product_id.uom_id.compare(quantity, 0.0) <= 0:
                return
            if warranty.product_id.uom_id.compare(quantity, warranty.quantity) < 0:
                kept = warranty.quantity - quantity
                gone = warranty.copy({"quantity": quantity})
                warranty.quantity = kept
                quantity = 0.0
                gone._close("void", reason)
            else:
                quantity -= warranty.quantity
                warranty._close("void", reason)

    @api.model
    def _redate(self, moves):
        """Move the period of warranties whose delivery got another date.

        :param moves: re-dated deliveries (`stock.move`)
        """
        for warranty in self.search([("origin_move_id", "in", moves.ids)]):
            day = warranty.company_id._aftersales_date(warranty.origin_move_id.date)
            if not warranty.coverage or warranty.coverage["start"] != "delivery":
                continue
            warranty.write(self._prepare_period(day, warranty.coverage, warranty.parent_id))
