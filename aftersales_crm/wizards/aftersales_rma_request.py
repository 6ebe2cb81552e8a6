from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools.misc import format_date


class AftersalesRmaRequest(models.TransientModel):
    """Staff ask for a customer: which products of an order come back, and why."""

    _name = "aftersales.rma.request"
    _description = "Return Products of an Order"

    sale_order_id = fields.Many2one("sale.order", "Order", required=True, ondelete="cascade")
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

    @api.depends("sale_order_id")
    def _compute_line_ids(self):
        for wizard in self:
            lines = wizard.sale_order_id.order_line.filtered(
                lambda line: line.product_id.type == "consu" and line.qty_delivered > 0
            )
            wizard.line_ids = [Command.clear()] + [Command.create({"sale_line_id": line.id}) for line in lines]

    def action_create(self):
        """Create the return and send it; the verdict decides what happens next."""
        self.ensure_one()
        items = [
            {
                "sale_line": line.sale_line_id,
                "quantity": line.quantity,
                "lot": line.lot_id,
                "reason": line.reason_id or self.reason_id,
                "remedy": line.remedy_type_id or self.remedy_type_id,
                "note": self.note,
            }
            for line in self.line_ids
            if line.quantity
        ]
        rma = self.env["aftersales.rma"]._request(
            self.sale_order_id.partner_id,
            items,
            {"note": self.note, "requested_on": self.requested_on, "user_id": self.env.uid},
        )
        return rma._get_records_action()


class AftersalesRmaRequestLine(models.TransientModel):
    _name = "aftersales.rma.request.line"
    _description = "Product to Return"

    wizard_id = fields.Many2one("aftersales.rma.request", required=True, ondelete="cascade")
    sale_line_id = fields.Many2one("sale.order.line", required=True, ondelete="cascade")
    product_id = fields.Many2one(related="sale_line_id.product_id")
    uom_id = fields.Many2one(related="product_id.uom_id")
    delivered = fields.Float(compute="_compute_units", digits="Product Unit")
    returnable = fields.Float(compute="_compute_units", digits="Product Unit")
    lot_ids = fields.Many2many("stock.lot", compute="_compute_units")
    quantity = fields.Float("Comes back", digits="Product Unit")
    lot_id = fields.Many2one("stock.lot", "Serial number", domain="[('id', 'in', lot_ids)]")
    tracking = fields.Selection(related="product_id.tracking")
    reason_id = fields.Many2one("aftersales.reason")
    remedy_type_id = fields.Many2one("aftersales.remedy.type", "Remedy")
    verdict = fields.Text("What is possible", compute="_compute_verdict")

    @api.depends("sale_line_id")
    def _compute_units(self):
        # Who may return an order may know what was delivered with it.
        moves_sudo = self.sale_line_id.sudo()._aftersales_deliveries()
        units, lots = moves_sudo._aftersales_units(), moves_sudo._aftersales_lots_left()
        by_line = moves_sudo.grouped("sale_line_id")
        for line in self:
            moves = by_line.get(line.sale_line_id, moves_sudo.browse())
            line.delivered = sum(units[move]["delivered"] for move in moves)
            line.returnable = sum(units[move]["returnable"] for move in moves)
            line.lot_ids = self.env["stock.lot"].union(*(lots[move] for move in moves))

    @api.depends("sale_line_id", "quantity", "reason_id", "wizard_id.reason_id", "wizard_id.requested_on")
    def _compute_verdict(self):
        lines = self.filtered("sale_line_id")
        (self - lines).verdict = False
        for on, group in lines.grouped(
            lambda line: line.wizard_id.requested_on or self.env.company._aftersales_today()
        ).items():
            units = [line._eligibility_unit() for line in group]
            results = self.env["aftersales.eligibility"]._evaluate(units, on)
            for line, result in zip(group, results, strict=True):
                line.verdict = line._verdict_text(result)

    def _eligibility_unit(self):
        self.ensure_one()
        moves_sudo = self.sale_line_id.sudo()._aftersales_deliveries()  # see _compute_units
        product = self.sale_line_id.product_id
        quantity = self.quantity or 1.0
        return {
            "sale_line": self.sale_line_id,
            "move": moves_sudo[-1:],
            "lot": self.lot_id,
            "product": product,
            "quantity": quantity,
            "paid": self.env["aftersales.rma.line"]._paid_for(self.sale_line_id, product, quantity),
            "reason": self.reason_id or self.wizard_id.reason_id,
            "photos": None,
        }

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
