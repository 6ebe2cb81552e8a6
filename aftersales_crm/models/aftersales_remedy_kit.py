from odoo import models


class AftersalesRemedy(models.Model):
    """Units of a remedy beside those that were sold and charged: a part of a kit is a fraction of it."""

    _inherit = "aftersales.remedy"

    def _charged_units(self, quantity, uom):
        """Units charged that units of the remedy stand for.

        :param float quantity: in the remedy's unit
        :param uom: `uom.uom` in which they were charged
        :rtype: float
        """
        self.ensure_one()
        sale_line = self.rma_line_id.sale_line_id
        sold = sale_line._aftersales_sold_units(self.product_id, quantity)
        return sale_line.product_uom_id._compute_quantity(sold, uom, round=False)

    def _own_units(self, charged, uom):
        """Units of the remedy that units charged stand for: the reverse of `_charged_units`."""
        self.ensure_one()
        one = self._charged_units(1.0, uom)
        return charged / one if one else 0.0
