from odoo import models


class AftersalesRmaLine(models.Model):
    """A return line at the dock: what is awaited, what nobody has looked at, what was refused."""

    _inherit = "aftersales.rma.line"

    def _awaited_quantity(self):
        """Units that are still to come, in the product's unit."""
        self.ensure_one()
        if not self._needs_goods():
            return 0.0
        return self.uom_id.round(self.quantity - self.short_quantity - self.received_quantity)

    def _uninspected_quantity(self):
        """Units that are here and nobody has looked at."""
        self.ensure_one()
        return self.uom_id.round(self.received_quantity - self.accepted_quantity - self.rejected_quantity)

    def _refused_here(self):
        """Lines of which refused units are still here."""
        return self.filtered(
            lambda line: line.rejected_quantity and line.uom_id.compare(line.rejected_quantity, line._sent_home()) > 0
        )

    def _is_looked_at(self):
        """Whether all units here have a disposition, where they are put aside for one."""
        self.ensure_one()
        return not self.company_id.aftersales_return_location_id or self._uninspected_quantity() <= 0

    def _decide_label(self):
        """What comes back and why, in a line of text."""
        self.ensure_one()
        label = f"{self.quantity:g} × {self.product_id.display_name}"
        return f"{label} · {self.reason_id.name}" if self.reason_id else label
