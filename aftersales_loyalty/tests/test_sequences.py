import random
from datetime import timedelta

from odoo.fields import Domain
from odoo.tests import tagged

from .common import LoyaltyCommon

SEQUENCES = 25
STEPS = 7


@tagged("post_install", "-at_install")
class TestSequences(LoyaltyCommon):
    """Whatever happens to orders, in any order: a card and its ledger are equal, and returning all gains nothing."""

    def test_balance_and_ledger_are_equal_after_every_step_of_many_lives(self):
        for seed in range(SEQUENCES):
            with self.subTest(seed=seed), self._later(0) as clock:
                life = Life(self, random.Random(seed), clock)
                for _step in range(STEPS):
                    life.step()
                life.return_everything()

    def test_discounted_goods_that_come_back_one_by_one_leave_nothing_behind(self):
        self._grant(100)
        order = self._quote((self.kettle, 3, {"price_unit": 9.99}))
        self._claim(order)
        order.action_confirm()
        self._deliver(order)
        self._invoice(order)
        self.assertLedger(29.97)
        for _unit in range(3):
            rma = self._rma(order)
            rma.action_approve()
            self._receive(rma)
            rma.action_settle()
        self.assertLedger(100)

    def test_two_shops_with_two_currencies_do_not_mix_their_points(self):
        currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "HUF")])
        currency.active = True
        other = self.env["res.company"].create({"name": "Other shop", "currency_id": currency.id})
        self.env.user.company_ids += other
        theirs = self._program(name="Other club", company_id=other.id, currency_id=currency.id, aftersales_waits=True)
        their_card = theirs._aftersales_card(self.customer)
        order = self._buy(2, price=10)
        their_order = self._buy(3, price=1000, company_id=other.id)
        self.assertEqual((order.currency_id, their_order.currency_id), (self.company.currency_id, currency))
        self.assertLedger(20, 0)
        self.assertLedger(0, 3000, card=their_card)
        self.assertEqual(their_card.aftersales_entry_ids.company_id, other)
        self.assertEqual(their_card.aftersales_entry_ids.currency_id, currency)
        their_order._action_cancel()
        self.assertLedger(20, 0)
        self.assertLedger(0, 0, card=their_card)
        order._action_cancel()
        self.assertLedger(0, 0)


