from odoo import fields, models
from odoo.fields import Domain

# Kinds of entries by what an order did to the points.
EARNED, BACK, SPENT = ("earn", "bonus"), ("takeback",), ("spend", "giveback")
STAFF = "base.group_user"


class SaleOrder(models.Model):
    # What an order did to its customer's points, with what returns of it took and gave back.

    _inherit = "sale.order"

    aftersales_points_count = fields.Integer("Entries", compute="_compute_aftersales_points", groups=STAFF)
    aftersales_points_earned = fields.Float(
        "Earned", digits=(16, 2), compute="_compute_aftersales_points", groups=STAFF
    )
    aftersales_points_pending = fields.Float(
        "Waiting", digits=(16, 2), compute="_compute_aftersales_points", groups=STAFF
    )
    aftersales_points_back = fields.Float(
        "Taken back", digits=(16, 2), compute="_compute_aftersales_points", groups=STAFF
    )
    aftersales_points_spent = fields.Float("Spent", digits=(16, 2), compute="_compute_aftersales_points", groups=STAFF)
    aftersales_points_net = fields.Float("Points", digits=(16, 2), compute="_compute_aftersales_points", groups=STAFF)

    def _compute_aftersales_points(self):
        # Who reads the order reads what it earned, without rights on the cards.
        entries_sudo = self.env["aftersales.loyalty.entry"].sudo()
        found = entries_sudo.search_fetch(
            self._aftersales_points_domain(), ["kind", "state", "points", "origin_model", "origin_id", "sale_line_id"]
        )
        by_order = found.grouped(lambda entry: entry._order_id())
        for order in self:
            entries_sudo = by_order.get(order._origin.id, found.browse())
            order.aftersales_points_count = len(entries_sudo)
            order.aftersales_points_earned = entries_sudo._sum_of(EARNED)
            order.aftersales_points_back = entries_sudo._sum_of(BACK)
            order.aftersales_points_spent = entries_sudo._sum_of(SPENT)
            order.aftersales_points_pending = sum(
                entries_sudo.filtered(lambda entry: entry.state == "pending").mapped("points")
            )
            order.aftersales_points_net = order.aftersales_points_earned + order.aftersales_points_back

    def _aftersales_points_domain(self):
        own = Domain("origin_model", "=", "sale.order") & Domain("origin_id", "in", self.ids)
        return (own | Domain("sale_line_id.order_id", "in", self.ids)) & Domain("state", "!=", "void")

    def action_aftersales_view_points(self):
        """The entries of this order and of its returns."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_loyalty.aftersales_loyalty_entry_action")
        return {
            **action,
            "name": self.env._("Points of %(order)s", order=self.name),
            "domain": list(self._aftersales_points_domain()),
            "context": {},
        }
