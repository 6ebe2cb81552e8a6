"""Running other programs: their output goes to a log, their failure becomes one sentence."""

import contextlib
import ctypes
import os
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

from console import Failure
from runtime import LOGS, RUNTIME, folder

STOP_SECONDS = 15
_STEERING = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")

# prctl(2): the kernel sends this signal to a child whose parent has died.
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None)
_alive = set()
_ending = threading.Event()


def terminate(process, stop_signal=signal.SIGTERM):
    """End a child that we started, politely first.

    :param subprocess.Popen process: the child
    :param int stop_signal: what to ask with
    """
    if process.poll() is not None:
        return
    process.send_signal(stop_signal)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.contextmanager
def child(argv, stop_signal=signal.SIGTERM, **options):
    """A child process that outlives neither the block nor, should we be killed, us.

    :param list argv: the command
    :param int stop_signal: what to end it with
    :param options: of ``subprocess.Popen``
    """
    process = subprocess.Popen([str(part) for part in argv], preexec_fn=_die_with_parent, **options)
    _alive.add(process)
    try:
        # Only now: whoever ends all children either sees this one or is seen by it.
        if _ending.is_set():
            raise Failure("stopped because another part failed")
        yield process
    finally:
        terminate(process, stop_signal)
        _alive.discard(process)


def foreground(argv, **options):
    """Run a program that has the terminal: Ctrl-C is its business, and we wait for it.

    :param list argv: the command
    :param options: of ``child``
    :return: exit status (int); as in a shell, more than 128 when a signal ended it
    """
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        with child(argv, **options) as process:
            status = process.wait()
            return status if status >= 0 else 128 - status
    finally:
        signal.signal(signal.SIGINT, before)


def terminate_all():
    """End every child and start no more, so that threads that wait for theirs come back."""
    _ending.set()
    for process in list(_alive):
        terminate(process)


def together(*functions):
    """Call functions side by side, each in a thread, and give what they return.

    :param functions: without arguments
    :return: list, in the order of the functions
    """
    with ThreadPoolExecutor(len(functions)) as pool:
        try:
            return [waiting.result() for waiting in [pool.submit(function) for function in functions]]
        except BaseException:
            # The pool waits for its threads, and they wait for their programs.
            terminate_all()
            raise


def run_logged(argv, log, failed, on_line=None, telling=str.strip, env=None, cwd=None):
    """Run a command to its end, with everything it prints in a log file.

    :param list argv: the command
    :param str log: name of the log file (without folder)
    :param str failed: what to say when it fails
    :param on_line: called with each line printed (str)
    :param telling: of a line, whether it can say why the command failed; the last such line is quoted
    :param dict env: its environment
    :param cwd: its folder
    :return: path of the log (Path)
    :raise Failure: the command ended with another status than 0
    """
    path = folder(LOGS) / log
    with (
        path.open("w") as out,
        child(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=env,
            cwd=cwd,
        ) as process,
    ):
        last = _follow(process, out, on_line, telling)
        status = process.wait()
    if status:
        raise Failure(f"{failed}: {last or f'exit status {status}'} (log: {path})")
    return path


def _follow(process, out, on_line, telling):
    """Copy the output of a process line by line; returns the last telling line (str)."""
    last = ""
    for line in process.stdout:
        out.write(line)
        last = line.strip() if telling(line) else last
        if on_line:
            on_line(line)
    return last


def output(argv, failed, env=None, text=None):
    """Run a short command and give what it prints.

    :param list argv: the command
    :param str failed: what to say when it fails
    :param dict env: its environment
    :param str text: its standard input
    :return: standard output (str)
    :raise Failure: it could not run or ended with another status than 0
    """
    try:
        done = subprocess.run(
            [str(part) for part in argv], input=text, env=env, capture_output=True, text=True, errors="replace"
        )
    except FileNotFoundError:
        raise Failure(f"{failed}: the program {argv[0]} is missing") from None
    if done.returncode:
        raise Failure(f"{failed}: {reason(done)}")
    return done.stdout


def reason(done):
    """Why a program failed: its own last line (str).

    :param subprocess.CompletedProcess done: with captured output
    """
    return (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()[-1]


def environment(**changes):
    """The caller's environment without what would steer Odoo, PostgreSQL or Python behind our back, plus changes.

    Python keeps bytecode in the runtime: without any, each start of Odoo takes seconds longer.

    :param changes: variables to set (str)
    :return: dict
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ODOO_", "OPENERP_", "PG")) and name not in _STEERING
    }
    return {**kept, "PYTHONPYCACHEPREFIX": str(RUNTIME / "cache" / "python"), **changes}