class Life:
    """A customer of the shop and what happens, chosen by chance."""

    def __init__(self, case, chance, clock):
        self.case, self.chance, self.clock = case, chance, clock
        case.env["loyalty.program"].search([]).active = False  # of the lives before
        self.program = case._program(
            aftersales_expiry=chance.choice(["never", "earned"]),
            aftersales_expiry_months=1,
            aftersales_waits=chance.random() < 0.5,
            aftersales_below_zero=chance.choice(["allow", "allow", "block"]),
        )
        self.customer = case.customer.copy({"name": "Member"})
        self.card = self.program._aftersales_card(self.customer)
        self.given, self.orders, self.told = 0.0, [], []
        self.give()

    def step(self):
        name = self.chance.choice(
            [
                "buy",
                "buy",
                "cancel",
                "lock",
                "drop_reward",
                "reprice_reward",
                "more",
                "send_back",
                "give",
                "take",
                "wait",
            ]
        )
        done = getattr(self, name)()
        self.told.append((name, done))
        self.check()

    def check(self):
        case = self.case
        case._sync()
        case.assertFalse(case.entries._audit(self.program), self.told)
        case.assertAlmostEqual(self.balance(), self.expected(), delta=0.03, msg=self.told)
        if self.program.aftersales_below_zero == "block" and self.card.points > 0:
            case.assertFalse(self.owed(), self.told)

    def owed(self):
        """What was taken back and could not be taken from the card yet."""
        return self.card.aftersales_entry_ids.filtered(lambda entry: entry.state == "pending" and entry.points < 0)

    def balance(self):
        """Points of the card and those that wait, for it or against it."""
        waiting = self.card.aftersales_entry_ids.filtered(lambda entry: entry.state == "pending")
        return self.card.points + sum(waiting.mapped("points"))

    def expired(self):
        return sum(self.card.aftersales_entry_ids.filtered(lambda entry: entry.kind == "expire").mapped("points"))

    def expected(self):
        """What was given and did not expire, and what the goods that are kept earned less what was spent on them."""
        total = self.given + self.expired()
        for order, state in self.orders:
            if order.state == "sale":
                earned = sum(order.coupon_point_ids.filtered(lambda p: p.coupon_id == self.card).mapped("points"))
                spent = sum(order.order_line.mapped("points_cost"))
                goods = order._get_not_rewarded_order_lines()
                total += (earned - spent) * (1 - state["back"] / goods.product_uom_qty)
        return total

    def _one(self, **wanted):
        found = [one for one in self.orders if all(one[1][name] == value for name, value in wanted.items())]
        return self.chance.choice(found) if found else (None, None)

    # === Steps === #

    def buy(self):
        case, quantity = self.case, self.chance.randint(1, 4)
        price = self.chance.choice([9.99, 33.33, 120, 75.5])
        order = case._quote((case.kettle, quantity, {"price_unit": price}), partner=self.customer)
        if self.chance.random() < 0.6 and self.card.points >= 100:
            order._apply_program_reward(self.program.reward_ids, self.card)
        order.action_confirm()
        sent = self.chance.random() < 0.6
        if sent:
            case._deliver(order)
            case._invoice(order)
        self.orders.append((order, {"sent": sent, "open": True, "back": 0}))
        return quantity, price, sum(order.order_line.mapped("points_cost")), sent

    def cancel(self):
        order, state = self._one(sent=False, open=True)
        if order and not order.locked:
            order._action_cancel()
            state["open"] = False

    def lock(self):
        order, _state = self._one(open=True)
        if order:
            (order.action_unlock if order.locked else order.action_lock)()

    def _reward(self):
        order, _state = self._one(sent=False, open=True)
        return order and not order.locked and order.order_line.filtered("points_cost")

    def drop_reward(self):
        if reward := self._reward():
            # Odoo lets nobody delete lines of a confirmed order.
            reward.write({"points_cost": 0, "price_unit": 0})

    def reprice_reward(self):
        if reward := self._reward():
            reward.points_cost = self.chance.choice([40, 100, 12.5])

    def more(self):
        order, _state = self._one(sent=False, open=True)
        if order and not order.locked:
            order._get_not_rewarded_order_lines().product_uom_qty += 1

    def send_back(self):
        order, state = self._one(sent=True)
        if not order:
            return None
        left = order._get_not_rewarded_order_lines().product_uom_qty - state["back"]
        return left and self._send_back(order, state, self.chance.randint(1, int(left)))

    def _send_back(self, order, state, quantity):
        rma = self.case._rma(order, quantity)
        rma.with_user(self.case.manager).action_approve("A good customer")  # after the window too
        self.case._receive(rma)
        rma.action_settle()
        self.case.assertEqual(rma.sudo().remedy_ids.mapped("error"), [False], self.told)
        state["back"] += quantity
        return order, quantity

    def give(self):
        points = self.chance.choice([12.34, 150, 99.99])
        self.case._grant(points, card=self.card)
        self.given += points
        return points

    def take(self):
        points = min(self.chance.choice([5, 33.33]), max(self.card.points, 0))
        self.card.points -= points
        self.given -= points
        return points

    def wait(self):
        self.clock.tick(timedelta(days=self.chance.randint(1, 40)))
        entries = self.case.entries.sudo()._with_system()
        entries.search(entries._release_domain() & Domain("card_id", "=", self.card.id))._release_due()
        self.case.env.flush_all()
        today = self.program._aftersales_today()
        entries._expire_cards(self.card.ids, entries._over_sql(self.program, today), today)

    def return_everything(self):
        """Goods come back in parts and orders are cancelled, in any order: no more is left than was given by hand."""
        self.chance.shuffle(self.orders)
        for order, state in self.orders:
            if not state["sent"] and state["open"]:
                order.action_unlock()
                order._action_cancel()
                self.check()
            while state["sent"] and (left := order._get_not_rewarded_order_lines().product_uom_qty - state["back"]):
                self._send_back(order, state, self.chance.randint(1, int(left)))
                self.check()
        self.case.assertAlmostEqual(self.balance(), self.given + self.expired(), places=2, msg=self.told)
