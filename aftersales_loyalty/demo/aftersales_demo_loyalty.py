from odoo import api, models

from odoo.addons.aftersales_crm.demo.aftersales_demo import DELIVERY_DAYS, QUIET
from odoo.addons.aftersales_crm.models.aftersales_state_mixin import SYSTEM

from .loyalty_story import CLUB_GIFTS, CLUB_NOT_DELIVERED, CLUB_ORDERS, CLUB_RETURN


class AftersalesDemo(models.AbstractModel):
    """The club of the demo shop: what its members bought, brought back and got."""

    _inherit = "aftersales.demo"

    @api.model
    def _build_loyalty(self):
        """Play the story of the club, once per database, after that of the orders."""
        if self.env["sale.order"].search_count([("name", "=", CLUB_ORDERS[0][0])], limit=1):
            return
        demo = self.with_context(**QUIET, loyalty_no_mail=True)
        demo._club().sudo().aftersales_since = self._moment(365)
        demo._fill_club()
        days = {day for _name, day, *_rest in CLUB_ORDERS} | {day for _customer, day, *_rest in CLUB_GIFTS}
        days |= {day for _step, day, *_rest in CLUB_RETURN[-1]}
        for day in sorted(days | set(range(0, max(days), 10)), reverse=True):
            demo._on(day)._club_day(day)
        for card in demo._club_cards():
            card.aftersales_tier_told_id = card.aftersales_tier_id  # nobody of the story gets a mail
        self.env["aftersales.profile"]._refresh()

    def _on(self, day):
        """The demo on a day of the story."""
        return self.with_context(aftersales_replayed_day=(SYSTEM, self._moment(day).date()))

    def _club(self):
        return self.env.ref("aftersales_loyalty.program_club")

    def _club_cards(self):
        return self.env["loyalty.card"].search([("program_id", "=", self._club().id)])

    def _club_day(self, day):
        for name, ordered, customer, items, reward in CLUB_ORDERS:
            if ordered == day:
                self._club_order(name, day, customer, items, reward)
        for customer, given, points, reason in CLUB_GIFTS:
            if given == day:
                self._club_gift(customer, day, points, reason)
        self._club_return(day)
        self._club_release(day)
        self._club_cards()._aftersales_raise_tiers()

    def _fill_club(self):
        """Enough of everything for the members."""
        needed = {}
        for _name, _day, _customer, items, _reward in CLUB_ORDERS:
            for product, quantity in items.items():
                needed[product] = needed.get(product, 0) + quantity
        location = self.env["stock.warehouse"].search([("company_id", "=", self.env.company.id)], limit=1).lot_stock_id
        for product, quantity in needed.items():
            self.env["stock.quant"]._update_available_quantity(self._product(product), location, quantity)

    def _club_order(self, name, day, customer, items, reward):
        order = self.env["sale.order"].create(self._prepare_order_vals(name, day, customer, items))
        if reward:
            order._update_programs_and_rewards()
            card = self._club()._aftersales_card(order.partner_id)
            order._apply_program_reward(self._club().reward_ids[:1], card)
        order.action_confirm()
        order.date_order = order.aftersales_points_at = self._moment(day)
        self._date_points(order, day)
        if name in CLUB_NOT_DELIVERED:
            return
        self._validate(order.picking_ids, day - DELIVERY_DAYS)
        invoice = order._create_invoices()
        invoice.invoice_date = self._moment(day - DELIVERY_DAYS).date()
        invoice.action_post()
        self._pay(invoice, day - DELIVERY_DAYS)

    def _club_gift(self, customer, day, points, reason):
        entries = self.env["aftersales.loyalty.entry"].with_user(self._user("manager"))
        card = self._club()._aftersales_card(self._customer(customer))
        self._date_entries(entries._grant(card, points, reason), day)

    def _club_return(self, day):
        order, product, quantity, reason, says, steps = CLUB_RETURN
        line = self._order_of(order).order_line.filtered(lambda line: line.product_id == self._product(product))
        for step, when, *arguments in steps:
            if when != day:
                continue
            rma = line.aftersales_rma_line_ids.rma_id
            if not rma:
                rma = self._ask(line, quantity, reason, "refund", says, when)
            self._step(rma, step, when, *arguments)
        self._date_points(line.order_id, day)

    def _club_release(self, day):
        """Give what has waited long enough, as the job of that night did."""
        waiting = self.env["aftersales.loyalty.entry"].search([("state", "=", "pending")])
        waiting._with_system()._release_due()
        self._date_entries(waiting.filtered(lambda entry: entry.state == "posted"), day)

    def _date_points(self, order, day):
        """Date what an order has just done to points on its day."""
        today = self._moment(0).date()
        entries = self.env["aftersales.loyalty.entry"].search(
            [("origin_model", "=", order._name), ("origin_id", "in", order.ids)]
        )
        entries.sudo()._with_system().filtered(lambda entry: entry.date >= today).date = self._moment(day).date()
        posted = entries.filtered(lambda entry: entry.posted_at and entry.posted_at.date() >= today)
        self._date_entries(posted, day)

    def _date_entries(self, entries, day):
        entries.sudo()._with_system().write({"posted_at": self._moment(day)})
