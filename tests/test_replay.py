"""The replay: reading and matching by themselves, then the whole script against a running server."""

import csv
import gzip
import re
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import oracle
import pytest

from console import Failure
from replay import batches, plan, report, retail
from replay.connection import Refused
from replay.orders import utc

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "docs" / "examples" / "orders.csv"
REAL = ROOT.parent / "shared" / "data" / "online_retail.csv.gz"

needs_real_file = pytest.mark.skipif(not REAL.exists(), reason=f"{REAL} is not here")
HEADER = ",".join(retail.COLUMNS)


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1,10001,Teapot,2,2024-01-08 09:15:00,24.95,,France", retail.NO_CUSTOMER),
        ("1,10001,Teapot,2,2024-01-08 09:15:00,24.95,nan,France", retail.NO_CUSTOMER),
        ("1,POST,Postage,2,2024-01-08 09:15:00,24.95,7.0,France", retail.NOT_GOODS),
        ("1,BANK CHARGES,,2,2024-01-08 09:15:00,24.95,7.0,France", retail.NOT_GOODS),
        ("A1,10001,Teapot,2,2024-01-08 09:15:00,24.95,7.0,France", retail.ADJUSTMENT),
        ("1,10001,Teapot,2,2024-01-08 09:15:00,0.0,7.0,France", retail.ZERO_PRICE),
        ("1,10001,Teapot,2,2024-01-08 09:15:00,-1.5,7.0,France", retail.NEGATIVE_PRICE),
        ("1,10001,Teapot,2,2024-01-08 09:15:00,0.001,7.0,France", retail.BELOW_A_PENNY),
        ("1,10001,Teapot,2,2024-01-08 09:15:00,NaN,7.0,France", retail.NOT_A_NUMBER),
        ("1,10001,Teapot,2,2024-01-08 09:15:00,Infinity,7.0,France", retail.NOT_A_NUMBER),
        ("1,10001,Teapot,2.5,2024-01-08 09:15:00,2.0,7.0,France", retail.NOT_A_NUMBER),
        ("1,10001,Teapot,,2024-01-08 09:15:00,2.0,7.0,France", retail.NOT_A_NUMBER),
        ("1,10001,Teapot,2,8/1/2024,2.0,7.0,France", retail.NOT_A_DATE),
        ("1,10001,Teapot,0,2024-01-08 09:15:00,2.0,7.0,France", retail.STOCK_CORRECTION),
        ("1,10001,Teapot,-2,2024-01-08 09:15:00,2.0,7.0,France", retail.STOCK_CORRECTION),
        ("C1,10001,Teapot,2,2024-01-08 09:15:00,2.0,7.0,France", retail.NOTHING_RETURNED),
        ("1,10001,Teapot", retail.BROKEN),
        ("1,10001,Teapot,2,2024-01-08 09:15:00,2.0,7.0,France,more", retail.BROKEN),
    ],
)
def test_a_line_that_is_no_trade_in_goods_is_refused_with_its_reason(line, reason):
    assert retail.judge(5, next(csv.reader([line]))) == retail.Refusal(5, reason)


def test_a_line_about_goods_is_read_with_positive_units():
    cells = next(csv.reader(['C1,85123A,"JAR, LARGE",-74215,2024-01-08 09:15:00,1.04,17850.0,EIRE']))
    line = retail.judge(5, cells)
    assert (line.units, line.price, line.customer, line.is_return) == (74215, Decimal("1.04"), "17850", True)


def test_more_customers_include_the_fewer_and_do_not_depend_on_their_order():
    numbers = [str(number) for number in range(100)]
    assert retail.pick(numbers, 10) == retail.pick(reversed(numbers), 30)[:10]


def test_a_packed_file_reads_like_a_plain_one(tmp_path):
    packed = tmp_path / "orders.csv.gz"
    packed.write_bytes(gzip.compress(EXAMPLE.read_bytes()))
    assert retail.read(packed).lines == retail.read(EXAMPLE).lines


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"InvoiceNo;StockCode\n"])
def test_another_kind_of_file_is_refused_in_one_sentence(tmp_path, content):
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    with pytest.raises(Failure, match="does not begin with the columns"):
        retail.read(path)


@pytest.mark.parametrize("name", ["absent.csv", "torn.csv.gz"])
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(tmp_path, name):
    (tmp_path / "torn.csv.gz").write_bytes(gzip.compress(EXAMPLE.read_bytes())[:200])
    with pytest.raises(Failure, match="cannot be read"):
        retail.read(tmp_path / name)


