"""Reading a retailer's file: every line becomes goods sold, goods returned, or is refused with the reason."""

import csv
import gzip
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from console import Failure

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")

BROKEN = "wrong number of cells"
NO_CUSTOMER = "no customer"
NOT_A_NUMBER = "not a number"
NOT_A_DATE = "not a date"
ADJUSTMENT = "bad-debt adjustment"
NOT_GOODS = "not goods"
ZERO_PRICE = "zero price"
NEGATIVE_PRICE = "negative price"
BELOW_A_PENNY = "price finer than a penny"
STOCK_CORRECTION = "stock correction"
NOTHING_RETURNED = "return without units"

_GOODS = re.compile(r"\d{5}[A-Za-z]*")
_PENNY = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """A line about goods: sold, or returned when the invoice begins with C. Units are positive either way."""

    number: int
    invoice: str
    code: str
    description: str
    units: int
    moment: datetime
    price: Decimal
    customer: str
    country: str

    @property
    def is_return(self):
        return self.invoice.startswith("C")

    @property
    def document(self):
        """Names its order or return (str)."""
        return f"{self.customer}_{self.invoice}"


@dataclass(frozen=True)
class Refusal:
    """Units of a line that are not processed, and why; ``units`` is empty when the whole line is meant."""

    number: int
    reason: str
    units: object = ""


@dataclass
class Retail:
    """What a file holds of the customers that were picked."""

    cells: dict
    """number of the line to its cells, for all lines that were read"""
    lines: list
    refused: list
    total: int
    customers: int
    picked: list

    @property
    def left_out(self):
        """Lines of the customers that were not picked (int)."""
        return self.total - len(self.cells)


def read(path, count=None):
    """Read the complete histories of some customers, in order of time.

    :param Path path: CSV, plain or gzip
    :param int count: how many customers to pick; all when empty
    :return: Retail
    :raise Failure: the file cannot be read as such a file
    """
    rows = [(number, cells, customer_of(cells)) for number, cells in _rows(path)]
    known = {customer for _number, _cells, customer in rows} - {""}
    picked = pick(known, count)
    wanted = {"", *picked}
    retail = Retail({}, [], [], len(rows), len(known), picked)
    for number, cells, customer in rows:
        if customer in wanted:
            retail.cells[number] = cells
            judged = judge(number, cells)
            (retail.refused if isinstance(judged, Refusal) else retail.lines).append(judged)
    retail.lines.sort(key=lambda line: (line.moment, line.number))
    return retail


def pick(customers, count=None):
    """Choose customers by a hash of their number: the same ones each time, and more of them include the fewer.

    :param customers: numbers as text
    :param int count: how many; all when empty
    :return: list of str
    """
    ranked = sorted(customers, key=lambda customer: hashlib.sha256(customer.encode()).hexdigest())
    return ranked if count is None else ranked[:count]


def customer_of(cells):
    """The customer of a line without the file's decimal point; empty when there is none (str)."""
    text = cells[6].strip() if len(cells) == len(COLUMNS) else ""
    return "" if text.lower() in ("nan", "null") else text.removesuffix(".0")


def judge(number, cells):
    """Decide what one line is about.

    :param int number: of the line in the file
    :param list cells: as read
    :return: Line or Refusal
    """
    if len(cells) != len(COLUMNS):
        return Refusal(number, BROKEN)
    if not customer_of(cells):
        return Refusal(number, NO_CUSTOMER)
    invoice, code, description, units, moment, price, _customer, country = (cell.strip() for cell in cells)
    try:
        units, price = int(units), Decimal(price)
    except (ValueError, InvalidOperation):
        return Refusal(number, NOT_A_NUMBER)
    try:
        moment = datetime.fromisoformat(moment)
    except ValueError:
        return Refusal(number, NOT_A_DATE)
    reason = _not_goods(invoice, code) or _price_problem(price) or _units_problem(invoice, units)
    if reason:
        return Refusal(number, reason)
    return Line(number, invoice, code, description, abs(units), moment, price, customer_of(cells), country)


def _not_goods(invoice, code):
    if invoice.startswith("A"):
        return ADJUSTMENT
    return "" if _GOODS.fullmatch(code) else NOT_GOODS


def _price_problem(price):
    if not price.is_finite():
        return NOT_A_NUMBER
    if price <= 0:
        return NEGATIVE_PRICE if price else ZERO_PRICE
    return BELOW_A_PENNY if price % _PENNY else ""


def _units_problem(invoice, units):
    if invoice.startswith("C"):
        return "" if units < 0 else NOTHING_RETURNED
    return "" if units > 0 else STOCK_CORRECTION


def _rows(path):
    """The lines of a file after its header: (number, cells)."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", errors="replace", newline="") as handle:
            reader = csv.reader(handle)
            header = tuple(next(reader, ()))
            if header != COLUMNS:
                raise Failure(f"{path} does not begin with the columns {','.join(COLUMNS)}")
            # Empty lines hold nothing to account for.
            yield from ((reader.line_num, cells) for cells in reader if cells)
    except (OSError, EOFError, csv.Error) as error:
        raise Failure(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
