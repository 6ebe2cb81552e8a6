"""``bench``: what the after-sales add-ons cost, each step against Odoo alone doing the same.

Two copies of one base database take part in the same run, one with Odoo's modules only, one with ours on top (an
installed add-on cannot be left out of a registry). Each has its own warm process; samples alternate between the two,
so that whatever else the machine does hits both. Timings inform; statement counts are pinned by the add-ons' tests.
"""

import argparse
import contextlib
import json
import subprocess
from pathlib import Path
from statistics import median, quantiles

import database
from console import Failure, say, step
from process import child
from runtime import LOGS, ROOT, RUNTIME, folder

LINES = (1, 10, 100)
SERIALS = 1000
PARTS = ("steps", "serials", "history", "warranties", "profiles", "loyalty")
AT_ONCE = 50
SINGLY = "singly"
WHOLE = "a whole return in one transaction"
RETURN_STEPS = {
    "open": "return: open and approve",
    "receive": "return: receive",
    "refund": "return: refund, posted",
}


def main(argv, stack):
    """Run the command.

    :param list argv: arguments after ``bench``
    :param Stack stack: the open environment
    """
    parser = argparse.ArgumentParser(prog="python3 setup bench")
    parser.add_argument("--rounds", type=int, default=20, help="samples of each step")
    parser.add_argument("--events", type=int, default=1_000_000, help="events in the customer history")
    parser.add_argument("--warranties", type=int, default=1_000_000, help="warranties on record")
    parser.add_argument("--customers", type=int, default=1_000_000, help="customers with a profile")
    parser.add_argument("--lots", type=int, default=1_000_000, help="lots of points that expire")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part; may be repeated")
    parser.add_argument("--json", type=Path, default=RUNTIME / "bench.json", help="where the result goes")
    chosen = parser.parse_args(argv)
    if chosen.rounds < 3 or min(chosen.events, chosen.warranties, chosen.customers, chosen.lots) < 100_000:
        raise Failure("at least 3 rounds and 100000 events, warranties, customers and lots, or the figures say nothing")
    with (
        database.temporary(stack, lambda: database.base(stack, demo=False)) as plain,
        database.temporary(stack, lambda: database.template(stack, demo=False)) as ours,
        step("two processes on two copies of one database") as current,
        Side(stack, plain, "plain") as odoo,
        Side(stack, ours, "ours") as suite,
    ):
        bench = Bench(odoo, suite, chosen.rounds, current)
        result = {"rounds": chosen.rounds}
        for part in chosen.part or PARTS:
            result[part] = getattr(bench, part)(chosen)
    folder(chosen.json.parent)
    chosen.json.write_text(json.dumps(result, indent=2) + "\n")
    report(result)
    say(f"\nresult: {chosen.json}")


