from datetime import date

from .common import LoyaltyCommon


class TestEarning(LoyaltyCommon):
    def _delivered(self, **vals):
        order = self._buy(2, **vals)
        self._deliver(order)
        self._invoice(order)
        return order

    def _return(self, order, quantity):
        rma = self._rma(order, quantity)
        rma.with_user(self.manager).action_approve()
        self._receive(rma)
        rma.action_settle()
        self.assertEqual(rma.remedy_ids.mapped("error"), [False])
        return rma

    def test_points_come_at_once_where_the_program_does_not_wait(self):
        order = self._buy(2)
        self.assertLedger(200)
        entry = self.card.aftersales_entry_ids
        self.assertEqual((entry.kind, entry._document(), entry.sale_line_id), ("earn", order, order.order_line))
        order.action_lock()
        self.assertLedger(200)
        order.action_unlock()
        order._action_cancel()
        self.assertLedger(0)
        order.action_draft()
        order._update_programs_and_rewards()
        order.action_confirm()
        self.assertLedger(200)

    def test_points_wait_until_the_goods_can_no_longer_come_back(self):
        self.program.aftersales_waits = True
        order = self._buy(2)
        self.assertLedger(0, 200)
        entry = self.card.aftersales_entry_ids
        self.assertFalse(entry.release_on)
        self._deliver(order)
        self._sync()
        self.assertTrue(entry.release_on)
        today = self.company._aftersales_today()
        wait = (entry.release_on - today).days
        self.assertGreaterEqual(wait, 15)
        for days, points in ((wait - 1, 0), (wait, 200), (wait + 1, 200)):
            with self._later(days):
                self._run("_cron_release")
                self.assertLedger(points, 200 - points)

    def test_waiting_points_are_not_spent_in_their_own_order(self):
        self.program.aftersales_waits = True
        order = self._quote((self.kettle, 2))
        self.assertFalse(order._get_claimable_rewards())
        self.program.aftersales_waits = False
        self.assertTrue(order._get_claimable_rewards())

    def test_what_comes_back_takes_its_points_in_proportion(self):
        order = self._buy(3, price=33.33)
        self._deliver(order)
        self._invoice(order)
        self.assertLedger(99.99)
        for quantity, left in ((1, 66.66), (1, 33.33), (1, 0)):
            self._return(order, quantity)
            self.assertLedger(left)
        self.assertEqual(set(self.card.aftersales_entry_ids.mapped("kind")), {"earn", "takeback"})

    def test_a_return_while_points_wait_drops_them(self):
        self.program.aftersales_waits = True
        order = self._delivered()
        self._sync()
        self.assertLedger(0, 200)
        rma = self._rma(order, 1)
        rma.with_user(self.manager).action_approve()
        with self._later(400):
            self._run("_cron_release")
        self.assertLedger(0, 200)
        self._receive(rma)
        rma.action_settle()
        self.assertLedger(0, 100)
        with self._later(400):
            self._run("_cron_release")
        self.assertLedger(100, 0)

    def test_spent_points_come_back_with_the_end_they_had(self):
        self._grant(60, expires_on=date(2099, 1, 31))
        self._grant(80, expires_on=date(2099, 6, 30))
        order = self._quote((self.kettle, 2))
        self._claim(order)
        order.action_confirm()
        self._deliver(order)
        self._invoice(order)
        earned = order.coupon_point_ids.points
        self.assertLedger(40 + earned)
        self._return(order, 2)
        self.assertLedger(140)
        lots = self.entries.search([("card_id", "=", self.card.id), ("remaining", ">", 0)])
        ends = {}
        for lot in lots:
            ends[lot.expires_on] = ends.get(lot.expires_on, 0) + lot.remaining
        self.assertEqual(ends, {date(2099, 1, 31): 60, date(2099, 6, 30): 80})

    def test_a_cancelled_order_gives_back_what_it_spent(self):
        self._grant(150, expires_on=date(2099, 1, 31))
        order = self._quote((self.kettle, 2))
        self._claim(order)
        order.action_confirm()
        self.assertLedger(150 - 100 + order.coupon_point_ids.points)
        order._action_cancel()
        self.assertLedger(150)
        lots = self.entries.search([("card_id", "=", self.card.id), ("remaining", ">", 0)])
        self.assertEqual(set(lots.mapped("expires_on")), {date(2099, 1, 31)})

    def test_reward_lines_of_a_confirmed_order_may_change(self):
        self._grant(300)
        order = self._buy(2)
        before = self.card.points
        self._claim(order)
        self.assertLedger(before - 100)
        reward = order.order_line.filtered("is_reward_line")
        reward.points_cost = 150
        self.assertLedger(before - 150)
        reward.points_cost = 0
        self.assertLedger(before)

    def test_an_order_from_before_the_ledger_is_cancelled_as_odoo_does(self):
        self.program.aftersales_ledger = False
        order = self._buy(1)
        self.assertEqual(self.card.points, 100)
        self.program.aftersales_ledger = True
        self._sync()
        order._action_cancel()
        self.assertLedger(0)

    def test_switching_off_gives_what_waits(self):
        self.program.aftersales_waits = True
        order = self._buy(1)
        self.assertLedger(0, 100)
        self.program.aftersales_ledger = False
        self.assertEqual(self.card.points, 100)
        order._action_cancel()
        self.assertEqual(self.card.points, 0)

    def test_a_credit_note_made_by_hand_counts_and_its_cancellation_too(self):
        order = self._delivered()
        self.assertLedger(200)
        wizard = self.env["account.move.reversal"].create(
            {"move_ids": order.invoice_ids.ids, "journal_id": order.invoice_ids.journal_id.id}
        )
        credit = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        self.assertLedger(200)
        credit.action_post()
        self.assertLedger(0)
        credit.button_draft()
        self.assertLedger(200)

    def test_points_that_need_not_wait_any_more_are_given(self):
        self.program.aftersales_waits = True
        self._buy(1)
        self.program.aftersales_waits = False
        self.assertLedger(100, 0)

    def test_what_an_order_earns_may_change_after_its_confirmation(self):
        for waits in (False, True):
            with self.subTest(waits=waits):
                self.program.aftersales_waits = waits
                before = self.card.points
                order = self._buy(1)
                order.order_line.product_uom_qty = 3
                order._update_programs_and_rewards()
                self.assertLedger(before + (0 if waits else 300), 300 if waits else 0)
                order._action_cancel()
                self.assertLedger(before, 0)

    def test_what_comes_back_before_its_invoice_takes_its_points(self):
        self.kettle.invoice_policy = "delivery"
        for waits in (False, True):
            with self.subTest(waits=waits):
                self.program.aftersales_waits = waits
                before = self.card.points
                order = self._buy(4)
                self._deliver(order)
                picking = order.picking_ids
                wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
                wizard.product_return_moves.quantity = 1
                back = wizard._create_return()
                back.move_ids.write({"quantity": 1, "picked": True})
                back.button_validate()
                self.assertLedger(before + (0 if waits else 300), 300 if waits else 0)
                order._action_cancel()

    def test_goods_that_never_go_earn_nothing(self):
        order = self._buy(2)
        self.assertLedger(200)
        order.picking_ids.action_cancel()
        self.assertLedger(0)

    def test_a_line_that_shrinks_shrinks_its_points(self):
        order = self._buy(10)
        self.assertLedger(1000)
        order.order_line.product_uom_qty = 1
        self.assertLedger(100)
        order.order_line.price_unit = 50
        self.assertLedger(50)

    def test_what_went_in_part_and_came_back_in_part(self):
        self.kettle.invoice_policy = "delivery"
        order = self._buy(10, price=10)
        self._deliver(order, {self.kettle: 6})
        order.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel")).action_cancel()
        self._invoice(order)
        self.assertLedger(60)
        self._return(order, 3)
        self.assertLedger(30)

    def test_switching_off_and_on_moves_nothing_twice(self):
        self._grant(500)
        order = self._quote((self.kettle, 6))
        self._claim(order)
        order.action_confirm()
        self._deliver(order)
        self._invoice(order)
        self._return(order, 6)
        self.assertLedger(500)
        self.program.aftersales_ledger = False
        self.program.aftersales_ledger = True
        order._action_cancel()
        self.assertLedger(500)

    def test_a_cancellation_after_a_return_keeps_the_ends(self):
        self._grant(100, expires_on=date(2099, 1, 31))
        order = self._quote((self.kettle, 2))
        self._claim(order)
        order.action_confirm()
        self._deliver(order)
        self._invoice(order)
        self._return(order, 1)
        self.assertLedger(150)
        order._action_cancel()
        self.assertLedger(100)
        lots = self.entries.search([("card_id", "=", self.card.id), ("remaining", ">", 0)])
        self.assertEqual(set(lots.mapped("expires_on")), {date(2099, 1, 31)})

    def test_orders_of_one_card_are_confirmed_together(self):
        self._grant(200)
        orders = self._quote() | self._quote()
        for order in orders:
            self._claim(order)
        orders.action_confirm()
        self.assertLedger(200 - 200 + sum(orders.coupon_point_ids.mapped("points")))
        spent = self.card.aftersales_entry_ids.filtered(lambda entry: entry.kind == "spend")
        self.assertEqual(set(spent.mapped("origin_id")), set(orders.ids))
        orders._action_cancel()
        self.assertLedger(200)
