import math

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .reductions import Reductions

# What a customer asked for is not rewritten once it was sent.
REQUEST_FIELDS = {
    "rma_id",
    "product_id",
    "quantity",
    "sale_line_id",
    "origin_move_id",
    "lot_id",
    "reason_id",
    "requested_remedy_id",
    "opened",
}
LIVE_STATES = ("submitted", "approved", "done")
# Grounds on which the law gives delivery back with the goods (Directive 2011/83/EU Art. 13; a contract that
# ends for a defect is undone as a whole).
DELIVERY_BASES = ("withdrawal", "guarantee", "delivery")


class AftersalesRmaLine(models.Model):
    """Some units of one delivered move that a customer brings back, and their fate."""

    _name = "aftersales.rma.line"
    _description = "Return Line"
    _inherit = ["aftersales.state.mixin"]
    _order = "rma_id, id"
    _check_company_auto = True

    _guarded = (
        "claimed_quantity",
        "short_quantity",
        "accepted_quantity",
        "rejected_quantity",
        "eligibility",
        "basis_reasons",
        "basis_checks",
        "offered_remedies",
        "remedy_bases",
        "warranty_verdict",
        "warranty_id",
        "verdict_by",
        "verdict_at",
        "decision_reason",
        "fee",
        "keeps_goods",
        "taken_off_quantity",
        "charged_quantity",
    )

    rma_id = fields.Many2one("aftersales.rma", "Return", required=True, index=True, ondelete="cascade")
    state = fields.Selection(related="rma_id.state", store=True, index=True)
    company_id = fields.Many2one(related="rma_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="rma_id.currency_id", store=True, precompute=True)
    partner_id = fields.Many2one(related="rma_id.partner_id")

    # what comes back
    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        compute="_compute_product_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
    )
    quantity = fields.Float(required=True, default=1.0, digits="Product Unit")
    uom_id = fields.Many2one("uom.uom", "Unit", related="product_id.uom_id")
    sale_line_id = fields.Many2one(
        "sale.order.line",
        "Order line",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    sale_order_id = fields.Many2one(
        "sale.order",
        "Order",
        related="sale_line_id.order_id",
        store=True,
        index="btree_not_null",
    )
    origin_move_id = fields.Many2one(
        "stock.move", "Delivery", index="btree_not_null", ondelete="restrict", check_company=True
    )
    lot_id = fields.Many2one("stock.lot", "Serial number", index="btree_not_null")
    tracking = fields.Selection(related="product_id.tracking")

    # why, and what is asked for
    reason_id = fields.Many2one("aftersales.reason", ondelete="restrict")
    description = fields.Text("What is the matter")
    photo_ids = fields.Many2many("ir.attachment", bypass_search_access=True)
    requested_remedy_id = fields.Many2one("aftersales.remedy.type", "Remedy asked for", ondelete="restrict")

    # quantities, each its own fact
    claimed_quantity = fields.Float(digits="Product Unit", readonly=True, copy=False)
    short_quantity = fields.Float("Never came", digits="Product Unit", readonly=True, copy=False)
    receipt_move_ids = fields.One2many("stock.move", "aftersales_rma_line_id", "Return moves")
    received_quantity = fields.Float(
        "Received", compute="_compute_received_quantity", store=True, digits="Product Unit"
    )
    inspection_ids = fields.One2many("aftersales.inspection", "line_id", "Inspections")
    accepted_quantity = fields.Float("Accepted", digits="Product Unit", readonly=True, copy=False)
    rejected_quantity = fields.Float("Refused", digits="Product Unit", readonly=True, copy=False)
    remedy_ids = fields.One2many("aftersales.remedy", "rma_line_id", "Remedies")
    for_repair = fields.Boolean(
        compute="_compute_for_repair", store=True, help="To be repaired: the units stay the customer's."
    )
    settled_quantity = fields.Float("Settled", compute="_compute_settled", store=True, digits="Product Unit")

    refunded_quantity = fields.Float("Refunded units", compute="_compute_settled", store=True, digits="Product Unit")

    replaced_quantity = fields.Float("Replaced units", compute="_compute_settled", store=True, digits="Product Unit")

    # money, in the order's currency, taxes included
    paid_total = fields.Monetary("Price paid", compute="_compute_paid_total", store=True, precompute=True)
    fee = fields.Monetary(readonly=True, copy=False)
    refunded_total = fields.Monetary("Refunded", compute="_compute_settled", store=True)

    _quantity_positive = models.Constraint("CHECK(quantity > 0)", "A return is of more than zero units.")

    # === Computes === #

    @api.depends("product_id", "quantity", "rma_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.rma_id.name}: {line.quantity:g} × {line.product_id.name}"

    @api.depends("sale_line_id", "origin_move_id")
    def _compute_product_id(self):
        for line in self:
            # What was delivered, as kits come in their components.
            delivered = line.origin_move_id.filtered(lambda move, line=line: move.sale_line_id == line.sale_line_id)
            line.product_id = delivered.product_id or line.sale_line_id.product_id or line.product_id

    @api.depends("sale_line_id", "quantity", "product_id", "declared_value")
    def _compute_paid_total(self):
        for line in self:
            paid = line._paid_for(line.sale_line_id, line.product_id, line.quantity)
            line.paid_total = paid if line.sale_line_id else line.declared_value

    @api.depends("receipt_move_ids.state", "receipt_move_ids.quantity", "receipt_move_ids.product_uom")
    def _compute_received_quantity(self):
        for line in self:
            line.received_quantity = sum(
                move.product_uom._compute_quantity(move.quantity, line.uom_id)
                for move in line.receipt_move_ids
                if move.state == "done"
            )

    @api.depends("remedy_ids.type_id", "remedy_ids.state")
    def _compute_for_repair(self):
        repair_id = self.env["ir.model.data"]._xmlid_to_res_id("aftersales_crm.remedy_type_repair")
        for line in self:
            line.for_repair = line._live_remedies().type_id.ids == [repair_id]

    @api.depends("remedy_ids.state", "remedy_ids.quantity", "remedy_ids.amount", "remedy_ids.exchange_order_id")
    def _compute_settled(self):
        for line in self:
            # What was refused is settled by that, whether or not it is sent back.
            done = line.remedy_ids.filtered(lambda remedy: remedy.state == "done" and remedy.code != "send_back")
            line.settled_quantity = sum(done.mapped("quantity"))
            line.refunded_total = sum(done.mapped("amount"))
            exchanged = line.remedy_ids.filtered(
                lambda remedy: remedy.exchange_order_id and remedy.state in ("pending", "done")
            )
            refunds = done.filtered(lambda remedy: remedy._is_refund()) | exchanged
            line.refunded_quantity = sum(refunds.mapped("quantity"))
            replaced = done.filtered(lambda remedy: remedy.code == "replacement") - exchanged
            line.replaced_quantity = sum(replaced.mapped("quantity"))

    # === Constrains === #

    @api.constrains("quantity", "product_id", "lot_id")
    def _check_quantity(self):
        for line in self:
            if not math.isfinite(line.quantity):
                raise ValidationError(self.env._("The quantity must be a number."))
            if line.uom_id.is_zero(line.quantity):
                raise ValidationError(self.env._("A return is of more than zero units."))
            if line.lot_id and line.lot_id.product_id != line.product_id:
                raise ValidationError(
                    self.env._(
                        "%(lot)s is not a serial number of %(product)s.",
                        lot=line.lot_id.name,
                        product=line.product_id.display_name,
                    )
                )
            if line.lot_id and line.tracking == "serial" and line.quantity != 1:
                raise ValidationError(self.env._("%(lot)s is one unit: ask for 1.", lot=line.lot_id.name))
            if line._is_split():
                raise ValidationError(
                    self.env._("%(product)s comes back in whole units only.", product=line.product_id.display_name)
                )

    @api.constrains("sale_line_id", "origin_move_id", "product_id", "lot_id")
    def _check_delivery(self):
        for line in self:
            # Whoever asks need not see the warehouse: the facts are checked for them.
            move_sudo, product = line.origin_move_id.sudo(), line.product_id
            if product != (move_sudo.product_id or line.sale_line_id.product_id or product):
                raise ValidationError(
                    self.env._("%(product)s is not what was sold and delivered.", product=product.display_name)
                )
            if move_sudo and line.lot_id and line.lot_id.sudo() not in move_sudo.move_line_ids.lot_id:
                raise ValidationError(
                    self.env._("%(lot)s did not come with that delivery.", lot=line.lot_id.sudo().name)
                )

    @api.constrains("sale_line_id", "origin_move_id", "rma_id")
    def _check_origin(self):
        for line in self:
            if line.sale_line_id:
                line._check_order()
            if line.origin_move_id and (
                line.origin_move_id.sale_line_id != line.sale_line_id
                or not line.origin_move_id._aftersales_is_delivery()
            ):
                raise ValidationError(self.env._("The delivery does not belong to the order line of the return."))

    def _check_order(self):
        """Orders of the customer in one currency; a gift may be brought back by somebody else."""
        self.ensure_one()
        order, rma = self.sale_line_id.order_id, self.rma_id
        if order.partner_id.commercial_partner_id != rma.commercial_partner_id and not rma.is_gift:
            raise ValidationError(
                self.env._(
                    "%(order)s is not an order of %(partner)s.",
                    order=order.name,
                    partner=rma.partner_id.display_name,
                )
            )
        if order.currency_id != rma.currency_id:
            raise ValidationError(self.env._("One return is of orders in one currency: make one per currency."))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not self._is_system():
            lines._ensure_draft()
            lines._ensure_may_insist()
        lines.filtered("photo_ids").rma_id._claim_photos()
        return lines

    def write(self, vals):
        if not self._is_system():
            if REQUEST_FIELDS & vals.keys():
                self._ensure_draft()
            if "requested_basis" in vals:
                self._ensure_draft()
            if "basis" in vals:
                return self._change_basis(vals)
        result = super().write(vals)
        if "requested_basis" in vals:
            self._ensure_may_insist()
        if "photo_ids" in vals:
            self.rma_id._claim_photos()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        self._ensure_draft()

    def _ensure_draft(self):
        for line in self:
            if line.rma_id.state != "draft":
                raise UserError(
                    self.env._(
                        "%(rma)s has been sent: what it asks for is not changed any more. Cancel it and ask anew.",
                        rma=line.rma_id.name,
                    )
                )

    # === Business === #

    @api.model
    def _paid_for(self, sale_line, product, quantity):
        """What was paid for so many units: their own and order-wide discounts and taxes included.

        :param float quantity: in the product's unit
        """
        ordered = sale_line.product_uom_qty or sale_line.qty_delivered
        if not sale_line or not ordered:
            return 0.0
        units = sale_line._aftersales_sold_units(product, quantity)
        total = sale_line.price_total
        if not sale_line.product_uom_qty:
            total = sale_line.price_reduce_taxinc * ordered
        total *= 1 - Reductions(sale_line.order_id.order_line).ratio(sale_line)
        return sale_line.currency_id.round(total * units / ordered)

    def _gives_delivery_back(self):
        """Whether law or policy give delivery back when the whole order comes back like this."""
        self.ensure_one()
        terms = self.sale_line_id.aftersales_policy_terms or {}
        return self.basis in DELIVERY_BASES or bool(terms.get("refund_delivery"))

    def _needs_goods(self):
        """Whether the goods come back: not what never came, nor what a remedy leaves with the customer."""
        self.ensure_one()
        missing, _default = self.reason_id._consequences().get(self.reason_id.id, (False, False))
        if self.keeps_goods or missing or not (self.origin_move_id or self._is_from_elsewhere()):
            return False
        return self.uom_id.compare(self._stays_quantity(), self.quantity) < 0

    def _stays_quantity(self):
        """Units that their remedy leaves with the customer, in the product's unit."""
        self.ensure_one()
        needing = self.env["aftersales.remedy.type"]._needing_goods()
        remedies = self._live_remedies()
        if not remedies:
            return 0.0 if self._remedy_type().id in needing else self.quantity
        return sum(remedy.quantity for remedy in remedies if remedy.type_id.id not in needing)

    def _expected_quantity(self):
        """Units that come back in all, in the product's unit."""
        self.ensure_one()
        if not self._needs_goods():
            return 0.0
        if self.rma_id.closed_short:
            return self.received_quantity
        return max(self.quantity - self.short_quantity - self._stays_quantity(), 0.0)

    def _to_announce(self):
        """Units to come for which the warehouse has no transfer yet; below zero, what it expects too much."""
        self.ensure_one()
        open_moves = self.receipt_move_ids.filtered(lambda move: move.state not in ("done", "cancel"))
        announced = sum(move.product_uom._compute_quantity(move.product_uom_qty, self.uom_id) for move in open_moves)
        awaited = max(self._expected_quantity() - self.received_quantity, 0.0)
        return self.uom_id.round(awaited - announced)

    def _sync_announced(self):
        """Tell the warehouse what comes, after remedies were changed."""
        for line in self:
            # An agent decides about remedies without any right on the warehouse.
            open_moves_sudo = line.sudo().receipt_move_ids.filtered(lambda move: move.state not in ("done", "cancel"))
            surplus = -line._to_announce()
            for move_sudo in open_moves_sudo:
                if line.uom_id.compare(surplus, 0.0) <= 0:
                    break
                units = move_sudo.product_uom._compute_quantity(move_sudo.product_uom_qty, line.uom_id)
                if line.uom_id.compare(units, surplus) <= 0:
                    move_sudo._action_cancel()
                else:
                    left = line.uom_id._compute_quantity(units - surplus, move_sudo.product_uom)
                    move_sudo.product_uom_qty = left
                surplus -= units
        for rma in self.rma_id.filtered(lambda rma: rma.state == "approved"):
            rma._create_return_pickings()

    def _remedy_type(self):
        """The remedy to draft: the one asked for, else what the reason proposes."""
        self.ensure_one()
        if self.requested_remedy_id:
            return self.requested_remedy_id
        # By id from the cache: env.ref would look the record up for every line.
        refund_id = self.env["ir.model.data"]._xmlid_to_res_id("aftersales_crm.remedy_type_refund")
        _missing, default_id = self.reason_id._consequences().get(self.reason_id.id, (False, False))
        return self.env["aftersales.remedy.type"].browse(default_id or refund_id)

    def _live_remedies(self):
        return self.remedy_ids.filtered(lambda remedy: remedy.state != "cancelled")

    def _prepare_remedy_vals(self):
        """Hook: values of the remedy drafted when the return is approved."""
        self.ensure_one()
        return {
            "rma_line_id": self.id,
            "type_id": self._remedy_type().id,
            "quantity": self.quantity,
        }

    # === Quantities === #

    def _due_quantity(self, timing=None):
        """Units that come back whose remedy may be carried out now, by the refund timing of their policy."""
        self.ensure_one()
        timing = timing or (self.sale_line_id.aftersales_policy_terms or {}).get("refund_timing", "reception")
        asked = self.quantity - self.short_quantity - (self._stays_quantity() if self._needs_goods() else 0.0)
        arrived = self.received_quantity - self.rejected_quantity
        if not self._needs_goods() or timing == "approval":
            due = asked - self.rejected_quantity
        elif timing == "sent":
            proven = self.rma_id.sent_at and self.rma_id.tracking_ref
            due = asked - self.rejected_quantity if proven else arrived
        elif timing == "inspection":
            due = self.accepted_quantity
        else:
            due = arrived
        return min(due, asked)

    def _is_settled(self):
        """Whether every unit was settled, refused at the dock or never came."""
        self.ensure_one()
        done = self.settled_quantity + self.rejected_quantity + self.short_quantity
        return self.uom_id.compare(done, self.quantity) >= 0

    def _is_here(self):
        """Whether nothing of the line is awaited any more, and nothing lies aside unseen."""
        self.ensure_one()
        if not self._is_looked_at():
            return False
        if self.rma_id.closed_short or not self._needs_goods():
            return True
        return self.uom_id.compare(self.received_quantity, self._expected_quantity()) >= 0

    def _warranties(self):
        """Warranties of the units of this line, closed ones included."""
        domain = [("origin_move_id", "in", self.origin_move_id.ids)]
        warranties = self.env["aftersales.warranty"].search(domain)
        lots = self.lot_id
        return warranties.filtered(lambda w: w.lot_id in lots) if lots else warranties
