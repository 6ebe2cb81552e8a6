from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from . import warranty_clock


class AftersalesWarranty(models.Model):
    """What one unit (or several alike without serial) is covered by, and until when.

    Terms are kept as they were promised; whether it is active is a fact of the date. How long it
    lasts follows from its start, its terms and its changes alone, in whatever order they were
    recorded (see `warranty_clock`).
    """

    _name = "aftersales.warranty"
    _description = "Warranty"
    _inherit = ["aftersales.event.source", "aftersales.state.mixin"]
    _order = "lasts_until, id"
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
    parent_id = fields.Many2one("aftersales.warranty", "Inherited from", readonly=True, index="btree_not_null")
    child_ids = fields.One2many("aftersales.warranty", "parent_id", "Inherited by")
    extends_id = fields.Many2one("aftersales.warranty", readonly=True, index="btree_not_null")
    extension_ids = fields.One2many("aftersales.warranty", "extends_id", "Extensions")

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
    end_date = fields.Date("Covered until", required=True, readonly=True, help="Last covered day, inclusive.")
    lasts_until = fields.Date(
        compute="_compute_lasts_until",
        store=True,
        precompute=True,
        help="The last covered day, or the end of time while a repair is under way: what lists are cut and sorted by.",
    )
    suspended_days = fields.Integer(readonly=True, help="Days that repairs took, by which it lasts longer.")
    suspended_since = fields.Date("In repair since", readonly=True, help="The clock stands still until it is back.")
    is_extended = fields.Boolean("Extended by a repair", readonly=True)
    is_verified = fields.Boolean(
        "Proof checked", default=True, readonly=True, help="A registration counts once its proof was looked at."
    )
    change_ids = fields.One2many("aftersales.warranty.change", "warranty_id", "What happened")
    closing = fields.Selection([("void", "Void"), ("cancelled", "Cancelled")], readonly=True, copy=False)
    closed_on = fields.Date("Void since", readonly=True, copy=False, help="First day without cover.")
    closing_reason = fields.Char(readonly=True, copy=False)
    return_move_id = fields.Many2one("stock.move", "Came back with", readonly=True, copy=False, index="btree_not_null")
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
    _lasts = models.Index("(lasts_until, id)")

    _guarded = (
        *("coverage", "end_date", "suspended_days", "suspended_since", "is_extended", "is_verified"),
        *("closing", "closed_on", "closing_reason", "return_move_id"),
        *("parent_id", "extends_id", "origin_move_id", "sale_line_id"),
    )
    _promised = frozenset({"product_id", "lot_id", "partner_id", "quantity", "source", "start_date", "term_id"})

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

    @api.depends("end_date", "suspended_since")
    def _compute_lasts_until(self):
        for warranty in self:
            warranty.lasts_until = date.max if warranty.suspended_since else warranty.end_date

    @api.depends("start_date", "end_date", "closing", "closed_on", "suspended_since")
    def _compute_state(self):
        for warranty in self:
            today = (warranty.company_id or self.env.company)._aftersales_today()
            warranty.state = warranty._state_on(today)
            active = warranty.state == "active" and warranty.end_date
            warranty.days_left = max((warranty.end_date - today).days, 0) if active else 0

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company._aftersales_today()
        live = Domain("closing", "=", False)
        begun = live & Domain("start_date", "<=", today)
        domains = {
            "pending": live & Domain("start_date", ">", today),
            "active": begun & Domain("lasts_until", ">=", today),
            "expired": begun & Domain("lasts_until", "<", today),
            "void": Domain("closing", "=", "void"),
            "cancelled": Domain("closing", "=", "cancelled"),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        system = self
        if not self._is_system():
            for vals in vals_list:
                self._refuse_guarded(vals)
            # The terms and the days that follow from them are the system's.
            system = self._without_guarded_defaults()._with_system()
        promised = [self._prepare_promise_vals(vals) for vals in vals_list]
        return super(AftersalesWarranty, system).create(promised).with_env(self.env)

    def write(self, vals):
        if not self._is_system() and self._promised & vals.keys():
            raise UserError(
                self.env._("What was promised stays: void the warranty, hand it over or record what happened instead.")
            )
        result = super().write(vals)
        if "start_date" in vals and "end_date" not in vals:
            self._replay()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_promised(self):
        raise UserError(self.env._("A warranty is a promise: void it instead of deleting it."))

    # === Business === #

    @api.model
    def _prepare_promise_vals(self, vals):
        """Values of a warranty with the terms that are promised and the days that follow from them."""
        if vals.get("end_date"):
            return vals
        vals = {"start_date": fields.Date.context_today(self), **vals}
        coverage = vals.get("coverage")
        if not coverage:
            term = self.env["aftersales.warranty.term"].browse(vals.get("term_id"))
            if not term:
                raise ValidationError(self.env._("Choose the terms of the warranty."))
            coverage = term._coverage()
        parent = self.browse(vals.get("parent_id"))
        start = fields.Date.to_date(vals["start_date"])
        return {**vals, "coverage": coverage, **self._prepare_clock_vals(start, coverage, (), parent)}

    @api.model
    def _prepare_clock_vals(self, start, coverage, repairs, parent):
        """What the clock says, as values."""
        inherited = None
        if parent:
            left = warranty_clock.remainder(parent.end_date, parent.closed_on, start, coverage.get("suspends"))
            inherited = (left, parent.is_extended)
        end, days, since, extended = warranty_clock.period(start, coverage, repairs, inherited)
        return {"end_date": end, "suspended_days": days, "suspended_since": since, "is_extended": extended}

    def _replay_in_turn(self):
        """Replay after a change; of two changes at once the second is run again by Odoo and sees the first."""
        for warranty in self:
            warranty._take_turn(warranty)
        self._replay()

    def _replay(self):
        """Tell anew how long it lasts, and what inherits from it or begins with its end."""
        for warranty in self:
            repairs = [
                (change.date_from, change.date_to or None, change.is_done)
                for change in warranty.change_ids
                if change.kind == "repair"
            ]
            vals = warranty._prepare_clock_vals(warranty.start_date, warranty.coverage, repairs, warranty.parent_id)
            changed = {name: value for name, value in vals.items() if warranty[name] != (value or False)}
            if changed:
                warranty._with_system().write(changed)
        if self.child_ids:
            self.child_ids._replay()
        for extension in self.extension_ids:
            if (extension.coverage or {}).get("start") == "end":
                extension._with_system().write({"start_date": extension.extends_id.end_date + timedelta(days=1)})

    def _state_on(self, day):
        """The state on a calendar day of the company.

        :param datetime.date day: the day asked for
        """
        self.ensure_one()
        if self.closing and (not self.closed_on or day >= self.closed_on):
            return self.closing
        if not self.start_date or day < self.start_date:
            return "pending"
        return "active" if self.suspended_since or day <= self.end_date else "expired"

    def _siblings(self):
        """All warranties of the same units, these included; by serial, else by delivery."""
        domain = Domain("lot_id", "in", self.lot_id.ids) | Domain(
            "origin_move_id", "in", self.filtered(lambda w: not w.lot_id).origin_move_id.ids
        )
        return self | self.search(domain)

    def _close(self, closing, reason, on=None, move=None):
        """Void or cancel, keeping the record and the reason; of several reasons the earliest day counts.

        :param str closing: ``void`` or ``cancelled``
        :param str reason: why, as a sentence
        :param datetime.date on: first day without cover; None: it never counted
        :param move: the transfer that brought the units back (`stock.move`)
        """
        day = on or False
        later = self.filtered(lambda w: not w.closing or (w.closed_on and (not day or day < w.closed_on)))
        later._with_system().write(
            {
                "closing": closing,
                "closing_reason": reason,
                "closed_on": day,
                "return_move_id": move.id if move else False,
            }
        )
        # Only where the clock stood still does the day count for what replaced it.
        later.filtered(lambda w: (w.coverage or {}).get("suspends")).child_ids._replay()

    def _split(self, quantity):
        """Make so many units of a warranty without serial a warranty of their own.

        :param float quantity: in the product's unit, less than it has
        :return: `aftersales.warranty` of these units
        """
        self.ensure_one()
        taken = self._with_system().copy({"quantity": quantity})
        for change in self.change_ids:
            change._with_system().copy({"warranty_id": taken.id})
        self._with_system().write({"quantity": self.quantity - quantity})
        return taken.with_env(self.env)