def test_a_british_summer_time_becomes_utc():
    line = retail.judge(1, ["1", "10001", "", "1", "2024-07-05 18:05:00", "1.0", "7", ""])
    assert utc(line.moment) == "2024-07-05 17:05:00"


# --- matching --------------------------------------------------------------------------------------------------------


def planned(tmp_path, *rows):
    """The plan of a few lines: code, units, day, price, of one customer; negative units are returns."""
    path = tmp_path / "few.csv"
    invoices = [f"{'C' if row[1] < 0 else ''}{number}" for number, row in enumerate(rows, start=100)]
    texts = [
        f"{invoice},{code},Thing,{units},2024-01-{day:02} 10:00:00,{price},7.0,France"
        for invoice, (code, units, day, price) in zip(invoices, rows, strict=True)
    ]
    path.write_text("\n".join([HEADER, *texts]) + "\n")
    return plan.make(retail.read(path).lines)


def parts(made):
    return [(part.line.number, part.sold.number, part.units) for one in made.returns for part in one.parts]


def test_a_return_takes_the_most_recent_purchase_first(tmp_path):
    made = planned(tmp_path, ("10001", 2, 1, 5), ("10001", 2, 2, 5), ("10001", -3, 3, 5))
    assert parts(made) == [(4, 3, 2), (4, 2, 1)]


def test_a_return_prefers_the_purchase_at_its_own_price(tmp_path):
    made = planned(tmp_path, ("10001", 2, 1, 5), ("10001", 2, 2, 4), ("10001", -3, 3, 5))
    assert parts(made) == [(4, 2, 2), (4, 3, 1)]


def test_what_was_returned_once_is_not_returned_again(tmp_path):
    made = planned(tmp_path, ("10001", 2, 1, 5), ("10001", -2, 2, 5), ("10001", -1, 3, 5))
    assert parts(made) == [(3, 2, 2)]
    assert made.refused == [retail.Refusal(4, plan.MORE_THAN_BOUGHT, 1)]


def test_only_the_units_beyond_those_bought_are_refused(tmp_path):
    made = planned(tmp_path, ("10001", 2, 1, 5), ("10001", -5, 2, 5))
    assert parts(made) == [(3, 2, 2)]
    assert made.refused == [retail.Refusal(3, plan.MORE_THAN_BOUGHT, 3)]


def test_what_was_bought_later_or_never_cannot_come_back(tmp_path):
    made = planned(tmp_path, ("10001", 2, 5, 5), ("10001", -1, 4, 5), ("10002", -1, 6, 5))
    assert not made.returns
    assert {refusal.reason for refusal in made.refused} == {plan.NEVER_BOUGHT}


def test_one_refused_record_does_not_stop_the_others():
    reached = []

    def call(batch):
        if 7 in batch:
            raise Refused("seven is refused")
        reached.extend(batch)

    assert batches.run("numbers", list(range(20)), call, limit=8) == {7: "seven is refused"}
    assert sorted(reached) == [number for number in range(20) if number != 7]


class Nothing:
    """Orders or returns against which the server said nothing."""

    refused = {}


@pytest.fixture(
    scope="module", params=[EXAMPLE, pytest.param(REAL, marks=needs_real_file)], ids=["example", "real file"]
)
def whole(request):
    """The account of a whole file as if the server did everything that was planned."""
    history = retail.read(request.param)
    account = report.account(history, plan.make(history.lines), Nothing, Nothing)
    account.path = request.param
    return account


# Differences are counted and not compared as wholes: pytest would spend minutes explaining 300,000 lines.


def test_every_line_of_a_file_has_one_outcome(whole):
    lines = dict(oracle.lines(whole.path))
    assert whole.retail.total == len(lines)
    assert len(whole.processed) + len(whole.refused) == len(lines)
    assert len((whole.processed | whole.refused) ^ set(lines)) == 0


def test_every_return_that_the_oracle_calls_matchable_is_planned_in_full(whole):
    missed = oracle.matchable(whole.path) - (whole.processed - whole.in_part)
    assert sorted(missed)[:10] == []


def test_what_is_planned_is_what_the_file_says_to_the_penny(whole):
    refused = {number: None if number in whole.refused else one[0].units for number, one in whole.refusals.items()}
    expected = oracle.net(whole.path, refused, set(map(int, whole.file)))
    differing = [customer for customer, money in whole.file.items() if money.net != expected[int(customer)]]
    assert differing[:10] == []


# --- the whole script ------------------------------------------------------------------------------------------------


def command(server, path, *options):
    named = ["--url", server.url, "--database", server.database, "--password", server.password]
    return [sys.executable, "-m", "replay", str(path), *named, *map(str, options)]


