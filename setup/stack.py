"""The whole environment put together: Odoo, its Python, a running PostgreSQL, and how to start Odoo with them."""

import contextlib
import os
from dataclasses import dataclass, field

import odoo_source
import postgres
import python_env
from debian import ensure_system_programs
from process import environment, together
from runtime import ADDONS, ROOT, RUNTIME, VENV, folder, locked

DATA_DIR = RUNTIME / "data"
CONFIG = RUNTIME / "odoo.conf"
# Where programs keep what they would otherwise write beside the sources or into the home folder.
_PLACES = {
    "XDG_CACHE_HOME": str(RUNTIME / "cache"),
    "XDG_CONFIG_HOME": str(RUNTIME / "config"),
    "RUFF_CACHE_DIR": str(RUNTIME / "cache" / "ruff"),
}


@dataclass(frozen=True)
class Stack:
    """Everything a command needs to run Odoo. Made by ``opened()``; valid inside its block."""

    odoo: odoo_source.Odoo
    pg: dict = field(repr=False)
    pg_user: object = field(repr=False)

    @property
    def python(self):
        """The environment's Python (Path)."""
        return python_env.PYTHON

    def environment(self):
        """Variables for any program that is to find Odoo, its packages and PostgreSQL (dict)."""
        path = [str(VENV / "bin"), str(postgres.binaries()), os.environ.get("PATH", os.defpath)]
        return environment(
            **self.pg,
            PATH=os.pathsep.join(path),
            PYTHONPATH=str(self.odoo.path),
            ODOO_RC=str(CONFIG),
            **_PLACES,
            # Odoo warns about everything that Python deprecates in Odoo's own libraries.
            PYTHONWARNINGS="ignore::DeprecationWarning",
        )

    def command(self, *arguments):
        """Command line that starts Odoo (list).

        :param arguments: of ``odoo``
        """
        return [self.python, "-m", "odoo", *arguments]

    def inherited(self):
        """File descriptors that a server must inherit to count as a user of PostgreSQL (list of int)."""
        return [self.pg_user.fileno()] if self.pg_user else []

    def sql(self, statement, database="postgres"):
        """Run SQL; see ``postgres.query``."""
        return postgres.query(self.pg, statement, database)


def install():
    """Make the environment, without starting anything.

    :return: Odoo
    :raise Failure: what stopped it, in one sentence
    """
    odoo, _python, _programs = together(odoo_source.ensure, python_env.ensure, ensure_system_programs)
    _configure()
    return odoo


@contextlib.contextmanager
def opened():
    """The environment with PostgreSQL running, made first where something is missing."""
    odoo = install()
    with postgres.running() as (pg, pg_user):
        yield Stack(odoo, pg, pg_user)


def _configure():
    """Write Odoo's configuration; PostgreSQL is named by the environment, the rest by options."""
    folder(DATA_DIR)
    text = (
        "[options]\n"
        f"addons_path = {ROOT}\n"
        f"data_dir = {DATA_DIR}\n"
        f"screenshots = {RUNTIME / 'screenshots'}\n"
        "http_interface = 127.0.0.1\n"
        "list_db = False\n"
        "db_maxconn = 32\n"
    )
    with locked("configuration"):
        if not CONFIG.is_file() or CONFIG.read_text() != text:
            part = CONFIG.with_suffix(".part")
            part.write_text(text)
            part.replace(CONFIG)


def ours(separator=","):
    """Names of our add-ons in one text, as Odoo's options want them (str)."""
    return separator.join(ADDONS)
