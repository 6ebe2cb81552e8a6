"""A retailer's real orders and returns as points: on the pure ledger for all customers, through Odoo for some."""

import os
import subprocess
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest
import test_ledger
from test_replay import EXAMPLE, REAL, ROOT, command, needs_real_file

from replay import plan, retail

ledger = test_ledger.ledger
# Of the real file: a few are enough for every day.
CUSTOMERS = int(os.environ.get("AFTERSALES_REPLAY_CUSTOMERS", "4"))
files = pytest.mark.parametrize("path", [EXAMPLE, pytest.param(REAL, marks=needs_real_file)], ids=["example", "real"])

# The rules of the long life: a point and a half for each pound, free after 30 days, good for 120 days more; whoever has
# 100 points or more spends all hundreds on the next order.
RATE, WAIT, GOOD = Decimal("1.5"), timedelta(days=30), timedelta(days=120)


@pytest.fixture(scope="module")
def planned():
    """The plan of a file, read once: ``planned(path)``."""
    known = {}

    def read(path, count=None):
        if (path, count) not in known:
            known[path, count] = plan.make(retail.read(path, count).lines)
        return known[path, count]

    return read


def kept(made):
    """Pounds that customers spent on what they kept, at the prices they had paid (dict of customer to Decimal)."""
    total = defaultdict(Decimal)
    for order in made.orders:
        total[order.customer] += order.total
    for returned in made.returns:
        total[returned.customer] -= returned.paid
    return total


# --- a point for each pound ------------------------------------------------------------------------------------------


@files
def test_a_point_for_each_pound_is_in_the_end_what_was_kept(planned, path):
    made = planned(path)
    accounts, earned, back = defaultdict(ledger.Account), {}, defaultdict(int)
    for order in made.orders:
        shares = ledger.apportion(order.total, [line.price * line.units for line in order.lines])
        earned.update((line.number, share) for line, share in zip(order.lines, shares, strict=True))
        for line in order.lines:
            accounts[order.customer].credit(earned[line.number], key=line.number)
    for returned in made.returns:
        for part in returned.parts:
            sold, before = part.sold, back[part.sold.number]
            back[sold.number] += part.units
            due = [ledger.part_of(earned[sold.number], done, sold.units) for done in (before, back[sold.number])]
            accounts[returned.customer].debit(due[1] - due[0], first=[sold.number])
    expected = kept(made)
    assert [customer for customer in expected if accounts[customer].balance != expected[customer]] == []
    assert len(expected) == len(accounts)


# --- waiting, spending, expiring -------------------------------------------------------------------------------------


def timeline(made):
    """What each customer did, in order of time (dict of customer to list of Order and Return)."""
    events = defaultdict(list)
    for event in sorted([*made.orders, *made.returns], key=lambda event: event.moment):
        events[event.customer].append(event)
    return events


class Member:
    """One customer on the pure ledger."""

    def __init__(self):
        self.account, self.spent_on, self.lots, self.waiting, self.today = ledger.Account(), {}, {}, [], None

    def happen(self, event):
        self.pass_time(event.moment.date())
        if isinstance(event, plan.Order):
            self.buy(event)
        else:
            for part in event.parts:
                self.send_back(part)

    def pass_time(self, today):
        """Free what has waited long enough, then let expire what is over, day by day; once in the morning of each."""
        if today == self.today:
            return
        self.today = today
        ends = {lot.expires_on + timedelta(1) for lot in self.account.lots}
        days = {free for free, _lines in self.waiting} | {free + GOOD + timedelta(1) for free, _lines in self.waiting}
        for day in sorted(day for day in days | ends if day <= today):
            for item in [item for item in self.waiting if item[0] <= day]:
                self.waiting.remove(item)
                for line in item[1]:
                    self.release(line, item[0] + GOOD)
            self.account.expire(day)

    def release(self, line, end):
        line["end"] = end
        if left := ledger.deserved(line["earned"], line["back"], line["units"]):
            self.put(left, end, line["number"])

    def put(self, points, end, key=None):
        key = (len(self.lots), key)
        self.lots[key] = end
        self.account.credit(points, key=key, expires_on=end)

    def buy(self, order):
        worth = [line.price * line.units for line in order.lines]
        shares = ledger.apportion(order.total * RATE, worth)
        spent = self.account.balance // 100 * 100 if self.account.balance >= 100 else ledger.ZERO
        drawn = self.account.debit(spent) if spent else []
        reward = {"drawn": drawn, "spent": spent, "back": Decimal(), "whole": order.total}
        lines = []
        for line, share in zip(order.lines, shares, strict=True):
            entry = {"number": line.number, "earned": share, "units": line.units, "back": 0, "end": None}
            lines.append(entry)
            self.spent_on[line.number] = entry, reward
        self.waiting.append((order.moment.date() + WAIT, lines))

    def send_back(self, part):
        line, reward = self.spent_on[part.sold.number]
        before, line["back"] = line["back"], line["back"] + part.units
        if line["end"]:
            due = [ledger.part_of(line["earned"], done, line["units"]) for done in (before, line["back"])]
            if due[1] > due[0]:
                own = [lot.key for lot in self.account.lots if lot.key[1] == line["number"]]
                self.account.debit(due[1] - due[0], first=own)
        done, reward["back"] = reward["back"], reward["back"] + part.units * part.sold.price
        given = [ledger.part_of(reward["spent"], worth, reward["whole"]) for worth in (done, reward["back"])]
        for key, points in ledger.unwound(reward["drawn"], *given):
            self.put(points, self.lots[key])

    @property
    def state(self):
        """Balance, and hundredths by their last day."""
        by_end = defaultdict(int)
        for lot in self.account.lots:
            by_end[lot.expires_on] += int(lot.remaining * 100)
        return int(self.account.balance * 100), by_end