class Side:
    """One of the two: a database and a warm Odoo process that measures in it."""

    def __init__(self, stack, name, title):
        self.log = folder(LOGS) / f"bench-{title}.log"
        self.command = [
            stack.python, ROOT / "setup" / "bench_worker.py", "-d", name, "--log-level=warn", f"--logfile={self.log}",
        ]  # fmt: skip
        self.options = {"env": stack.environment(), "cwd": RUNTIME, "text": True}
        self._exits = contextlib.ExitStack()

    def __enter__(self):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = self._exits.enter_context(child(self.command, **pipes, **self.options))
        return self

    def __exit__(self, *error):
        return self._exits.__exit__(*error)

    def answer(self):
        """What the process says next.

        :raise Failure: it has ended
        """
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"the measuring process ended (log: {self.log})")
        return json.loads(line)

    def call(self, method, **arguments):
        """Have a method of ``bench_worker.Worker`` run; gives its answer."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps([method, arguments]) + "\n")
            self.process.stdin.flush()
        return self.answer()


class Bench:
    """The steps, in their order."""

    def __init__(self, odoo, suite, rounds, current):
        self.odoo, self.suite, self.rounds, self.current = odoo, suite, rounds, current
        self.rows = []
        for side in (odoo, suite):
            side.answer()

    def steps(self, _chosen):
        """What a day's work costs, against Odoo alone (list of dict)."""
        for lines in LINES:
            self.deliver(lines)
        self.returns(SINGLY, self.rounds, 1)
        self.prepare("prepare_sold", name=WHOLE, count=self.rounds + 1)
        self.compare(WHOLE, ("odoo_whole", "rma_whole"), WHOLE, self.rounds, 1)
        self.returns(f"{AT_ONCE} at once", max(self.rounds // 10, 2), AT_ONCE)
        return list(self.rows)

    def history(self, chosen):
        """A customer's history among very many events (dict)."""
        self.current.progress(f"history of {chosen.events:,} events")
        self.prepare("prepare_sold", name="history", count=1)
        pages = self.suite.call("history", events=chosen.events, rounds=self.rounds)
        return {"events": chosen.events, "pages": pages}

    def serials(self, _chosen):
        """A delivery of many serials, against Odoo alone (list of dict)."""
        rounds, before = max(self.rounds // 4, 3), len(self.rows)
        self.prepare("prepare_serials", name="serials", count=rounds + 1, units=SERIALS)
        self.compare(f"confirm and deliver {SERIALS} serials", ("deliver", "deliver"), "serials", rounds, 1)
        return self.rows[before:]

    def warranties(self, chosen):
        """The back office's pages and the verdict among very many warranties (dict)."""
        self.current.progress(f"{chosen.warranties:,} warranties")
        pages = self.suite.call("warranties", warranties=chosen.warranties, rounds=self.rounds)
        return {"warranties": chosen.warranties, "pages": pages}

    def profiles(self, chosen):
        """Profiles of very many customers, made anew (dict)."""
        self.current.progress(f"profiles of {chosen.customers:,} customers")
        self.prepare("prepare_sold", name="profiles", count=1)
        return {
            "customers": chosen.customers,
            **self.suite.call("profiles", customers=chosen.customers, rounds=self.rounds),
        }

    def loyalty(self, chosen):
        """Very many points that expire in one night, against plain SQL (dict)."""
        self.current.progress(f"{chosen.lots:,} lots of points expire")
        # A round of a million takes minutes.
        rounds = max(self.rounds // 10, 1)
        self.prepare("prepare_sold", name="loyalty", count=1)
        return {"lots": chosen.lots, **self.suite.call("loyalty", lots=chosen.lots, rounds=rounds)}

    def deliver(self, lines):
        rounds = self.rounds if lines < 100 else max(self.rounds // 4, 3)
        name = f"orders of {lines}"
        self.prepare("prepare_orders", name=name, count=rounds + 1, lines=lines)
        self.compare(f"confirm and deliver {lines:>3} lines", ("deliver", "deliver"), name, rounds, 1)

    def returns(self, how, rounds, size):
        self.prepare("prepare_sold", name=how, count=(rounds + 1) * size)
        for code, title in RETURN_STEPS.items():
            self.compare(f"{title}, {how}", (f"odoo_{code}", f"rma_{code}"), how, rounds, size)

    def prepare(self, method, **arguments):
        self.current.progress(f"preparing {arguments['name']}")
        for side in (self.odoo, self.suite):
            side.call(method, **arguments)

    def compare(self, title, steps, name, rounds, size):
        """Measure both sides in turn; the first sample of each warms it up and does not count.

        :param tuple steps: what Odoo alone does, and what we do
        :param int size: how many documents one sample handles; figures are per document
        """
        samples = ([], [])
        for number in range(rounds + 1):
            self.current.progress(f"{title}: {number} of {rounds}")
            for side, code, kept in zip((self.odoo, self.suite), steps, samples, strict=True):
                found = side.call("measure", step=code, name=name, first=number * size, count=size)
                if number:
                    kept.append({key: value / size for key, value in found.items()})
        odoo, suite = (summary(kept) for kept in samples)
        self.rows.append({"step": title, "documents": size, "odoo": odoo, "ours": suite})


def summary(samples):
    """Median and 95th percentile of each figure of some samples (dict of dict)."""
    return {
        key: {
            "median": median(sample[key] for sample in samples),
            "p95": quantiles((sample[key] for sample in samples), n=20, method="inclusive")[-1],
        }
        for key in samples[0]
    }


_HEAD = "{:42} {:>20} {:>20} {:>9} {:>9} {:>8} {:>7} {:>7}"


def report(result):
    """Print the result as tables."""
    for part in PARTS:
        if part in result:
            _REPORTS[part](result[part])


def _report_rows(rows):
    say("\nper document; each sample a transaction of its own with empty record caches; median (95th percentile)")
    say(_HEAD.format("", "Odoo alone, ms", "with ours, ms", "time", "CPU", "SQL", "ours", "more"))
    for row in rows:
        say(_line(row["step"], row["odoo"], row["ours"]))


def _report_steps(rows):
    _report_rows(rows)
    single = [row for row in rows if row["step"].endswith(SINGLY)]
    odoo, ours = (sum(row[side]["sql"]["median"] for row in single) for side in ("odoo", "ours"))
    say(f"{'a whole return in three steps':42} {'':61} {odoo:8.1f} {ours:7.1f} {ours - odoo:+7.1f}")


def _report_history(history):
    say(f"\nfirst page of a customer's history among {history['events']:,} events")
    for page in history["pages"]:
        say(
            f"  {page['events']:>6,} events of the customer: the page's query {page['explain_ms']:.1f} ms;"
            f" the whole call {median(page['ms']):.1f} ms, of it {median(page['sql_ms']):.1f} ms in"
            f" {median(page['sql']):.0f} statements; the web client's page {median(page['timeline_ms']):.1f} ms"
        )


def _report_warranties(found):
    say(f"\namong {found['warranties']:,} warranties")
    for page in found["pages"]:
        query = f" its query {page['explain_ms']:.1f} ms by EXPLAIN;" if page["explain_ms"] else ""
        calls = f" the whole call {median(page['ms']):.1f} ms in {median(page['sql']):.0f} statements"
        say(f"  {page['title']:24}:{query}{calls}")


def _report_profiles(found):
    say(f"\nprofiles of {found['customers']:,} customers, seconds for all of them; first, and with nothing to change")
    for figure, seconds in found["first"].items():
        say(f"  {figure:24} {seconds:8.1f} {found['again'][figure]:8.1f}")
    say(f"  {'together':24} {sum(found['first'].values()):8.1f} {sum(found['again'].values()):8.1f}")
    say(f"  one customer on demand: {median(found['one_ms']):.1f} ms")


def _report_loyalty(found):
    plain, ours, history = (median(found[name]) for name in ("plain_s", "ours_s", "history_s"))
    say(
        f"\n{found['lots']:,} lots of points expire: plain SQL {plain:.1f} s; the job {ours:.1f} s,"
        f" {ours / plain:.2f} times as long; then the customers' history {history:.1f} s"
    )


def _line(title, odoo, ours):
    spent = [f"{side['ms']['median']:.1f} ({side['ms']['p95']:.1f})" for side in (odoo, ours)]
    more = [100 * (ours[key]["median"] / odoo[key]["median"] - 1) for key in ("ms", "cpu_ms")]
    sql = [side["sql"]["median"] for side in (odoo, ours)]
    return (
        f"{title:42} {spent[0]:>20} {spent[1]:>20} {more[0]:+7.1f} % {more[1]:+7.1f} %"
        f" {sql[0]:8.1f} {sql[1]:7.1f} {sql[1] - sql[0]:+7.1f}"
    )


_REPORTS = {
    "steps": _report_steps,
    "serials": _report_rows,
    "history": _report_history,
    "warranties": _report_warranties,
    "profiles": _report_profiles,
    "loyalty": _report_loyalty,
}
