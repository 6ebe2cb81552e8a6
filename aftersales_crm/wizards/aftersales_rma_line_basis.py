from odoo import fields, models

from ..models.aftersales_rma_line_verdict import BASES


class AftersalesRmaLineBasis(models.TransientModel):
    """Ask for the basis that a return line shall stand on, and why."""

    _name = "aftersales.rma.line.basis"
    _description = "Decide Otherwise"

    line_id = fields.Many2one("aftersales.rma.line", required=True, ondelete="cascade")
    found_basis = fields.Selection(related="line_id.basis", string="Now")
    basis = fields.Selection(BASES, "Instead", required=True)
    reason = fields.Text("Because", required=True)

    def action_change(self):
        self.ensure_one()
        self.line_id.write({"basis": self.basis, "decision_reason": self.reason})
        return {"type": "ir.actions.act_window_close"}
