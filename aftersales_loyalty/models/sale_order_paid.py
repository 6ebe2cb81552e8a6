from odoo import api, fields, models, tools

from ..ledger import part_of, rounded


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    @api.model
    @tools.ormcache()
    def _aftersales_paying(self):
        """Whether orders may be paid with cards that keep no ledger (bool)."""
        paying = [("program_type", "in", ("ewallet", "gift_card")), ("aftersales_ledger", "=", False)]
        return bool(self.sudo().with_context(active_test=False).search_count(paying, limit=1))  # a fact of all

    @api.model
    def _aftersales_moves_points(self):
        """Whether what customers keep of their orders moves points or credit of any program."""
        return bool(self._aftersales_kept()) or self._aftersales_paying()

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # Orders paid with a gift card, a voucher or an eWallet without ledger: a refund leaves out what they paid, so it
    # comes back to the card. (Cards with a ledger: see sale_order_points.)

    def _aftersales_touchable(self):
        touchable = super()._aftersales_touchable()
        if self.env["loyalty.program"]._aftersales_paying():
            touchable |= self.filtered(lambda order: order.order_line.coupon_id)
        return touchable

    def _aftersales_sync_points(self):
        result = super()._aftersales_sync_points()
        if self.env["loyalty.program"]._aftersales_paying():
            self.sudo()._aftersales_sync_paid()  # the card follows whoever may credit the order
        return result

    def _aftersales_sync_paid(self):
        """Give back what cards paid for goods that came back, or take it again; measured from the beginning."""
        paid = self.filtered(lambda order: order.state == "sale").order_line.filtered(
            lambda line: (
                line.points_cost
                and line.coupon_id.program_id.is_payment_program
                and not line.coupon_id._aftersales_is_kept()
            )
        )
        lost = paid.order_id.order_line._aftersales_lost() if paid else {}
        for line in paid:
            back = float(part_of(rounded(line.points_cost), *line.order_id._aftersales_lost_of_reward(line, lost)))
            change = back - line.aftersales_given_back
            if not rounded(change):
                continue
            line.aftersales_given_back = back
            line.coupon_id.points += change
            self.env["loyalty.history"].create(
                {
                    "card_id": line.coupon_id.id,
                    "description": self.env._("Came back: %(order)s", order=line.order_id.name),
                    "order_model": "sale.order",
                    "order_id": line.order_id.id,
                    **({"issued": change} if change > 0 else {"used": -change}),
                }
            )


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "aftersales.system.mixin"]

    _aftersales_system_fields = frozenset({"aftersales_given_back"})

    aftersales_given_back = fields.Float(
        "Given back to the card", copy=False, readonly=True, digits=(16, 2), groups="base.group_user"
    )
