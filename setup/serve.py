"""``serve``: a shop to try, in a web server on this machine."""

import argparse
import contextlib

import database
import server
import stack
from console import Failure, say, step

LOGINS = {
    "admin": "administrator",
    "manager": "after-sales manager",
    "agent": "after-sales agent",
    "technician": "technician, on the phone",
    "customer": "customer (portal)",
    "company.customer": "customer of a company (portal)",
}


def main(argv):
    """Run the command; see the usage.

    :param list argv: its arguments
    :return: exit status (int)
    """
    chosen = _arguments(argv)
    server.require_port(chosen.port)
    with stack.opened() as opened:
        name = chosen.database or (database.SERVED if chosen.demo else database.SERVED_PLAIN)
        database.ensure(opened, name, chosen.demo)
        with contextlib.ExitStack() as exits:
            with step(f"web server on port {chosen.port}"):
                running = exits.enter_context(server.running(opened, name, chosen.port, crons=1, temporary=False))
            _introduce(opened, running)
            try:
                status = running.process.wait()
            except KeyboardInterrupt:
                say("\nstopping")
                return 0
    if not status:
        say("stopped from elsewhere")
        return 0
    raise Failure(f"the web server ended by itself with status {status} (log: {running.log})")


def _arguments(argv):
    parser = argparse.ArgumentParser(prog="python3 setup serve")
    parser.add_argument("--port", type=int, default=8069, help="where to listen on this machine (8069)")
    parser.add_argument(
        "--database", type=database.checked, help=f"which one to serve, made when missing ({database.SERVED})"
    )
    parser.add_argument("--no-demo", dest="demo", action="store_false", help="make the database without demo data")
    return parser.parse_args(argv)


def _introduce(opened, running):
    """Print the address and the logins that this database has."""
    names = ", ".join(f"'{login}'" for login in LOGINS)
    found = opened.sql(f"SELECT login FROM res_users WHERE active AND login IN ({names})", running.database).split()
    say(f"\nThe shop is open: {running.url.replace(server.HOST, 'localhost')}")
    for login, role in LOGINS.items():
        if login in found:
            say(f"  {role:<32} login {login}, password {login}")
    say(f"  log: {running.log}\nCtrl-C stops it.")
