"""Databases: made once, then copied together with their files.

Two levels of templates, each with and without demo data. A *base* holds only the modules of Odoo that our add-ons
need; it is made once per version of Odoo. A *template* is a copy of it with our add-ons installed; it is made once per
change of their files (tests excepted). Everything else works on copies.

A database is built under another name, renamed when whole and then given a comment that tells what it was made from:
one without this comment was left half made and is made again.
"""

import contextlib
import itertools
import os
import re
import shutil

from console import Failure, step
from process import run_logged
from runtime import LOGS, RUNTIME, addons_fingerprint, digest, foreign_dependencies, locked, require_space
from stack import DATA_DIR, ours

# Raise when a base must be made anew although Odoo and the list of modules stay the same.
GENERATION = "1"
# What `serve` serves unless told otherwise.
SERVED = "aftersales"
SERVED_PLAIN = "aftersales_plain"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,50}")
# Several runtimes may share one PostgreSQL server: each knows its own by this.
PREFIX = f"aftersales_{digest(str(RUNTIME))[:4]}"
_LOADING = re.compile(r"Loading module (\S+) \((\d+/\d+)\)")
# The last line of a traceback.
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*: \S")
_numbers = itertools.count(1)


def filestore(name):
    """Folder of a database's files (Path)."""
    return DATA_DIR / "filestore" / name


def exists(stack, name):
    """Whether a database of this name exists, whole or not (bool)."""
    return stack.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == "1"


