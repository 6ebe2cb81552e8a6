from odoo import models
from odoo.fields import Command


class AftersalesRma(models.Model):
    """A case about a return: the one that it came of, or a new one."""

    _inherit = "aftersales.rma"

    def action_open_case(self):
        """Open the case of the return; without one, a new one with everything filled in."""
        self.ensure_one()
        if self.case_id:
            return self.case_id._get_records_action()
        lines = self.line_ids
        lot, product = lines.lot_id, lines.product_id
        values = {
            "rma_ids": [Command.link(self.id)],
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "sale_order_id": self.sale_order_ids[:1].id,
            "product_id": len(product) == 1 and product.id,
            "lot_id": len(lot) == 1 and lot.id,
            "warranty_id": len(lines.warranty_id) == 1 and lines.warranty_id.id,
        }
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New case"),
            "res_model": "aftersales.case",
            "views": [(False, "form")],
            "context": self.env["aftersales.case.links"]._aftersales_case_default_values(**values),
        }
