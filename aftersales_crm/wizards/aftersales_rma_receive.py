from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class AftersalesRmaReceive(models.TransientModel):
    """What has arrived, in which condition, and what becomes of it."""

    _name = "aftersales.rma.receive"
    _description = "Receive Returned Goods"

    rma_id = fields.Many2one("aftersales.rma", required=True, ondelete="cascade")
    mode = fields.Selection(
        [("receive", "Receive"), ("inspect", "Inspect what is here")],
        required=True,
        default="receive",
    )
    line_ids = fields.One2many(
        "aftersales.rma.receive.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("rma_id", "mode")
    def _compute_line_ids(self):
        for wizard in self:
            restock = self.env.ref("aftersales_crm.disposition_restock", raise_if_not_found=False)
            commands = [Command.clear()]
            for line in wizard.rma_id.line_ids:
                quantity = wizard._open_quantity(line)
                if quantity > 0:
                    commands.append(
                        Command.create(
                            {
                                "rma_line_id": line.id,
                                "quantity": quantity,
                                "lot_id": line.lot_id.id,
                                "disposition_id": restock and restock.id,
                            }
                        )
                    )
            wizard.line_ids = commands

    def _open_quantity(self, line):
        """Units that wait for what this wizard does."""
        if self.mode == "inspect":
            seen = line.accepted_quantity + line.rejected_quantity
            return line.uom_id.round(line.received_quantity - seen)
        return line.uom_id.round(line._expected_quantity() - line.received_quantity)

    def action_confirm(self):
        """Receive or inspect the units entered; lines with zero units are left alone."""
        self.ensure_one()
        entries = [line._prepare_entry() for line in self.line_ids if line.quantity]
        if not entries:
            raise UserError(self.env._("Enter how many units there are."))
        if self.mode == "receive":
            self.rma_id._receive(entries)
        else:
            self.rma_id._inspect(entries)
        return {"type": "ir.actions.act_window_close"}


class AftersalesRmaReceiveLine(models.TransientModel):
    _name = "aftersales.rma.receive.line"
    _description = "Returned Goods"

    wizard_id = fields.Many2one("aftersales.rma.receive", required=True, ondelete="cascade")
    rma_line_id = fields.Many2one("aftersales.rma.line", required=True, ondelete="cascade")
    product_id = fields.Many2one(related="rma_line_id.product_id")
    uom_id = fields.Many2one(related="rma_line_id.uom_id")
    tracking = fields.Selection(related="product_id.tracking")
    announced = fields.Float("Announced", related="rma_line_id.quantity")
    quantity = fields.Float("Arrived", digits="Product Unit")
    lot_id = fields.Many2one("stock.lot", "Serial number", domain="[('product_id', '=', product_id)]")
    condition = fields.Selection(lambda self: self.env["aftersales.inspection"]._fields["condition"].selection)
    accepted = fields.Boolean(default=True)
    disposition_id = fields.Many2one("aftersales.disposition")
    note = fields.Text()

    def _prepare_entry(self):
        self.ensure_one()
        return {
            "line": self.rma_line_id,
            "quantity": self.quantity,
            "lot": self.lot_id,
            "condition": self.condition,
            "accepted": self.accepted,
            "disposition": self.disposition_id,
            "note": self.note,
        }
