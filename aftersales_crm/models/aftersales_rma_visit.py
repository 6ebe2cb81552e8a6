from odoo import fields, models


class AftersalesRma(models.Model):
    """Visits that a return needs: a repair at the customer's instead of a parcel."""

    _inherit = "aftersales.rma"

    visit_ids = fields.One2many("aftersales.case", "origin_rma_id", "Visits", groups="base.group_user")

    def action_make_visit(self):
        """Plan a visit for this return: opens the one that has no window yet, or makes it."""
        self.ensure_one()
        self.check_access("write")
        unplanned = self.visit_ids.filtered(lambda visit: visit.is_open and not visit.visit_from)
        visit = unplanned[:1] or self.env["aftersales.case"]._open([self._prepare_visit_vals()])
        return visit._visit_form()

    def _prepare_visit_vals(self):
        """Hook: values of a visit for this return."""
        self.ensure_one()
        line = self.line_ids[:1]
        return {
            "type": "visit",
            "visit_kind": "home_repair",
            "subject": self.env._("Visit for %(rma)s", rma=self.name),
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "sale_order_id": self.sale_order_ids[:1].id,
            "product_id": line.product_id.id,
            "lot_id": line.lot_id.id,
            "warranty_id": line.warranty_id.id,
            "origin_rma_id": self.id,
            "origin_case_id": self.case_id.id,
        }
