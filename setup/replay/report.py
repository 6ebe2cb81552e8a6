"""Accounting for every line and every penny."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from . import batches
from .retail import COLUMNS, Refusal

_PENNY = Decimal("0.01")


@dataclass
class Money:
    """Sold and given back, in the file or in Odoo."""

    sold: Decimal = Decimal()
    returned: Decimal = Decimal()

    @property
    def net(self):
        return self.sold - self.returned


@dataclass
class Account:
    """How a run ended."""

    retail: object
    plan: object
    refusals: dict = field(default_factory=dict)
    """number of a line to its refusals (list)"""
    processed: set = field(default_factory=set)
    """numbers of lines"""
    file: dict = field(default_factory=dict)
    """customer to Money, of the processed lines"""
    odoo: dict = field(default_factory=dict)
    """customer to Money, of all posted invoices and credit notes"""
    by_server: int = 0
    """orders and returns that the server refused"""
    notes: list = field(default_factory=list)

    @cached_property
    def refused(self):
        """Numbers of lines of which nothing was processed (set)."""
        return set(self.refusals) - self.processed

    @cached_property
    def in_part(self):
        """Numbers of lines of which some units were refused (set)."""
        return self.processed & set(self.refusals)

    @property
    def differing(self):
        """Customers whose revenue or refunds are not the same in Odoo (list)."""
        return [customer for customer in self.file if self.file[customer] != self.odoo[customer]]

    @property
    def complete(self):
        """Every line has its outcome, every penny agrees, and the server did what was planned (bool)."""
        lines = self.processed | self.refused == set(self.retail.cells)
        return lines and not self.differing and not self.by_server


def account(retail, plan, orders, returns):
    """Bring lines and outcomes together; Odoo's side of the money is added by ``read_money``.

    :param Retail retail: what was read
    :param Plan plan: what was to happen
    :param Orders orders: what happened
    :param Returns returns: what happened
    :return: Account
    """
    result = Account(retail, plan, by_server=len(orders.refused) + len(returns.refused))
    refused = [*retail.refused, *plan.refused]
    result.file = {customer: Money() for customer in plan.countries}
    for order in plan.orders:
        if order.key in orders.refused:
            refused += [Refusal(line.number, _by_server(orders.refused[order.key]), line.units) for line in order.lines]
        else:
            result.processed.update(line.number for line in order.lines)
            result.file[order.customer].sold += order.total
    for returned in plan.returns:
        if returned.key in returns.refused:
            reason = _by_server(returns.refused[returned.key])
            refused += [Refusal(part.line.number, reason, part.units) for part in returned.parts]
        else:
            result.processed.update(returned.numbers)
            result.file[returned.customer].returned += returned.total
    for refusal in refused:
        result.refusals.setdefault(refusal.number, []).append(refusal)
    return result


def _by_server(reason):
    return f"the server refused: {reason}"


def read_money(connection, partners, currency, differences):
    """What Odoo's posted invoices and credit notes of these customers say, whoever made them.

    :param dict partners: customer to id
    :param int currency: the only one that counts
    :param set differences: ids of invoices that charge back a part of a refund
    :return: dict of customer to Money
    """
    customers = {number: customer for customer, number in partners.items()}
    found = {customer: Money() for customer in partners}
    for ids in batches.split(list(customers), limit=200):
        domain = [
            ["partner_id", "in", ids],
            ["state", "=", "posted"],
            ["currency_id", "=", currency],
            ["move_type", "in", ["out_invoice", "out_refund"]],
        ]
        fields = ["partner_id", "move_type", "amount_total"]
        for row in connection.call("account.move", "search_read", domain, fields, load=None):
            money, amount = found[customers[row["partner_id"]]], Decimal(repr(row["amount_total"])).quantize(_PENNY)
            if row["move_type"] == "out_refund":
                money.returned += amount
            elif row["id"] in differences:
                money.returned -= amount
            else:
                money.sold += amount
    return found


def write_refused(account, path):
    """Write every refused line, or what is left of it, with the reason.

    :param Account account: how the run ended
    :param Path path: CSV to write
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["Line", *COLUMNS, "UnitsRefused", "Reason"])
        for number, refusals in sorted(account.refusals.items()):
            cells = (account.retail.cells[number] + [""] * len(COLUMNS))[: len(COLUMNS)]
            writer.writerows([number, *cells, refusal.units, refusal.reason] for refusal in refusals)


def table(account):
    """The accounting as text (str)."""
    return "\n".join([*_lines_part(account), "", *_money_part(account), *(f"note: {text}" for text in account.notes)])


def _lines_part(account):
    retail, plan = account.retail, account.plan
    sold = {line.number for order in plan.orders for line in order.lines} & account.processed
    back = account.processed - sold
    reasons = Counter(account.refusals[number][0].reason for number in account.refused)
    yield f"{'Lines':<52}{'':>12}"
    yield _row(f"in the file ({retail.customers:,} customers)", retail.total)
    yield _row(f"of customers that were not picked ({len(retail.picked):,} were)", retail.left_out)
    yield _row("read", len(retail.cells))
    yield _row("  processed", len(account.processed))
    yield _row(f"    sold, on {len(plan.orders):,} orders", len(sold))
    yield _row(f"    returned and refunded, on {len(plan.returns):,} returns", len(back))
    if account.in_part:
        yield _row("      of these only in part: more than bought", len(account.in_part))
    yield _row("  refused", len(account.refused))
    for reason, count in reasons.most_common():
        yield _row(f"    {reason}", count)


def _row(title, number):
    return f"{title:<52}{number:>12,}"


def _money_part(account):
    file, odoo = _total(account.file), _total(account.odoo)
    yield f"{'Money in GBP':<28}{'file':>16}{'Odoo':>16}{'difference':>14}"
    for title in ("sold", "returned", "net"):
        here, there = getattr(file, title), getattr(odoo, title)
        yield f"{title:<28}{here:>16,.2f}{there:>16,.2f}{there - here:>14,.2f}"
    agreed = len(account.file) - len(account.differing)
    yield f"customers that agree to the penny: {agreed:,} of {len(account.file):,}"
    for customer in account.differing[:10]:
        here, there = account.file[customer], account.odoo[customer]
        yield f"  customer {customer}: {here.sold:,.2f} - {here.returned:,.2f} in the file,"
        yield f"    {there.sold:,.2f} - {there.returned:,.2f} in Odoo"


def _total(money):
    return Money(sum(one.sold for one in money.values()), sum(one.returned for one in money.values()))
