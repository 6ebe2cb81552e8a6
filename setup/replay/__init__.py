"""``replay``: a retailer's real orders and returns, driven through a running shop from outside.

Reads a CSV of orders and returns, picks customers, and writes their complete histories into an Odoo server by RPC:
orders with Odoo's own methods, returns with ``aftersales.api``. Whatever the run leaves is found again by external
names, so that it can be interrupted anywhere and started again.
"""

import argparse
import os
import re
from pathlib import Path

import runtime
import server
from console import Failure, say, step

from . import master, plan, report, retail


def main(argv, _stack=None):
    """Run the command.

    :param list argv: its arguments
    :return: exit status (int): 0 when every line and every penny is accounted for
    :raise Failure: the file, the server or the login is not as it should be
    """
    chosen = _arguments(argv)
    if chosen.customers is not None and chosen.customers < 1:
        raise Failure("--customers wants a number above zero")
    path = Path(chosen.file)
    namespace = re.sub(r"\W+", "_", chosen.namespace or path.name.partition(".")[0].lower())
    connection = _connect(chosen, f"replay_{namespace}")
    with step(f"reading {path.name}"):
        history = retail.read(path, chosen.customers)
        planned = plan.make(history.lines)
    result = replay(connection, history, planned)
    refused = Path(chosen.refused or runtime.RUNTIME / "replay" / f"{namespace}-refused.csv")
    report.write_refused(result, refused)
    say(f"\n{report.table(result)}\nrefused lines: {refused}")
    say("every line and every penny is accounted for" if result.complete else "NOT everything is accounted for")
    return 0 if result.complete else 1


def replay(connection, history, planned):
    """Carry out a plan in a running shop and account for it.

    :param Connection connection: to the server
    :param Retail history: what was read
    :param Plan planned: what is to happen
    :return: Account
    """
    from .orders import Orders
    from .returns import Returns

    currency = master.prepare(connection)
    partners = master.create_partners(connection, planned.countries)
    products = master.create_products(connection, planned.products)
    orders = Orders(connection, planned.orders)
    orders.create(partners, products)
    orders.confirm()
    orders.deliver()
    orders.invoice()
    returns = Returns(connection, planned.returns)
    returns.carry_out(orders.sale_lines(), orders.refused)
    notes = returns.book_differences(partners, currency)
    result = report.account(history, planned, orders, returns)
    result.odoo = report.read_money(connection, partners, currency, returns.differences)
    result.notes = [*notes, *master.country_notes(connection, planned.countries)]
    return result


def _connect(chosen, module):
    # Only here: reading and planning need nothing but Python itself.
    from .connection import Connection

    url, database = _server(chosen)
    password = chosen.password or os.environ.get("AFTERSALES_PASSWORD") or "admin"
    say(f"{chosen.login} on {url}, database {database}")
    return Connection(url, database, chosen.login, password, module)


def _server(chosen):
    """Address and database: as named, or those of the server that ``serve`` runs (two str)."""
    if chosen.url and chosen.database:
        return chosen.url.rstrip("/"), chosen.database
    for known in server.served():
        url = f"http://{server.HOST}:{known['port']}"
        is_meant = chosen.url in (None, url, url.replace(server.HOST, "localhost"))
        if is_meant and chosen.database in (None, known["database"]):
            return url, known["database"]
    if chosen.url:
        raise Failure(f"say which database of {chosen.url} is meant, by --database")
    which = f" with the database {chosen.database}" if chosen.database else ""
    raise Failure(f"no server is running{which}: start one by `python3 setup serve`, or name --url and --database")


def _arguments(argv):
    parser = argparse.ArgumentParser(prog="python3 setup replay", description=__doc__.partition("\n")[0])
    parser.add_argument("file", help="CSV of orders and returns, plain or .gz, as examples/orders.csv")
    parser.add_argument("--customers", type=int, metavar="N", help="only N customers, always the same ones (all)")
    parser.add_argument("--url", help="of the server (the one that serve runs)")
    parser.add_argument("--database", help="which one (that of the running server)")
    parser.add_argument("--login", default="admin", help="who may sell, deliver, invoice and decide returns (admin)")
    parser.add_argument("--password", help="or an API key; AFTERSALES_PASSWORD in the environment (admin)")
    parser.add_argument("--namespace", help="keeps the records of two files apart (the file's name)")
    parser.add_argument("--refused", metavar="PATH", help="CSV for the refused lines (.runtime/replay/)")
    return parser.parse_args(argv)
