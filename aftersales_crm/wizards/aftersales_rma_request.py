from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools.misc import format_date

# The newest lines of a customer are offered; older ones are found by their order.
MAX_LINES = 100


class AftersalesRmaRequest(models.TransientModel):
    """Staff ask for a customer: which products of which orders come back, and why."""

    _name = "aftersales.rma.request"
    _description = "Return Products"

    sale_order_id = fields.Many2one("sale.order", "Order", ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        required=True,
        ondelete="cascade",
    )
    commercial_partner_id = fields.Many2one(related="partner_id.commercial_partner_id")
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    is_gift = fields.Boolean("A gift", help="Somebody else brings it back; the money is the customer's who paid.")
    gift_partner_id = fields.Many2one("res.partner", "Brought back by", ondelete="cascade")
    case_id = fields.Many2one("aftersales.case", readonly=True, ondelete="cascade")
    requested_on = fields.Date("Asked on", required=True, default=lambda self: self.env.company._aftersales_today())
    reason_id = fields.Many2one("aftersales.reason")
    remedy_type_id = fields.Many2one("aftersales.remedy.type", "Remedy")
    note = fields.Text("What the customer says")
    line_ids = fields.One2many(
        "aftersales.rma.request.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    unit_move_id = fields.Many2one("stock.move", "Delivery of the unit", ondelete="cascade")
    unit_lot_id = fields.Many2one("stock.lot", "Serial number of the unit", ondelete="cascade")
    elsewhere_ids = fields.One2many("aftersales.rma.request.elsewhere", "wizard_id", "Bought elsewhere")

    # === Computes === #

    @api.depends("sale_order_id")
    def _compute_partner_id(self):
        for wizard in self:
            wizard.partner_id = wizard.sale_order_id.partner_id or wizard.partner_id

    @api.depends("sale_order_id")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.sale_order_id.company_id or self.env.company

    @api.depends("sale_order_id", "partner_id", "unit_move_id", "unit_lot_id")
    def _compute_line_ids(self):
        for wizard in self:
            entries = wizard._sale_lines()._aftersales_returnables()
            wizard.line_ids = [Command.clear()] + [
                Command.create(
                    {
                        "sale_line_id": entry["sale_line"].id,
                        "product_id": entry["product"].id,
                        "undelivered": entry["undelivered"],
                        **wizard._prepare_unit_vals(entry),
                    }
                )
                for entry in entries
                if entry["returnable"] or wizard.sale_order_id
            ]

    def _prepare_unit_vals(self, entry):
        """What a line says when it is of the unit that the return is opened for."""
        # Which unit it is was found by who may see its order.
        move_sudo, lot_sudo = self.unit_move_id.sudo(), self.unit_lot_id.sudo()
        unit = (move_sudo.sale_line_id.id, move_sudo.product_id.id, False)
        if unit != (entry["sale_line"].id, entry["product"].id, entry["undelivered"]) or entry["returnable"] <= 0:
            return {}
        left = self.env["stock.lot"].union(*entry.get("lots", {}).values())
        return {"quantity": 1.0, "lot_id": lot_sudo.id if lot_sudo.id in left.ids else False}

    def _sale_lines(self):
        """Lines of the order, else of all confirmed orders of the customer, newest first."""
        self.ensure_one()
        if self.sale_order_id or not self.partner_id:
            return self.sale_order_id.order_line
        domain = [
            ("order_partner_id", "child_of", self.partner_id.commercial_partner_id.ids),
            ("company_id", "=", self.company_id.id),
            ("state", "=", "sale"),
            ("display_type", "=", False),
        ]
        return self.env["sale.order.line"].search(domain, order="order_id desc, sequence, id", limit=MAX_LINES)

    # === Actions === #

    def action_create(self):
        """Create the return and send it; the verdict decides what happens next."""
        self.ensure_one()
        items = [line._item() for line in self.line_ids if line.quantity]
        items += [line._item() for line in self.elsewhere_ids]
        returner = self.gift_partner_id if self.is_gift else self.partner_id
        rma = self.env["aftersales.rma"]._request(
            returner or self.partner_id,
            items,
            self._prepare_rma_vals(),
        )
        return rma._get_records_action()

    def _prepare_rma_vals(self):
        """Hook: values of the return beyond what comes back."""
        self.ensure_one()
        return {
            "note": self.note,
            "requested_on": self.requested_on,
            "user_id": self.env.uid,
            "is_gift": self.is_gift and bool(self.gift_partner_id),
            "case_id": self.case_id.id,
            "team_id": self.case_id.team_id.id,
        }


class AftersalesRmaRequestLine(models.TransientModel):
    _name = "aftersales.rma.request.line"
    _description = "Product to Return"

    wizard_id = fields.Many2one("aftersales.rma.request", required=True, ondelete="cascade")
    sale_line_id = fields.Many2one("sale.order.line", required=True, ondelete="cascade")
    sale_order_id = fields.Many2one(related="sale_line_id.order_id")
    product_id = fields.Many2one("product.product", required=True, ondelete="cascade")
    undelivered = fields.Boolean("To come", help="Not delivered yet.")
    uom_id = fields.Many2one(related="product_id.uom_id")
    delivered = fields.Float(
        "Bought", help="Delivered or, what has no delivery, ordered.", compute="_compute_units", digits="Product Unit"
    )
    returnable = fields.Float(compute="_compute_units", digits="Product Unit")
    lot_ids = fields.Many2many("stock.lot", compute="_compute_units")
    quantity = fields.Float("Comes back", digits="Product Unit")
    lot_id = fields.Many2one("stock.lot", "Serial number", domain="[('id', 'in', lot_ids)]")
    tracking = fields.Selection(related="product_id.tracking")
    reason_id = fields.Many2one("aftersales.reason")
    remedy_type_id = fields.Many2one("aftersales.remedy.type", "Remedy")
    opened = fields.Selection([("no", "No"), ("yes", "Yes")], "Opened or begun")
    verdict = fields.Text("What is possible", compute="_compute_verdict")

    # === Computes === #

    @api.depends("sale_line_id", "product_id", "undelivered")
    def _compute_units(self):
        entries = self._entries()
        for line in self:
            entry = entries.get(line._key(), {})
            line.delivered = entry.get("quantity", 0.0)
            line.returnable = entry.get("returnable", 0.0)
            line.lot_ids = self.env["stock.lot"].union(*entry.get("lots", {}).values())

    @api.depends("sale_line_id", "quantity", "opened", "reason_id", "wizard_id.reason_id", "wizard_id.requested_on")
    def _compute_verdict(self):
        entries = self._entries()
        lines = self.filtered("sale_line_id")
        (self - lines).verdict = False
        today = self.env.company._aftersales_today()
        for on, group in lines.grouped(lambda line: line.wizard_id.requested_on or today).items():
            units = [line._eligibility_unit(entries.get(line._key(), {})) for line in group]
            results = self.env["aftersales.eligibility"]._evaluate(units, on)
            for line, result in zip(group, results, strict=True):
                line.verdict = line._verdict_text(result)

    def _key(self):
        return self.sale_line_id.id, self.product_id.id, self.undelivered

    def _entries(self):
        """What can be returned of the order lines, by `_key`."""
        entries = self.sale_line_id._aftersales_returnables()
        return {(entry["sale_line"].id, entry["product"].id, entry["undelivered"]): entry for entry in entries}

    def _eligibility_unit(self, entry):
        self.ensure_one()
        return self.env["aftersales.eligibility"]._prepare_unit(
            self.sale_line_id,
            product=self.product_id,
            move=entry["move"] if entry else self.env["stock.move"],
            lot=self.lot_id,
            quantity=self.quantity,
            reason=self.reason_id or self.wizard_id.reason_id,
            opened={"yes": True, "no": False}.get(self.opened),
        )

    def _verdict_text(self, result):
        labels = dict(self.env["aftersales.rma.line"]._fields["basis"]._description_selection(self.env))
        if not result["best"]:
            return " ".join(result["why"])
        judged = result["bases"][result["best"]]
        if judged["until"]:
            return self.env._(
                "%(basis)s until %(day)s",
                basis=labels[result["best"]],
                day=format_date(self.env, judged["until"]),
            )
        return labels[result["best"]]

    # === Business === #

    def _item(self):
        """The line as `aftersales.rma._request` takes it."""
        self.ensure_one()
        return {
            "sale_line": self.sale_line_id,
            "product": self.product_id,
            "undelivered": self.undelivered,
            "quantity": self.quantity,
            "lot": self.lot_id,
            "reason": self.reason_id or self.wizard_id.reason_id,
            "remedy": self.remedy_type_id or self.wizard_id.remedy_type_id,
            "opened": {"yes": True, "no": False}.get(self.opened),
            "note": self.wizard_id.note,
        }


class AftersalesRmaRequestElsewhere(models.TransientModel):
    _name = "aftersales.rma.request.elsewhere"
    _description = "Product Bought Elsewhere"

    wizard_id = fields.Many2one("aftersales.rma.request", required=True, ondelete="cascade")
    product_id = fields.Many2one(
        "product.product", required=True, ondelete="cascade", domain="[('type', '=', 'consu'), ('sale_ok', '=', True)]"
    )
    quantity = fields.Float(default=1.0, digits="Product Unit")
    lot_id = fields.Many2one("stock.lot", "Serial number", domain="[('product_id', '=', product_id)]")
    tracking = fields.Selection(related="product_id.tracking")
    reason_id = fields.Many2one("aftersales.reason")
    proof = fields.Binary("Proof of purchase", required=True, attachment=False)
    proof_name = fields.Char()

    def _item(self):
        """The line as `aftersales.rma._request` takes it."""
        self.ensure_one()
        return {
            "product": self.product_id,
            "quantity": self.quantity,
            "lot": self.lot_id,
            "reason": self.reason_id or self.wizard_id.reason_id,
            "remedy": self.wizard_id.remedy_type_id,
            "note": self.wizard_id.note,
            "proofs": [{"name": self.proof_name or self.env._("Proof of purchase"), "data": self.proof}],
        }
