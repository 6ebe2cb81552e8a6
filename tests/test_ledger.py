"""The arithmetic of points: rounding against PostgreSQL's rule, shares, and whole lives of a card against a model."""

import importlib.util
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = Path(__file__).resolve().parent.parent / "aftersales_loyalty" / "ledger.py"
DAY = date(2026, 1, 1)


def load():
    """The module by its file: its add-on cannot be imported without Odoo."""
    spec = importlib.util.spec_from_file_location("ledger", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ledger = load()
points = st.integers(min_value=1, max_value=3000).map(lambda cents: Decimal(cents) / 100)
properties = settings(max_examples=200, deadline=None, derandomize=True, database=None)


# --- rounding and shares ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1.005, "1.01"),
        (2.675, "2.68"),
        (-2.675, "-2.68"),
        (0.1 + 0.2, "0.30"),
        (-0.001, "0.00"),
        (7, "7.00"),
        (Decimal("0.125"), "0.13"),
        (999_999_999_999.99, "999999999999.99"),
    ],
)
def test_points_have_two_places_half_away_from_zero(number, expected):
    assert str(ledger.rounded(number)) == expected


@pytest.mark.parametrize(
    "number", [float("nan"), float("inf"), -float("inf"), 1e12, -1e12, 10**400, Decimal("sNaN"), "1", None, True]
)
def test_what_is_no_number_of_points_is_refused_in_a_sentence(number):
    with pytest.raises(ValueError, match="is too large|is not a number of points"):
        ledger.rounded(number)


@properties
@given(st.integers(min_value=-(10**9), max_value=10**9), st.integers(min_value=1, max_value=1000))
def test_a_float_is_read_by_its_fifteen_digits(numerator, denominator):
    number = numerator / denominator
    as_postgresql = Decimal(f"{number:.14e}").quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert ledger.rounded(number) == as_postgresql


def test_postgresql_rounds_the_same(stack):
    numbers = [1.005, 2.675, -2.675, 0.145, 1.115, 1234567.895, 0.1 + 0.2, 1 / 3, 2 / 3, 99999.995, 123456789012.345]
    found = stack.sql("SELECT " + " || ' ' || ".join(f"round('{number!r}'::float8::numeric, 2)" for number in numbers))
    assert [str(ledger.rounded(number)) for number in numbers] == found.split()


