"""``test``: the whole quality gate, or only the tests that the arguments name."""

import contextlib
import functools
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import database
import odoo_log
import process
import quality
import stack
from console import say
from runtime import ADDONS, LOGS, ROOT, RUNTIME, folder, locked

BLACK_BOX = ROOT / "tests"
# Of the black-box tests, what takes longest: begun first, so that the processes end together.
SLOWEST = ("test_lifecycle.py", "test_replay.py")
# pytest's status when it was stopped by Ctrl-C or could not collect, and when nothing was collected.
INTERRUPTED, NO_TESTS = 2, 5
# Odoo's own checks over source files and registries, as far as they say something about add-ons like ours. Left out:
# localisations, eslint (needs Node) and docstrings (relies on Odoo's own test runner).
ODOO_LINT = (
    "dunderinit",
    "i18n",
    "index",
    "jstranslate",
    "manifests",
    "markers",
    "naming",
    "onchange_domains",
    "orm_import",
    "override_signatures",
    "pofile",
    "pylint",
    "routes",
    "test_holes",
)
# Ctrl-C reaches only us: pytest hears of it once, from us, and puts away what it made.
_ALONE = {"start_new_session": True, "stop_signal": signal.SIGINT}
# Options of pytest whose value may look like a path.
_WITH_VALUE = ("-k", "-m", "-n", "-o", "-p", "-W", "--deselect", "--ignore")
_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|deselected)")
_ORDER = ("failed", "errors", "passed", "skipped", "deselected", "xfailed", "xpassed")


@dataclass
class Outcome:
    """How one part of the gate ended."""

    title: str
    passed: bool
    summary: str
    counts: dict
    details: str = ""


def main(argv):
    """Run the command.

    :param list argv: arguments for pytest; none for the whole gate
    :return: exit status (int)
    """
    with stack.opened() as opened:
        if argv:
            return _chosen(opened, argv)
        with locked("gate"):
            return _gate(opened)


# --- the tests that somebody names -------------------------------------------------------------------------------


def _chosen(opened, argv):
    """Run pytest on what the arguments name, its output as it comes."""
    addons, black_box, options = _sorted_paths(argv)
    if not addons and not black_box:
        addons, black_box = [str(ROOT / addon) for addon in ADDONS], [str(BLACK_BOX)]
    statuses, logged = [], 0
    if addons:
        with _test_database(opened) as name:
            log = folder(LOGS) / f"{name}.log"
            statuses.append(_foreground(opened, _odoo_pytest(opened, name, log, [*addons, *options])))
            logged = _tell_problems(log)
    if black_box and INTERRUPTED not in statuses:
        statuses.append(_foreground(opened, _plain_pytest(opened, [*black_box, *options])))
    # Options such as -k may leave one of two runs without a test: that is no failure.
    counted = [status for status in statuses if status != NO_TESTS] or [NO_TESTS]
    return max(counted) or logged


def _sorted_paths(argv):
    """Split arguments into paths of add-on tests, paths of black-box tests, and options (three lists of str)."""
    addons, black_box, options = [], [], []
    for before, argument in zip(["", *argv], argv, strict=False):
        path = Path(argument.split("::")[0])
        if argument.startswith("-") or before in _WITH_VALUE or not path.exists():
            options.append(argument)
        elif path.resolve().is_relative_to(BLACK_BOX):
            black_box.append(argument)
        else:
            addons.append(argument)
    return addons, black_box, options


def _foreground(opened, command):
    return process.foreground(command, stop_signal=signal.SIGINT, env=opened.environment())


def _tell_problems(log):
    """Print what the tests logged and should not have; keep the log only then. Gives an exit status (int)."""
    found = odoo_log.problems(log.read_text(errors="replace")) if log.exists() else []
    for line in found:
        say(f"the tests logged {line}")
    if found:
        say(f"log: {log}")
    else:
        log.unlink(missing_ok=True)
    return 1 if found else 0


# --- command lines ------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _test_database(opened):
    with database.temporary(opened, lambda: database.template(opened, demo=False)) as name:
        yield name


def _fresh_log(name):
    log = folder(LOGS) / name
    log.unlink(missing_ok=True)
    return log


def _odoo_pytest(opened, name, log, arguments):
    """pytest inside Odoo, on a database (list of str)."""
    command = [
        *_pytest(opened),
        f"--odoo-database={name}",
        f"--odoo-config={stack.CONFIG}",
        "--odoo-http",
        "--odoo-log-level=warn",
        f"--odoo-extra=logfile={log}",
    ]
    return [*command, *arguments]


def _plain_pytest(opened, arguments):
    """pytest outside Odoo (list of str)."""
    return [*_pytest(opened), "-p", "no:odoo", *arguments]


def _pytest(opened):
    return [str(opened.python), "-m", "pytest", f"--rootdir={ROOT}", "-o", f"cache_dir={RUNTIME / 'pytest'}"]


# --- the whole gate -----------------------------------------------------------------------------------------------


def _gate(opened):
    started = time.monotonic()
    try:
        outcomes = list(_parts(opened))
    except BaseException:
        process.terminate_all()
        raise
    return _conclude(outcomes, time.monotonic() - started)


def _parts(opened):
    """Run every part, those that leave a processor idle beside the making of the databases; yields Outcome."""
    with ThreadPoolExecutor(2) as pool:
        templates = [pool.submit(database.template, opened, demo) for demo in (False, True)]
        linted = pool.submit(_odoo_lint, opened)  # as soon as one of them is made
        try:
            for check in quality.checks(opened):
                title, passed, text = check()
                yield _shown(Outcome(title, passed, "ok" if passed else _lines(text), {}, "" if passed else text))
            for made in as_completed(templates):
                made.result()
            yield _shown(_installation())
            yield _shown(linted.result())
        except BaseException:
            # The pool waits for its threads, and they wait for Odoo.
            process.terminate_all()
            raise
    yield _shown(_addon_tests(opened))
    yield _shown(_black_box_tests(opened))