def made_from(stack, name):
    """What a whole database was made from (str), or an empty text if it is missing or half made."""
    return stack.sql(f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'")


def mark(stack, name, origin):
    """Say that a database is whole.

    :param str origin: what it was made from
    """
    stack.sql(f"COMMENT ON DATABASE \"{name}\" IS '{origin}'")


def drop(stack, name):
    """Remove a database and its files, if there."""
    stack.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(filestore(name), ignore_errors=True)


def copy(stack, source, target):
    """Copy a database and its files; the copy is not marked as whole.

    Files are hard links: Odoo names them by their content and never changes one.

    :param str source: nobody may be connected to it
    :param str target: replaced if it exists
    """
    drop(stack, target)
    # Before PostgreSQL 15 there was no other way, nor a word for it.
    strategy = "STRATEGY FILE_COPY" if int(stack.sql("SHOW server_version_num")) >= 150000 else ""
    stack.sql(f'CREATE DATABASE "{target}" TEMPLATE "{source}" {strategy}')
    if filestore(source).is_dir():
        shutil.copytree(filestore(source), filestore(target), copy_function=_link)


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _rename(stack, name, final):
    shutil.rmtree(filestore(final), ignore_errors=True)
    if filestore(name).is_dir():
        filestore(name).rename(filestore(final))
    stack.sql(f'ALTER DATABASE "{name}" RENAME TO "{final}"')


def _build(stack, name, origin, title, fill):
    """Make a database under another name and let it appear whole.

    :param str name: final name
    :param str origin: what to mark it with
    :param str title: of the step
    :param fill: called with the temporary name and the step, makes and fills the database
    """
    with locked(name):
        # A server that PGHOST names may outlive the files.
        if made_from(stack, name) == origin and filestore(name).is_dir():
            return
        require_space(1024**3)
        making = f"{name}_making"
        with step(title) as current:
            drop(stack, making)
            fill(making, current)
            drop(stack, name)
            _rename(stack, making, name)
            mark(stack, name, origin)


def run_odoo(stack, name, arguments, log, current=None):
    """Run Odoo on a database until its work is done.

    :param list arguments: of ``odoo`` besides the usual ones
    :param str log: name of the log file
    :param current: Step to show progress on
    :return: path of the log (Path)
    :raise Failure: Odoo failed
    """

    def show(line):
        found = _LOADING.search(line)
        if found and current:
            current.progress(f"module {found[2]} {found[1]}")

    command = stack.command("-d", name, *arguments, "--stop-after-init", "--no-http", "--max-cron-threads=0")
    options = {"on_line": show, "telling": _EXCEPTION.match, "env": stack.environment(), "cwd": RUNTIME}
    return run_logged(command, log, f"Odoo failed on {name}", **options)


def _kind(demo):
    return "demo" if demo else "plain"


def base(stack, demo):
    """Name of the base database, made when missing.

    :param bool demo: with demo data
    :return: str
    """
    modules = foreign_dependencies()
    origin = digest(GENERATION, stack.odoo.key, *modules)
    name = f"{PREFIX}_base_{_kind(demo)}"

    def fill(making, current):
        arguments = ["-i", ",".join(modules), *(["--with-demo"] if demo else [])]
        run_odoo(stack, making, arguments, f"base-{_kind(demo)}.log", current)

    title = f"database with Odoo's own modules, {'with' if demo else 'without'} demo data"
    _build(stack, name, origin, title, fill)
    return name


def install_log(demo):
    """Log of the installation of our add-ons into the template (Path)."""
    return LOGS / f"template-{_kind(demo)}.log"


def template(stack, demo):
    """Name of the database with our add-ons installed, made when missing or when their files have changed.

    :param bool demo: with demo data
    :return: str
    """
    name = f"{PREFIX}_template_{_kind(demo)}"
    with locked(f"{name}_choice"):
        source = base(stack, demo)
        origin = f"{made_from(stack, source)}-{addons_fingerprint()}"

        def fill(making, current):
            copy(stack, source, making)
            arguments = ["-i", ours(), *(["--with-demo"] if demo else [])]
            run_odoo(stack, making, arguments, install_log(demo).name, current)

        _build(stack, name, origin, f"template with the after-sales add-ons ({_kind(demo)})", fill)
    return name


@contextlib.contextmanager
def temporary(stack, source):
    """A copy that lives as long as the block.

    :param source: function without arguments that gives the template
    :return: name of the copy (str)
    """
    name = f"{PREFIX}_run_{os.getpid()}_{next(_numbers):03}"
    sweep(stack)
    try:
        with locked("copying"):
            copy(stack, source(), name)
        yield name
    finally:
        for left in _named(stack, name):
            drop(stack, left)


def _named(stack, start):
    """Names of the databases that begin with a text (list of str)."""
    pattern = start.replace("_", r"\_") + "%"
    return stack.sql(f"SELECT datname FROM pg_database WHERE datname LIKE '{pattern}' ORDER BY 1").splitlines()


def sweep(stack):
    """Drop the copies, and files of copies, of runs that ended without doing so."""
    start = f"{PREFIX}_run_"
    for name in {*_named(stack, start), *(path.name for path in DATA_DIR.glob(f"filestore/{start}*"))}:
        owner = re.match(r"\d+", name.removeprefix(start))
        if owner and not os.path.exists(f"/proc/{owner[0]}"):
            drop(stack, name)


def checked(name):
    """A name for a database that people typed.

    :raise Failure: it is not one
    """
    if not NAME.fullmatch(name):
        raise Failure(f"{name!r} is no name for a database: letters, digits, dot, dash and underscore")
    return name


def ensure(stack, name, demo):
    """The database that ``serve`` serves: copied from the template when missing, updated when our files changed since.

    :param str name: its name
    :param bool demo: with demo data, when it has to be made
    :raise Failure: another program's database has this name, or Odoo failed
    """
    with locked(f"database-{name}"):
        if not exists(stack, name):
            source = template(stack, demo)
            with step(f"database {name}, copied from the template"):
                _place(stack, source, name)
                mark(stack, name, _served(made_from(stack, source)))
        _require_ours(stack, name)
        current = addons_fingerprint()
        if made_from(stack, name).rpartition("-")[2] != current:
            _update(stack, name, current)


def replace(stack, source, name):
    """Make a database a fresh copy; the one of this name goes.

    :param source: function without arguments that gives the template
    :param str name: its name
    :raise Failure: another program's database has this name
    """
    with locked(f"database-{name}"):
        _require_ours(stack, name)
        _place(stack, source(), name)


def _place(stack, source, name):
    """Copy a database under another name and let it appear whole."""
    making = f"{name}_making"
    copy(stack, source, making)
    drop(stack, name)
    _rename(stack, making, name)


def _require_ours(stack, name):
    """Keep away from what others have on the server that PGHOST names."""
    if exists(stack, name) and not filestore(name).is_dir():
        raise Failure(f"the database {name} was not made here, its files are missing; drop it or choose another name")


def _served(origin):
    return f"aftersales-{origin.rpartition('-')[2]}"


def _update(stack, name, fingerprint):
    with step(f"database {name}: installing or updating the add-ons") as current:
        run_odoo(stack, name, ["-i", ours(), "-u", ours()], f"update-{name}.log", current)
        mark(stack, name, f"aftersales-{fingerprint}")
