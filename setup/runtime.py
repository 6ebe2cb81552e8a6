"""Where things live, locks between runs, and fingerprints of files."""

import ast
import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
from pathlib import Path

from console import Failure, say

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = Path(os.environ.get("AFTERSALES_RUNTIME") or ROOT / ".runtime").expanduser().resolve()
# Programs that we start elsewhere must not take a relative path for another place.
os.environ["AFTERSALES_RUNTIME"] = str(RUNTIME)
VENV = RUNTIME / "venv"
LOGS = RUNTIME / "log"
ADDONS = ("aftersales_crm", "aftersales_loyalty", "aftersales_portal")

# Odoo's package, its unpacked tree, the Python packages and two databases.
NEEDED_BYTES = 5 * 1024**3

# None of these changes what is in a database: tests, scripts and styles that Odoo reads from disk at each request,
# translations (loaded when a language is), and texts about the add-on.
_NOT_IN_DATABASE = ("tests/", "static/tests/", "static/src/", "static/description/", "i18n/", "readme/", "doc/")
_NOT_IN_DATABASE_NAMES = ("pyproject.toml", "README.md", "README.rst")


def folder(path):
    """Make a folder of the runtime and its parents.

    :param Path path: the folder
    :return: the same path
    """
    path.mkdir(parents=True, exist_ok=True)
    return path


def require_space(needed=NEEDED_BYTES):
    """Refuse to begin what the disk cannot hold.

    :param int needed: bytes
    :raise Failure: less is free
    """
    free = shutil.disk_usage(folder(RUNTIME)).free
    if free < needed:
        raise Failure(
            f"not enough disk space in {RUNTIME}: {free / 1024**3:.1f} GB free, {needed / 1024**3:.1f} GB needed"
            " (AFTERSALES_RUNTIME moves it elsewhere)"
        )


@contextlib.contextmanager
def locked(name):
    """Hold the named lock, so that two runs never make the same thing at once.

    The kernel releases it when the process ends, however it ends.

    :param str name: what is being made
    """
    path = folder(RUNTIME / "locks") / f"{name}.lock"
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            say(f"  waiting for another run that is busy with: {name}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def digest(*parts):
    """Short hexadecimal hash of texts, for names.

    :param str parts: texts; their order counts
    :return: 12 characters (str)
    """
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def manifest(addon):
    """The manifest of one of our add-ons.

    :param str addon: its technical name
    :return: dict
    """
    return ast.literal_eval((ROOT / addon / "__manifest__.py").read_text())


def foreign_dependencies():
    """Names of the modules that our add-ons need and that are not ours, sorted (list of str)."""
    needed = {name for addon in ADDONS for name in manifest(addon)["depends"]}
    return sorted(needed - set(ADDONS))


def _shapes_database(relative):
    """Whether a change of this file (path inside the add-on, str) can change a database."""
    if "__pycache__" in relative or relative in _NOT_IN_DATABASE_NAMES:
        return False
    return not relative.startswith(_NOT_IN_DATABASE)


def addons_fingerprint(root=ROOT):
    """Hash of every file of our add-ons that shapes a database: models, data, views, security, manifests.

    :param Path root: folder that holds the add-ons
    :return: 12 characters (str)
    """
    total = hashlib.sha256()
    for addon in ADDONS:
        for path in sorted(p for p in (root / addon).rglob("*") if p.is_file()):
            if _shapes_database(path.relative_to(root / addon).as_posix()):
                total.update(f"{path.relative_to(root)}\0".encode())
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:12]
