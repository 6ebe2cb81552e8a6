"""Odoo's web server: started on 127.0.0.1, waited for, and stopped cleanly."""

import contextlib
import json
import os
import re
import signal
import socket
import time
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from console import Failure
from process import child
from runtime import LOGS, RUNTIME, folder

HOST = "127.0.0.1"
REGISTERED = RUNTIME / "servers"
START_SECONDS = 120


@dataclass(frozen=True)
class Server:
    """A web server that answers."""

    url: str
    database: str
    log: Path
    process: object = None
    login: str = "admin"
    password: str = "admin"


def free_port():
    """A port that nobody listens on at this moment (int)."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def require_port(port):
    """Refuse a port that is taken or that we may not have.

    :raise Failure: why
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise Failure(f"port {port} cannot be used ({reason}); choose another by --port") from None


@contextlib.contextmanager
def running(stack, database, port=None, crons=0, temporary=True):
    """A web server on one database for the length of the block.

    :param Stack stack: the open environment
    :param str database: its name
    :param int port: where to listen, any free one when empty
    :param int crons: threads for scheduled actions; 0 leaves them alone
    :param bool temporary: not for others to use (``served``)
    :return: Server
    :raise Failure: it does not come up
    """
    if port:
        # Again: making the database may have taken minutes.
        require_port(port)
    port = port or free_port()
    log = folder(LOGS) / f"server-{port}.log"
    command = stack.command(
        "-d", database, f"--db-filter=^{re.escape(database)}$", f"--http-interface={HOST}", f"--http-port={port}",
        f"--max-cron-threads={crons}",
    )  # fmt: skip
    url = f"http://{HOST}:{port}"
    with contextlib.ExitStack() as exits:
        out = exits.enter_context(log.open("w"))
        options = {"stdout": out, "stderr": out, "env": stack.environment(), "cwd": RUNTIME, "start_new_session": True}
        process = exits.enter_context(child(command, pass_fds=stack.inherited(), **options))
        exits.enter_context(_registered(port, process.pid, database, temporary))
        _wait(url, process, log)
        yield Server(url, database, log, process)


def _wait(url, process, log):
    """Wait until the server answers with its registry loaded."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Failure(f"the web server ended at once: {_last_line(log)} (log: {log})")
        if _answers(url):
            return
        time.sleep(0.1)
    raise Failure(f"the web server does not answer within {START_SECONDS} s (log: {log})")


def _answers(url):
    """Whether a page that needs the database comes back (bool)."""
    try:
        with urllib.request.urlopen(f"{url}/web/login", timeout=START_SECONDS) as answer:
            return answer.status == 200
    except (OSError, HTTPException):
        return False


def _last_line(log):
    return (log.read_text(errors="replace").strip().splitlines() or ["no message"])[-1]


@contextlib.contextmanager
def _registered(port, pid, database, temporary):
    """Leave a note that ``stop`` finds if we are killed."""
    note = folder(REGISTERED) / f"{port}.json"
    known = {"pid": pid, "started": _start_time(pid), "port": port, "database": database, "temporary": temporary}
    known |= {"owner": os.getpid(), "owner_started": _start_time(os.getpid())}
    note.write_text(json.dumps(known))
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def _start_time(pid):
    """When a process began, in clock ticks since boot (str); empty if it has ended. Tells a reused number apart."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def left_running():
    """Notes of the servers that still run (list of dict); notes of dead ones are removed."""
    alive = []
    for note in sorted(REGISTERED.glob("*.json")) if REGISTERED.is_dir() else ():
        try:
            known = json.loads(note.read_text())
        except (OSError, ValueError):
            continue
        if known["started"] and _start_time(known["pid"]) == known["started"]:
            alive.append(known)
        else:
            note.unlink(missing_ok=True)
    return alive


def served():
    """Notes of the servers that ``serve`` has running, for others to use (list of dict)."""
    return [known for known in left_running() if not known["temporary"]]


def is_in_use(known):
    """Whether a server belongs to a test or a script that still runs, and ends with it (bool)."""
    return known["temporary"] and _start_time(known["owner"]) == known["owner_started"]


def stop(known):
    """End a server by the note it left, and wait for it.

    :param dict known: from ``left_running()``
    """
    for sign, seconds in ((signal.SIGTERM, 15), (signal.SIGKILL, 5)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(known["pid"], sign)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if _start_time(known["pid"]) != known["started"]:
                (REGISTERED / f"{known['port']}.json").unlink(missing_ok=True)
                return
            time.sleep(0.1)
    raise Failure(f"the server on port {known['port']} does not stop (process {known['pid']})")
