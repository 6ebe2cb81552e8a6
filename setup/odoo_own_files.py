"""pytest plugin: each process of a distributed run has a file store of its own.

pytest-odoo lets the processes share one, and Odoo's tests delete from it, class by class, what the database of their
own process does not know: the pages of another process would lose their scripts.
"""

import os
import shutil
from pathlib import Path

from odoo.tools import config

_own = []


def pytest_sessionstart(session):
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if not worker:
        return
    name = session.config.getoption("odoo_database")
    shared = Path(config["data_dir"]) / "filestore"
    # Beside the database's own files, so that what a killed run leaves is swept away with them.
    own = shared / f"{name}-{worker}"
    if (shared / name).is_dir():
        shutil.copytree(shared / name, own / "filestore" / name, copy_function=os.link, dirs_exist_ok=True)
    config["data_dir"] = str(own)
    _own.append(own)


def pytest_sessionfinish():
    for path in _own:
        shutil.rmtree(path, ignore_errors=True)
