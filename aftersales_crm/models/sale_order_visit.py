from odoo import api, fields, models

from .aftersales_case_visit import VISIT_KINDS


class ProductTemplate(models.Model):
    # Services that are a visit at the customer's.

    _inherit = "product.template"

    aftersales_visit_kind = fields.Selection(
        VISIT_KINDS, "Makes a visit", help="Selling it makes a visit that waits for its window."
    )


class SaleOrder(models.Model):
    # Visits that were sold with the goods: made at confirmation, so that the planner can agree on a window before the
    # goods are there; on time beats the few that are cancelled with their order.

    _inherit = "sale.order"

    def _action_confirm(self):
        result = super()._action_confirm()
        self.order_line._aftersales_make_visits()
        return result

    def _action_cancel(self):
        result = super()._action_cancel()
        # Who cancels an order needs no rights on visits.
        visits_sudo = self.sudo().order_line.aftersales_visit_ids
        visits_sudo.filtered(lambda visit: visit.is_open and not visit.visit_started_at)._transition("cancelled")
        return result


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    aftersales_visit_ids = fields.One2many("aftersales.case", "visit_sale_line_id", "Visits")

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered(lambda line: line.state == "sale")._aftersales_make_visits()
        return lines

    def _aftersales_make_visits(self):
        """Make the visit of each line that sells one, once; one that was cancelled with its order is taken up again."""
        selling = self.filtered(lambda line: line.product_id.aftersales_visit_kind and line.product_uom_qty > 0)
        if not selling:
            return
        # Who sells needs no rights on visits.
        selling_sudo = selling.sudo()
        again_sudo = selling_sudo.aftersales_visit_ids.filtered(lambda visit: visit.state == "cancelled")
        again_sudo._transition("in_progress")
        new_sudo = selling_sudo.filtered(lambda line: not line.aftersales_visit_ids)
        self.env["aftersales.case"].sudo()._open([line._aftersales_prepare_visit_vals() for line in new_sudo])

    def _aftersales_prepare_visit_vals(self):
        """Hook: values of the visit that a line sells."""
        self.ensure_one()
        order = self.order_id
        goods = order.order_line.product_id.filtered(lambda product: product.type == "consu")
        return {
            "type": "visit",
            "visit_kind": self.product_id.aftersales_visit_kind,
            "subject": f"{self.product_id.display_name} · {order.name}",
            "partner_id": order.partner_id.id,
            "company_id": order.company_id.id,
            "sale_order_id": order.id,
            "product_id": goods.id if len(goods) == 1 else False,
            "visit_sale_line_id": self.id,
            "visit_due": order.company_id._aftersales_date(
                order.commitment_date or order.expected_date or order.date_order
            ),
            "channel": "system",
        }


class AftersalesCase(models.Model):
    """Visits that were ordered."""

    _inherit = "aftersales.case"

    visit_sale_line_id = fields.Many2one(
        "sale.order.line",
        "Ordered by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )

    _visit_once_per_line = models.UniqueIndex(
        "(visit_sale_line_id) WHERE visit_sale_line_id IS NOT NULL", "The visit of this order line exists already."
    )

    @api.model
    def _refused_fields(self):
        return super()._refused_fields() | {"visit_sale_line_id"}

    def _after_visit(self):
        """A visit that was ordered is delivered once it has solved what it was for."""
        result = super()._after_visit()
        line = self.visit_sale_line_id or self._first_visit().visit_sale_line_id
        if self.visit_outcome == "solved" and line.qty_delivered_method == "manual":
            line.qty_delivered = line.product_uom_qty
        return result

    def _first_visit(self):
        """The visit that this one repeats, however often."""
        self.ensure_one()
        visit = self
        while visit.repeat_of_id:
            visit = visit.repeat_of_id
        return visit
