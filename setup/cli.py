"""The commands of ``python3 setup``."""

import argparse
import errno
import functools
import importlib
import os
import shutil
import signal
import sys
from pathlib import Path

import database
import postgres
import process
import runtime
import server
import stack
from console import Failure, say

# Commands that have their own module with main(argv, stack); it runs in the environment's Python.
SEPARATE = ("replay", "bench")

TERMS_DATABASE = "terms"


def main(argv):
    """Run one command.

    :param list argv: arguments after ``python3 setup``
    :return: exit status (int)
    """
    _take_charge()
    try:
        return _dispatch(argv) or 0
    except Failure as failure:
        return _refuse(str(failure))
    except KeyboardInterrupt:
        say("\ninterrupted; the same command carries on from here")
        return 130
    except OSError as error:
        return _refuse(_explain(error))


def _take_charge():
    """End cleanly when asked to or when the terminal closes, and reach our own servers past any proxy."""
    signal.signal(signal.SIGTERM, _interrupted)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as under nohup
        signal.signal(signal.SIGHUP, _interrupted)
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    if direct != "*":
        os.environ["no_proxy"] = ",".join(filter(None, (direct, server.HOST, "localhost")))


def _interrupted(_signal, _frame):
    raise KeyboardInterrupt


def _refuse(sentence):
    say(f"error: {sentence}", sys.stderr)
    return 1


def _explain(error):
    """An error of the operating system as one sentence (str)."""
    if isinstance(error, shutil.Error):  # a list, with an entry for each file that could not be copied
        _source, target, reason = error.args[0][0]
        return f"{reason}: {target}"
    place = f": {error.filename}" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"no space left on the disk of {runtime.RUNTIME} (AFTERSALES_RUNTIME moves it elsewhere)"
    return f"{error.strerror or error}{place}"


def _dispatch(argv):
    known = {
        "serve": _serve,
        "test": _test,
        "install": _install,
        "stop": _stop,
        "odoo": _odoo,
        "shell": _shell,
        "psql": _psql,
        "copy": _copy,
        "terms": _terms,
        **{name: functools.partial(_separate, name) for name in SEPARATE},
    }
    if not argv or argv[0] not in known:
        say(_USAGE)
        return 0 if argv and argv[0] in ("-h", "--help", "help") else 2
    return known[argv[0]](argv[1:])


_USAGE = """\
usage: python3 setup <command>

  serve [--port N] [--database NAME] [--no-demo]   a shop with the after-sales add-ons and demo data, in a web server
  test [pytest arguments]                          lint and every test; with arguments only the tests they name
  install                                          the environment only
  replay FILE [options]                            an external script that drives a server with a retailer's real orders
  bench                                            benchmarks, as a table and as JSON
  stop                                             stops what serve left running

  odoo ARGUMENTS       any Odoo command in this environment, as: odoo -d NAME -u aftersales_crm --stop-after-init
  shell [DATABASE]     Odoo's Python shell on a database
  psql [ARGUMENTS]     PostgreSQL's shell
  copy NAME [--demo] [--base]   makes (again) a database from the template; --base: only Odoo's own modules
  terms                brings the translation files up to date with the terms in the code
"""


def _install(argv):
    argparse.ArgumentParser(prog="python3 setup install").parse_args(argv)
    with stack.opened() as opened:
        say(f"ready: Odoo in {opened.odoo.path}, Python packages in {runtime.VENV}")


def _serve(argv):
    import serve

    return serve.main(argv)


def _test(argv):
    import gate

    return gate.main(argv)


def _stop(argv):
    argparse.ArgumentParser(prog="python3 setup stop").parse_args(argv)
    left = [known for known in server.left_running() if not server.is_in_use(known)]
    for known in left:
        server.stop(known)
        say(f"server on port {known['port']} stopped")
    if postgres.stop_if_unused():
        say("PostgreSQL stopped")
    elif not left:
        say("nothing left to stop")


def _run(command):
    """Run a program in the foreground with the environment; its exit status (int).

    :param command: function of the environment that gives the command line
    """
    with stack.opened() as opened:
        return process.foreground(command(opened), env=opened.environment())


def _odoo(argv):
    return _run(lambda opened: opened.command(*argv))


def _shell(argv):
    name = argv[0] if argv else database.SERVED
    return _run(lambda opened: opened.command("shell", "-d", name, "--no-http", *argv[1:]))


def _psql(argv):
    return _run(lambda opened: [postgres.binaries() / "psql", *(argv or ["-d", database.SERVED])])


def _copy(argv):
    parser = argparse.ArgumentParser(prog="python3 setup copy")
    parser.add_argument("name", type=database.checked)
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--base", action="store_true")
    chosen = parser.parse_args(argv)
    with stack.opened() as opened:
        make = database.base if chosen.base else database.template
        database.replace(opened, lambda: make(opened, demo=chosen.demo), chosen.name)
        say(f"database {chosen.name} is ready")


def _terms(argv):
    argparse.ArgumentParser(prog="python3 setup terms").parse_args(argv)
    addons = os.pathsep.join(str(runtime.ROOT / addon) for addon in runtime.ADDONS)
    script = runtime.ROOT / "setup" / "odoo_terms.py"
    with stack.opened() as opened:
        database.replace(opened, lambda: database.template(opened, demo=False), TERMS_DATABASE)
        command = opened.command("shell", "-d", TERMS_DATABASE, "--no-http", "--log-level=warn")
        with script.open() as lines:  # Odoo's shell reads what it runs
            return process.foreground(command, stdin=lines, env={**opened.environment(), "AFTERSALES_ADDONS": addons})


def _separate(name, argv):
    """Run a command that lives in its own module, inside the environment's Python."""
    python = str(runtime.VENV / "bin" / "python")
    if Path(sys.prefix).resolve() != runtime.VENV.resolve():
        # The same Odoo also where only this Python can import it.
        os.environ["ODOO_SOURCE"] = str(stack.install().path)
        os.execv(python, [python, str(runtime.ROOT / "setup"), name, *argv])
    with stack.opened() as opened:
        return importlib.import_module(name).main(argv, opened)
