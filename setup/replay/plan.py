"""What is to happen in the shop: orders, and returns matched to what the customer bought before.

The plan depends on the file alone, never on the database, so that a run that was interrupted makes the same plan again.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from .retail import Line, Refusal

NEVER_BOUGHT = "never bought before"
MORE_THAN_BOUGHT = "more than bought"


@dataclass
class Order:
    """Goods sold on one invoice number."""

    key: str
    customer: str
    invoice: str
    moment: datetime
    lines: list = field(default_factory=list)

    @property
    def named_lines(self):
        """Lines by a name that stays theirs (dict of str to Line)."""
        return {f"line_{self.key}_{index}": line for index, line in enumerate(self.lines)}

    @property
    def total(self):
        return sum((line.price * line.units for line in self.lines), Decimal())


@dataclass(frozen=True)
class Part:
    """Units of a returned line that come out of one line sold."""

    line: Line
    sold: Line
    units: int


@dataclass
class Return:
    """Goods returned on one ``C`` number, as far as they were bought before."""

    key: str
    customer: str
    invoice: str
    moment: datetime
    parts: list = field(default_factory=list)

    @property
    def total(self):
        """What the file says was given back (Decimal)."""
        return sum((part.line.price * part.units for part in self.parts), Decimal())

    @property
    def paid(self):
        """What the customer had paid for these units, which is what a refund gives back (Decimal)."""
        return sum((part.sold.price * part.units for part in self.parts), Decimal())

    @property
    def numbers(self):
        """Lines of the file (set of int)."""
        return {part.line.number for part in self.parts}


@dataclass
class Plan:
    """Everything to do, in order of time, and what cannot be done."""

    countries: dict
    """customer to the country's name"""
    products: dict
    """stock code to (name, price)"""
    orders: list
    returns: list
    refused: list


def make(lines):
    """Plan what lines about goods ask for.

    :param list lines: Line in order of time
    :return: Plan
    """
    plan = Plan({}, {}, [], [], [])
    orders, returns, bought = {}, {}, defaultdict(list)
    for line in lines:
        if line.is_return:
            parts = match(line, bought[line.customer, line.code])
            plan.refused += _left_over(line, parts, bought[line.customer, line.code])
            if parts:
                _document(returns, Return, line).parts.extend(parts)
        else:
            bought[line.customer, line.code].append([line, line.units])
            _document(orders, Order, line).lines.append(line)
            _know_product(plan.products, line)
        if line.customer not in plan.countries:
            plan.countries[line.customer] = line.country
    plan.orders, plan.returns = list(orders.values()), list(returns.values())
    return plan


def match(line, bought):
    """Find the purchases that a returned line undoes: bought at the same price first, then the most recent ones.

    :param Line line: goods returned
    :param list bought: [Line sold, units not yet returned] of this customer and code, oldest first; units are taken
    :return: list of Part, together at most the units of the line
    """
    parts, wanted = [], line.units
    newest_first = sorted(reversed(bought), key=lambda entry: entry[0].price != line.price)
    for entry in newest_first:
        units = min(entry[1], wanted)
        if units:
            parts.append(Part(line, entry[0], units))
            entry[1] -= units
            wanted -= units
    return parts


def _left_over(line, parts, bought):
    """Refusals for the units of a returned line that no purchase explains (list)."""
    missing = line.units - sum(part.units for part in parts)
    if not missing:
        return []
    return [Refusal(line.number, MORE_THAN_BOUGHT if bought else NEVER_BOUGHT, missing)]


def _document(documents, kind, line):
    """The order or return of a line, made when it is the first one; lines come in order of time."""
    if line.document not in documents:
        documents[line.document] = kind(line.document, line.customer, line.invoice, line.moment)
    return documents[line.document]


def _know_product(products, line):
    name, price = products.get(line.code, ("", line.price))
    products[line.code] = name or line.description, price
