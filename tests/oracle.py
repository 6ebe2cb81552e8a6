"""What a replay must reach, worked out from the file alone; shares no code with the replay."""

import csv
import gzip
from collections import defaultdict
from decimal import Decimal


def lines(path):
    """Yield (number of the line, row) of a file with a header; plain or gzip."""
    with (gzip.open if str(path).endswith(".gz") else open)(path, "rt", encoding="utf-8", newline="") as handle:
        yield from enumerate(csv.DictReader(handle), start=2)


def matchable(path, customers=None):
    """Numbers of the returned lines whose units that customer had bought before and not yet returned (set of int)."""
    left, found = defaultdict(int), set()
    for number, row in lines(path):
        try:
            units, price, customer = int(row["Quantity"]), float(row["UnitPrice"]), float(row["CustomerID"])
        except (TypeError, ValueError):
            continue
        goods = row["StockCode"][:5].isdigit() and price >= 0.01 and (not customers or int(customer) in customers)
        if goods and row["InvoiceNo"].startswith("C") == (units < 0):
            key = customer, row["StockCode"]
            if units < 0 and left[key] + units >= 0:
                found.add(number)
            left[key] = max(0, left[key] + units)
    return found


def net(path, refused, customers):
    """Revenue minus returns per customer, without what a replay says it refused: ``{line: units, or None for all}``."""
    total = defaultdict(Decimal)
    for number, row in lines(path):
        units = refused.get(number, 0)
        if row["CustomerID"] and units is not None and (customer := int(float(row["CustomerID"]))) in customers:
            sign = -1 if row["InvoiceNo"].startswith("C") else 1
            total[customer] += Decimal(row["UnitPrice"]) * (int(row["Quantity"]) - sign * units)
    return total