@properties
@given(
    st.integers(min_value=-100_000, max_value=100_000),
    st.lists(st.integers(min_value=0, max_value=500), min_size=1, max_size=12),
)
def test_shares_sum_to_the_total_and_miss_the_exact_share_by_less_than_a_hundredth(cents, weights):
    total = Decimal(cents) / 100
    shares = ledger.apportion(total, weights)
    whole = sum(weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        exact = Fraction(total) * (Fraction(weight, whole) if whole else Fraction(1, len(weights)))
        assert abs(Fraction(share) - exact) < Fraction(1, 100)


@properties
@given(points, st.lists(st.integers(min_value=1, max_value=5), min_size=1, max_size=6))
def test_parts_that_come_back_one_by_one_add_up_exactly(total, parts):
    whole, so_far, taken = sum(parts), 0, []
    for part in parts:
        taken.append(ledger.part_of(total, so_far + part, whole) - ledger.part_of(total, so_far, whole))
        so_far += part
        assert ledger.deserved(total, so_far, whole) == total - sum(taken)
    assert sum(taken) == total
    assert min(taken) >= 0


def test_nothing_is_due_of_nothing_and_never_more_than_the_whole():
    assert ledger.part_of(10, 1, 0) == ledger.part_of(10, -1, 3) == 0
    assert ledger.part_of(10, 4, 3) == 10
    assert ledger.part_of(-10, 1, 3) == Decimal("-3.33")
    assert ledger.apportion(5, []) == []
    assert ledger.apportion(Decimal("-0.05"), [0, -7]) == [Decimal("-0.03"), Decimal("-0.02")]


# --- lots and debts --------------------------------------------------------------------------------------------------


def lots(*items):
    return [ledger.Lot(key, Decimal(remaining), end) for key, remaining, end in items]


def test_the_first_to_expire_goes_first_and_what_is_good_for_ever_last():
    account = ledger.Account(
        lots((1, 5, None), (4, 5, DAY), (2, 5, DAY + timedelta(1)), (3, 5, DAY)), [ledger.Debt(9, Decimal(1))]
    )
    assert account.debit(18) == [(3, 5), (4, 5), (2, 5), (1, 3)]
    assert account.balance == 1


def test_what_an_order_earned_is_taken_back_from_itself():
    account = ledger.Account(lots((1, 5, DAY), (2, 5, DAY + timedelta(300))))
    assert account.debit(7, first=[2]) == [(2, 5), (1, 2)]


def test_what_no_lot_covers_is_a_debt_that_the_next_points_pay():
    account = ledger.Account(lots((1, 5, None)))
    assert account.debit(8, key=2) == [(1, 5), (None, 3)]
    assert account.debit(1, key=3) == [(None, 1)]
    assert account.credit(2, key=4) == [(2, 2)]
    assert account.credit(5, key=5, expires_on=DAY) == [(2, 1), (3, 1)]
    assert account.lots == lots((5, 3, DAY))
    assert not account.debts


def test_a_lot_is_good_through_its_last_day():
    account = ledger.Account(lots((1, 5, DAY), (2, 5, None)))
    assert account.expire(DAY) == []
    assert account.expire(DAY + timedelta(1)) == [(1, 5)]
    assert account.balance == 5


@pytest.mark.parametrize("move", ["debit", "credit"])
@pytest.mark.parametrize("amount", [0, -1, Decimal("0.004"), float("nan")])
def test_only_points_above_zero_move(move, amount):
    account = ledger.Account(lots((1, 5, None)))
    with pytest.raises(ValueError):
        getattr(account, move)(amount)
    assert account.balance == 5


def test_what_was_drawn_last_comes_back_first():
    drawn = [(1, Decimal(5)), (2, Decimal(3)), (None, Decimal(2))]
    assert ledger.unwound(drawn, 0, 4) == [(None, 2), (2, 2)]
    assert ledger.unwound(drawn, 4, 99) == [(2, 1), (1, 5)]


# --- whole lives of a card -------------------------------------------------------------------------------------------

# What may happen, as (name, number, number): the numbers choose an order, units or points.
orders = st.tuples(st.just("buy"), st.integers(1, 5), st.tuples(st.integers(0, 900), st.integers(0, 2000)))
others = st.tuples(
    st.sampled_from(["release", "release", "return", "return", "cancel", "grant", "grant", "adjust", "expire"]),
    st.integers(0, 5),
    st.integers(1, 600),
)
lives = st.lists(orders | others, min_size=12, max_size=40)


class Card:
    """A card on the ledger, with the rules that an add-on follows: waiting points, returns, a floor at zero or none."""

    def __init__(self, below_zero=True):
        self.account, self.below_zero = ledger.Account(), below_zero
        self.today, self.owed, self.serial, self.orders, self.ends = DAY, ledger.ZERO, 0, [], {}

    def put(self, amount, end):
        if not amount:
            return None
        self.serial += 1
        key = self.serial
        self.ends[key] = end
        self.account.credit(amount, key=key, expires_on=end)
        if now := self.owed and ledger.taken_now(self.owed, self.account.balance, below_zero=False):
            self.account.debit(now)
            self.owed -= now
        return key

    def take(self, amount, first=()):
        if not amount:
            return []
        now = ledger.taken_now(amount, self.account.balance, self.below_zero)
        self.owed += amount - now
        self.serial += 1
        return self.account.debit(now, key=self.serial, first=first) if now else []

    def buy(self, units, numbers):
        spent = min(Decimal(numbers[1]) / 100, max(self.account.balance, ledger.ZERO))
        order = {"units": units, "earned": Decimal(numbers[0]) / 100, "spent": spent, "back": 0, "lot": None}
        order |= {"drawn": self.take(spent), "released": False, "end": self.today + timedelta(units * 40)}
        self.orders.append(order)

    def release(self, order):
        if not order["released"]:
            order["released"] = True
            order["lot"] = self.put(ledger.deserved(order["earned"], order["back"], order["units"]), order["end"])

    def give_back(self, order, units):
        before, after = order["back"], min(order["back"] + units, order["units"])
        order["back"] = after

        def share(total, done):
            return ledger.part_of(total, done, order["units"])

        if order["released"]:
            self.take(share(order["earned"], after) - share(order["earned"], before), first=[order["lot"]])
        for key, amount in ledger.unwound(order["drawn"], share(order["spent"], before), share(order["spent"], after)):
            self.put(amount, self.ends.get(key))

    def play(self, name, number, other):
        if name == "buy":
            self.buy(number, other)
        elif name == "grant":
            self.put(Decimal(other) / 100, self.today + timedelta(number * 30) if number else None)
        elif name == "adjust":
            self.take(Decimal(other) / 100)
        elif name == "expire":
            self.today += timedelta(number * 5)
            self.account.expire(self.today)
        elif self.orders:
            order = self.orders[other % len(self.orders)]
            if name == "release":
                self.release(order)
            else:
                self.give_back(order, order["units"] if name == "cancel" else number)

    @property
    def state(self):
        """Balance, and hundredths by their last day."""
        by_end = {}
        for lot in self.account.lots:
            by_end[lot.expires_on] = by_end.get(lot.expires_on, 0) + int(lot.remaining * 100)
        return int(self.account.balance * 100), int(self.owed * 100), by_end


class Naive:
    """The same card told in another way: every hundredth of a point is a coin with its last day; nothing is shared."""

    NEVER = date.max

    def __init__(self, below_zero=True):
        self.coins, self.debt, self.owed, self.today, self.orders, self.below_zero = [], 0, 0, DAY, [], below_zero
        self.batch = 0

    def put(self, count, end):
        self.batch += 1
        new = [(end, self.batch)] * count
        del new[: self.debt]
        self.debt -= count - len(new)
        self.coins = sorted(self.coins + new)
        while self.owed and self.coins:
            self.coins.pop(0)
            self.owed -= 1
        return self.batch

    def take(self, count, batch=None):
        taken = []
        for _coin in range(count):
            coin = next((coin for coin in self.coins if coin[1] == batch), None) or next(iter(self.coins), None)
            if coin:
                self.coins.remove(coin)
                taken.append(coin)
            elif self.below_zero:
                self.debt += 1
                taken.append((self.NEVER, None))
            else:
                self.owed += 1
        return taken

    def share(self, cents, part, whole):
        return (2 * cents * part + whole) // (2 * whole)

    def play(self, name, number, other):
        if name == "buy":
            earns, spends = other
            coins = self.take(min(spends, len(self.coins)))
            end = self.today + timedelta(number * 40)
            self.orders.append([number, earns, coins, len(coins), 0, None, end])
        elif name == "grant":
            self.put(other, self.today + timedelta(number * 30) if number else self.NEVER)
        elif name == "adjust":
            self.take(other)
        elif name == "expire":
            self.today += timedelta(number * 5)
            self.coins = [coin for coin in self.coins if coin[0] >= self.today]
        elif self.orders:
            self.play_order(self.orders[other % len(self.orders)], name, number)

    def play_order(self, order, name, number):
        units, earns, coins, spent, back, batch, end = order
        if name == "release":
            if batch is None:
                order[5] = self.put(earns - self.share(earns, back, units), end)
            return
        now = units if name == "cancel" else min(units, back + number)
        order[4] = now
        if batch is not None:
            self.take(self.share(earns, now, units) - self.share(earns, back, units), batch)
        returned = self.share(spent, now, units) - self.share(spent, back, units)
        for end in sorted({coin[0] for coin in coins[len(coins) - returned :]}, reverse=True):
            self.put(sum(coin[0] == end for coin in coins[len(coins) - returned :]), end)
        del coins[len(coins) - returned :]

    @property
    def state(self):
        by_end = {}
        for end, _batch in self.coins:
            key = None if end == self.NEVER else end
            by_end[key] = by_end.get(key, 0) + 1
        return len(self.coins) - self.debt, self.owed, by_end


@properties
@given(lives, st.booleans())
def test_a_card_is_after_every_step_what_a_model_of_single_hundredths_says(life, below_zero):
    card, naive = Card(below_zero), Naive(below_zero)
    for step in life:
        card.play(*step)
        naive.play(*step)
        assert card.state == naive.state
        assert below_zero or card.account.balance >= 0
        assert not (card.account.lots and card.account.debts)


@properties
@given(lives, st.booleans(), st.randoms(use_true_random=False), st.booleans())
def test_who_buys_and_returns_in_any_order_never_gains_a_point(life, below_zero, shuffle, released):
    """Orders among other things, all returned in the end in any order and in parts: as if nothing had been bought."""
    card, without = Card(below_zero), Card(below_zero)
    for step in life:
        if step[0] != "expire":
            card.play(*step)
        if step[0] in ("grant", "adjust"):
            without.play(*step)
    parts = [order for order in card.orders for _unit in range(order["units"])]
    shuffle.shuffle(parts)
    for order in parts:
        if released:
            card.release(order)
        card.give_back(order, 1)
    assert card.account.balance - card.owed == without.account.balance - without.owed
    assert card.account.balance == without.account.balance
