from odoo import models


class SaleOrder(models.Model):
    # Questions about an order, and machines that are broken at home.

    _inherit = "sale.order"

    def _portal_ask(self, author, question, line=None, photos=(), visit=False):
        if not self.company_id.aftersales_portal_cases:
            return super()._portal_ask(author, question, line)
        customer = self.partner_id
        is_known = author.commercial_partner_id == customer.commercial_partner_id
        about = {"type": "question", "sale_order_id": self.id}
        if visit:
            about |= {"type": "visit", "visit_kind": "home_repair"}
        if line:
            about |= {"product_id": line.product_id.id, **self._portal_unit_vals(line)}
        cases = self.env["aftersales.case"]
        return cases._portal_open(author if is_known else customer, self.company_id, question, photos, about)

    def _portal_unit_vals(self, line):
        """The serial number and warranty of a line, where it has but one."""
        warranties = self.env["aftersales.warranty"].search(
            [("sale_line_id", "=", line.id), ("product_id", "=", line.product_id.id)], order="end_date desc, id"
        )
        return {
            "lot_id": warranties.lot_id.id if len(warranties.lot_id) == 1 else False,
            "warranty_id": warranties[:1].id if len(warranties.lot_id) <= 1 else False,
        }

    def _portal_home_lines(self):
        """Lines with machines that are repaired at home, of what has arrived."""
        self.ensure_one()
        if not self.company_id.aftersales_portal_cases:
            return self.order_line.browse()
        return self._portal_return_lines().filtered("product_id.aftersales_home_repair")
