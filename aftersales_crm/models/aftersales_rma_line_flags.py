from odoo import models


class AftersalesRmaLine(models.Model):
    """Serial numbers that come back and never went out."""

    _inherit = "aftersales.rma.line"

    def _after_reception(self):
        result = super()._after_reception()
        tracked = self.filtered(lambda line: line.tracking != "none" and line.company_id.aftersales_flags)
        vals_list = [vals for line in tracked for vals in line._serial_flags()]
        # Whoever receives goods writes no flags.
        self.env["aftersales.flag"].sudo().create(vals_list)
        return result

    def _serial_flags(self):
        """The flag that other units than the delivered ones arrived, once for each of them."""
        self.ensure_one()
        done = self.receipt_move_ids.filtered(lambda move: move.state == "done")
        arrived, delivered = done.move_line_ids.lot_id, self.origin_move_id.move_line_ids.lot_id
        known = {name for flag in self.rma_id.sudo().flag_ids for name in (flag.facts or {}).get("arrived", [])}
        strange = [name for name in (arrived - delivered).mapped("name") if name not in known]
        if not strange:
            return []
        facts = {"arrived": strange, "delivered": delivered.mapped("name")}
        return [self.rma_id._prepare_flag_vals("other_serial", **facts)]