class Purse:
    """The same customer in another way: whole hundredths in heaps by last day, and a heap below zero."""

    def __init__(self):
        self.heaps, self.below, self.orders, self.sold = {}, 0, [], {}

    def fill(self, cents, end, number):
        paid = min(self.below, cents)
        self.below -= paid
        if cents > paid:
            heap = (end, len(self.heaps) and max(key[1] for key in self.heaps) + 1, number)
            self.heaps[heap] = cents - paid

    def draw(self, cents, number=None):
        """Take hundredths out; gives what was taken by last day, in the order in which it was taken."""
        taken = []
        own = sorted(heap for heap in self.heaps if number is not None and heap[2] == number)
        for heap in [*own, *sorted(heap for heap in self.heaps if heap not in own)]:
            part = min(cents, self.heaps[heap])
            if part:
                taken.append([heap[0], part])
            cents -= part
            self.heaps[heap] -= part
            if not self.heaps[heap]:
                del self.heaps[heap]
        self.below += cents
        return taken

    def live(self, events, until):
        """Go through every day on which something may happen, to a last one."""
        days = {event.moment.date() for event in events}
        frees = {event.moment.date() + WAIT for event in events}
        by_day = defaultdict(list)
        for event in events:
            by_day[event.moment.date()].append(event)
        mornings = days | frees | {free + GOOD + timedelta(1) for free in frees} | {until}
        for day in sorted(day for day in mornings if day <= until):
            self.morning(day)
            for event in by_day[day]:
                self.buy(event, day) if isinstance(event, plan.Order) else [self.back(part) for part in event.parts]

    def morning(self, day):
        for order in self.orders:
            if order["free"] <= day and not order["is_free"]:
                order["is_free"] = True
                for line in order["lines"]:
                    self.fill(
                        line["cents"] - share(line["cents"], line["gone"], line["units"]), order["end"], line["number"]
                    )
        for heap in [heap for heap in self.heaps if heap[0] < day]:
            del self.heaps[heap]

    def buy(self, order, day):
        total = sum(self.heaps.values()) - self.below
        spent = max(total // 10_000 * 10_000, 0)
        pence = [int(line.price * 100) * line.units for line in order.lines]
        record = {"free": day + WAIT, "end": day + WAIT + GOOD, "is_free": False, "spent": spent, "pence": sum(pence)}
        record |= {"taken": self.draw(spent), "gone": 0, "lines": []}
        cents = half_up(sum(pence) * 3, 2)
        exact = [divmod(cents * one, sum(pence)) for one in pence]
        extra = sorted(range(len(pence)), key=lambda index: -exact[index][1])[
            : cents - sum(whole for whole, _ in exact)
        ]
        for index, line in enumerate(order.lines):
            mine = {"number": line.number, "cents": exact[index][0] + (index in extra), "units": line.units, "gone": 0}
            record["lines"].append(mine)
            self.sold[line.number] = mine, record
        self.orders.append(record)

    def back(self, part):
        line, order = self.sold[part.sold.number]
        before = share(line["cents"], line["gone"], line["units"])
        line["gone"] += part.units
        if order["is_free"]:
            self.draw(share(line["cents"], line["gone"], line["units"]) - before, line["number"])
        before = share(order["spent"], order["gone"], order["pence"])
        order["gone"] += part.units * int(part.sold.price * 100)
        left = share(order["spent"], order["gone"], order["pence"]) - before
        while left:
            end, there = order["taken"][-1]
            given = min(left, there)
            self.fill(given, end, None)
            left -= given
            order["taken"][-1][1] -= given
            if not order["taken"][-1][1]:
                order["taken"].pop()

    @property
    def state(self):
        by_end = defaultdict(int)
        for heap, cents in self.heaps.items():
            by_end[heap[0]] += cents
        return sum(self.heaps.values()) - self.below, by_end


def half_up(number, divisor):
    return (2 * number + divisor) // (2 * divisor)


def share(cents, part, whole):
    return half_up(cents * part, whole)


@files
def test_points_that_wait_are_spent_and_expire_are_what_another_calculation_says(planned, path):
    differing, with_points = [], 0
    for customer, events in timeline(planned(path)).items():
        member, purse = Member(), Purse()
        last = events[-1].moment.date() + WAIT  # so that what was bought last has come in
        for event in events:
            member.happen(event)
        member.pass_time(last)
        purse.live(events, last)
        if member.state != purse.state:
            differing.append(customer)
        with_points += bool(member.account.lots)
    assert differing == []
    assert with_points > len(timeline(planned(path))) / 2


# --- through Odoo ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def club(rpc):
    """A program that keeps a ledger and gives a point for each unit of money (id); switched off afterwards."""
    program = rpc.env["loyalty.program"].create(
        {
            "name": "Replay Club",
            "program_type": "loyalty",
            "applies_on": "both",
            "trigger": "auto",
            "rule_ids": [(0, 0, {"reward_point_amount": 1, "reward_point_mode": "money"})],
            "communication_plan_ids": [(5,)],
            "aftersales_ledger": True,
        }
    )
    yield program
    rpc.env["loyalty.program"].write([program], {"active": False})


@needs_real_file
def test_customers_of_the_real_file_have_through_odoo_the_points_of_what_they_kept(
    club, planned, server, rpc, tmp_path
):
    options = ("--customers", CUSTOMERS, "--namespace", "points", "--refused", tmp_path / "refused.csv")
    done = subprocess.run(command(server, REAL, *options), cwd=ROOT / "setup", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    domain = [("module", "=", "replay_points"), ("model", "=", "res.partner")]
    names = rpc.env["ir.model.data"].search_read(domain, ["name", "res_id"])
    customers = {row["res_id"]: row["name"].removeprefix("customer_") for row in names}
    cards = rpc.env["loyalty.card"].search_read([("program_id", "=", club)], ["partner_id", "points"], load=None)
    found = {customers[card["partner_id"]]: hundredths(card["points"]) for card in cards}
    made = planned(REAL, CUSTOMERS)
    cut = cut_by_odoo(rpc, club, {order.invoice: order.total for order in made.orders})
    expected = kept(made)
    for order in made.orders:
        expected[order.customer] -= cut[order.invoice]
    assert found == {customer: expected[customer] for customer in customers.values()}
    assert balances_by_entries(rpc, club, customers) == found


def cut_by_odoo(rpc, club, totals):
    """By how much Odoo counts less than the price of an order (dict of invoice to Decimal).

    It rounds a sum of floats down, and so loses a hundredth now and then.
    """
    cards = rpc.env["loyalty.card"].search([("program_id", "=", club)])
    points = rpc.env["sale.order.coupon.points"].search_read(
        [("coupon_id", "in", cards)], ["order_id", "points"], load=None
    )
    orders = rpc.env["sale.order"].read([row["order_id"] for row in points], ["client_order_ref"])
    invoices = {order["id"]: order["client_order_ref"] for order in orders}
    cut = {(ref := invoices[row["order_id"]]): totals[ref] - hundredths(row["points"]) for row in points}
    assert set(cut.values()) <= {Decimal(0), Decimal("0.01")}
    return cut


def hundredths(number):
    return Decimal(str(number)).quantize(Decimal("0.01"))


def balances_by_entries(rpc, club, customers):
    """What the ledger says, added up here (dict of customer to Decimal)."""
    total = defaultdict(Decimal)
    domain = [("program_id", "=", club), ("state", "=", "posted")]
    for entry in rpc.env["aftersales.loyalty.entry"].search_read(domain, ["partner_id", "points"], load=None):
        total[customers[entry["partner_id"]]] += hundredths(entry["points"])
    return total