def _lines(text):
    """How much a check has to say (str)."""
    return f"{len([line for line in text.splitlines() if line.strip()])} lines"


def _installation():
    """What our add-ons logged while they were installed into the templates."""
    found = [
        f"{log.name}: {line}"
        for log in map(database.install_log, (False, True))
        if log.exists()
        for line in odoo_log.problems(log.read_text(errors="replace"), strict=True)
    ]
    summary = f"{len(found)} warnings or errors" if found else "no warning, no error"
    return Outcome("installation log", not found, summary, {}, "\n".join(found))


def _odoo_lint(opened):
    """Odoo's test_lint over our add-ons, on a database that has them."""
    home = opened.odoo.path / "odoo" / "addons" / "test_lint" / "tests"
    if not home.is_dir():
        return Outcome("Odoo's test_lint", True, "this Odoo comes without it", {})
    files = [str(home / f"test_{name}.py") for name in ODOO_LINT]
    with _test_database(opened) as name:
        arguments = ["-p", "odoo_lint_scope", "-p", "no:cacheprovider", *files]
        run = functools.partial(_odoo_pytest, opened, name, arguments=arguments)
        return _background(opened, "Odoo's test_lint", run, _with_plugins(opened))


def _with_plugins(opened):
    """Variables with which pytest finds our plugins (dict)."""
    return {"PYTHONPATH": os.pathsep.join((str(opened.odoo.path), str(ROOT / "setup")))}


def _addon_tests(opened):
    """The tests of the three add-ons, in as many processes as there are processors, each on its own copy."""
    distributed = ["-n", str(_workers()), "--dist=loadscope", "--no-loadscope-reorder"]
    distributed += ["-p", "odoo_own_files", "-p", "odoo_longest_first"]
    arguments = [*distributed, *(str(ROOT / addon) for addon in ADDONS)]
    with _test_database(opened) as name:
        run = functools.partial(_odoo_pytest, opened, name, arguments=arguments)
        return _background(opened, "tests of the add-ons", run, _with_plugins(opened))


def _black_box_tests(opened):
    # pytest-xdist itself begins with the files of the most tests.
    files = sorted(BLACK_BOX.glob("test_*.py"), key=lambda file: (file.name not in SLOWEST, file.name))
    arguments = ["-n", str(_workers()), "--dist=loadfile", "--no-loadscope-reorder", *map(str, files)]
    return _background(opened, "black-box tests", lambda log: _plain_pytest(opened, arguments))


def _workers():
    """How many processes run tests at once (int)."""
    return max(1, min(os.cpu_count() or 1, 4))


def _background(opened, title, command, extra=None):
    """Run pytest with its output in a file.

    :param str title: of the part
    :param command: function of the path for Odoo's log that gives the command line
    :param dict extra: more variables
    :return: Outcome
    """
    slug = re.sub(r"\W+", "-", title)
    log, out = _fresh_log(f"{slug}.odoo.log"), folder(LOGS) / f"{slug}.log"
    environment = {**opened.environment(), **(extra or {})}
    with (
        out.open("w") as target,
        process.child(command(log), env=environment, cwd=ROOT, stdout=target, stderr=target, **_ALONE) as running,
    ):
        status = running.wait()
    text = out.read_text(errors="replace")
    counts = _counts(text)
    logged = odoo_log.problems(log.read_text(errors="replace")) if log.exists() else []
    passed = status == 0 and not logged
    summary = ", ".join(f"{number} {word}" for word, number in counts.items()) or "no tests"
    if logged:
        summary += f", {len(logged)} warnings or errors logged"
    details = "\n".join(filter(None, [text if status else "", *(f"logged {line}" for line in logged)]))
    return Outcome(title, passed, summary, counts, details)


def _counts(text):
    """Numbers of pytest's closing line.

    :param str text: what pytest printed
    :return: dict of word to number
    """
    closing = next((line for line in reversed(text.splitlines()) if re.search(r" in [\d.]+s", line)), "")
    return {_plural(word): int(number) for number, word in _COUNT.findall(closing)}


def _plural(word):
    return "errors" if word == "error" else word


def _shown(outcome):
    """Print the summary line of a part, and what was wrong with it; gives the part back."""
    if outcome.details:
        say(outcome.details)
    say(f"{'ok  ' if outcome.passed else 'FAIL'} {outcome.title}: {outcome.summary}")
    return outcome


def _conclude(outcomes, seconds):
    """Print the closing line of all runs together, in pytest's own form.

    :param list outcomes: of all parts
    :param float seconds: the whole run
    :return: exit status (int)
    """
    total = dict.fromkeys(_ORDER, 0)
    for outcome in outcomes:
        for word, number in outcome.counts.items():
            total[word] += number
        # A part that failed without a failing test (lint, a log) must show in the closing line.
        if not outcome.passed and not (outcome.counts.get("failed") or outcome.counts.get("errors")):
            total["errors"] += 1
    words = [f"{number} {word}" for word, number in total.items() if number]
    minutes = f" ({int(seconds) // 3600}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02})" if seconds >= 60 else ""
    text = f" {', '.join(words) or 'no tests ran'} in {seconds:.2f}s{minutes} "
    say(text.center(100, "="))
    return 0 if all(outcome.passed for outcome in outcomes) else 1