def start(server, path, *options):
    where = {"cwd": ROOT / "setup", "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command(server, path, *options), **where)


def run(server, path, *options):
    """Run the script to its end: (exit status, what it printed)."""
    with start(server, path, *options) as running:
        out, _nothing = running.communicate(timeout=900)
    return running.returncode, out


class Replayed:
    """A finished run and what it left in Odoo.

    :param rpc: odoorpc connection
    :param Path path: the file
    :param str out: what the run printed
    :param Path refused: the CSV it wrote
    :param str namespace: of the run
    """

    def __init__(self, rpc, path, out, refused, namespace):
        self.rpc, self.path, self.out, self.module = rpc, path, out, f"replay_{namespace}"
        with refused.open(newline="") as handle:
            self.rows = list(csv.DictReader(handle))

    def count(self, title):
        """A number of the printed table (int)."""
        found = re.search(rf"^ *{re.escape(title)}(?: \(.*\))? +([\d,]+)$", self.out, re.MULTILINE)
        return int(found[1].replace(",", ""))

    def ids(self, model):
        """External name to id of what the run made (dict)."""
        domain = [("module", "=", self.module), ("model", "=", model)]
        rows = self.rpc.env["ir.model.data"].search_read(domain, ["name", "res_id"])
        return {row["name"]: row["res_id"] for row in rows}

    @property
    def customers(self):
        """Number of a customer to the partner's id (dict of int to int)."""
        return {int(name.removeprefix("customer_")): number for name, number in self.ids("res.partner").items()}

    def returns(self):
        """Invoice number to the return's row (dict)."""
        domain = [("external_ref", "=like", f"{self.module}.%")]
        rows = self.rpc.env["aftersales.rma"].search_read(
            domain, ["external_ref", "state", "requested_on", "refund_ids"]
        )
        return {row["external_ref"].rpartition("_")[2]: row for row in rows}

    def net(self):
        """Posted invoices minus posted credit notes by customer (dict of int to Decimal)."""
        total = dict.fromkeys(self.customers, Decimal())
        for customer, partner in self.customers.items():
            domain = [("partner_id", "=", partner), ("state", "=", "posted"), ("currency_id.name", "=", "GBP")]
            for move in self.rpc.env["account.move"].search_read(domain, ["move_type", "amount_total"]):
                sign = {"out_invoice": 1, "out_refund": -1}[move["move_type"]]
                total[customer] += sign * Decimal(str(move["amount_total"])).quantize(Decimal("0.01"))
        return total

    def check_lines(self):
        """Lines read are processed or refused, and the refused ones are in the CSV with a reason."""
        assert self.count("read") == self.count("processed") + self.count("refused")
        assert self.count("in the file") == self.count("of customers that were not picked") + self.count("read")
        assert all(row["Reason"] for row in self.rows)
        whole = {row["Line"] for row in self.rows} - self.in_part()
        assert len(whole) == self.count("refused")

    def in_part(self):
        """Numbers of the lines of which only some units were refused (set of str)."""
        return {
            row["Line"]
            for row in self.rows
            if row["UnitsRefused"] and int(row["UnitsRefused"]) < abs(int(row["Quantity"]))
        }

    def check_money(self):
        """The net of each customer is that of the file without what was refused."""
        partly = self.in_part()
        refused = {int(row["Line"]): int(row["UnitsRefused"]) if row["Line"] in partly else None for row in self.rows}
        expected = oracle.net(self.path, refused, self.customers)
        assert self.net() == {customer: expected[customer] for customer in self.customers}

    def share_refunded(self):
        """Of the returned lines that are matchable, the share that ended in a posted refund (float)."""
        wanted = oracle.matchable(self.path, set(self.customers))
        refused, done = {int(row["Line"]) for row in self.rows}, self.returns()
        posted = self.rpc.env["account.move"].search(
            [("aftersales_rma_id.external_ref", "=like", f"{self.module}.%"), ("state", "=", "posted")]
        )
        good = {
            number
            for number, row in oracle.lines(self.path)
            if number in wanted - refused
            and done[row["InvoiceNo"]]["state"] == "done"
            and set(done[row["InvoiceNo"]]["refund_ids"]) & set(posted)
        }
        return len(good) / len(wanted)


def replayed(server, rpc, folder, path, *options, namespace):
    refused = folder / f"{namespace}.csv"
    status, out = run(server, path, "--refused", refused, "--namespace", namespace, *options)
    assert status == 0, out
    return Replayed(rpc, path, out, refused, namespace)


@pytest.fixture(scope="module")
def example(server, rpc, tmp_path_factory):
    """The shipped example, replayed once."""
    return replayed(server, rpc, tmp_path_factory.mktemp("example"), EXAMPLE, namespace="example")


def test_the_example_accounts_for_every_line(example):
    example.check_lines()


def test_the_example_agrees_to_the_penny_for_every_customer(example):
    example.check_money()


def test_every_matchable_return_of_the_example_ends_in_a_posted_refund(example):
    assert example.share_refunded() == 1


def test_returns_bear_the_date_of_the_file(example):
    assert example.returns()["C700017"]["requested_on"] == "2024-05-30"


def test_orders_deliveries_and_invoices_bear_their_dates(example, rpc):
    fields = ["client_order_ref", "date_order", "picking_ids", "invoice_ids"]
    row = rpc.env["sale.order"].read(example.ids("sale.order")["order_20007_700034"], fields)[0]
    assert (row["client_order_ref"], row["date_order"]) == ("700034", "2024-07-05 17:05:00")
    [picking] = rpc.env["stock.picking"].read(row["picking_ids"], ["date_done"])
    assert picking["date_done"] == "2024-07-05 17:05:00"
    [invoice] = rpc.env["account.move"].read(row["invoice_ids"], ["invoice_date", "state"])
    assert (invoice["invoice_date"], invoice["state"]) == ("2024-07-05", "posted")


def test_74215_units_come_back_the_same_morning(example, rpc):
    [line] = order_lines(rpc, example, "order_20003_700003")
    assert (line["product_uom_qty"], line["qty_delivered"]) == (74215, 0)
    assert example.net()[20003] == 0


def test_the_same_product_twice_in_an_order_makes_two_lines(example, rpc):
    assert [line["product_uom_qty"] for line in order_lines(rpc, example, "order_20004_700007")] == [2, 3, 1]


def order_lines(rpc, run, name):
    """Lines of an order by its external name (list of dict)."""
    domain = [("order_id", "=", run.ids("sale.order")[name])]
    return rpc.env["sale.order.line"].search_read(domain, ["product_uom_qty", "qty_delivered"])


def test_a_second_run_changes_nothing(example, server, rpc, tmp_path):
    before = inventory(rpc, example)
    again = replayed(server, rpc, tmp_path, EXAMPLE, namespace="example")
    assert inventory(rpc, again) == before
    assert again.rows == example.rows


def inventory(rpc, run, customers=None):
    """How many documents the customers of a run have, or only some of them (dict of str to int)."""
    partners = [partner for customer, partner in run.customers.items() if not customers or customer in customers]
    models = ("sale.order", "sale.order.line", "stock.picking", "account.move", "aftersales.rma", "aftersales.rma.line")
    fields = {"sale.order.line": "order_partner_id", "aftersales.rma.line": "partner_id"}
    return {model: rpc.env[model].search_count([(fields.get(model, "partner_id"), "in", partners)]) for model in models}


def interrupt(server, path, step, sign, *options):
    """Start the script and end it while a step is under way."""
    with start(server, path, *options) as running:
        for line in running.stdout:
            if line.startswith("> ") and step in line:
                time.sleep(0.4)
                break
        running.send_signal(sign)
        rest = running.stdout.read()
    return running.returncode, rest


def test_a_run_that_is_killed_again_and_again_doubles_nothing(example, server, rpc, tmp_path):
    options = ("--namespace", "killed", "--customers", 4)
    for step in ("products", "orders", "orders confirmed", "orders delivered", "orders invoiced", "invoices posted"):
        interrupt(server, EXAMPLE, step, signal.SIGKILL, *options)
    status, rest = interrupt(server, EXAMPLE, "returns refunded", signal.SIGINT, *options)
    assert status == 130
    assert "Traceback" not in rest
    killed = replayed(server, rpc, tmp_path, EXAMPLE, "--customers", 4, namespace="killed")
    assert inventory(rpc, killed) == inventory(rpc, example, set(killed.customers))
    killed.check_money()


def test_a_wrong_password_is_told_in_one_sentence(server, tmp_path):
    status, out = run(server, EXAMPLE, "--password", "wrong", "--refused", tmp_path / "refused.csv")
    assert status == 1
    assert "refuses the login admin" in out
    assert "Traceback" not in out


def test_a_server_that_is_not_there_is_told_in_one_sentence(server):
    status, out = run(server, EXAMPLE, "--url", "http://127.0.0.1:9")
    assert status == 1
    assert "no Odoo server answers" in out
    assert "Traceback" not in out


@needs_real_file
def test_four_customers_of_the_real_file_account_for_every_line_and_penny(server, rpc, tmp_path):
    real = replayed(server, rpc, tmp_path, REAL, "--customers", 4, namespace="real")
    real.check_lines()
    real.check_money()
    assert real.share_refunded() >= 0.95
