"""``test``: pytest over the add-ons (on a copy of the template) and over the black-box tests."""

import os
import subprocess
from pathlib import Path

import database
import stack
from runtime import ADDONS, ROOT


def main(argv):
    with stack.opened() as opened, database.temporary(opened, lambda: database.template(opened, demo=False)) as name:
        paths = argv or [str(ROOT / a) for a in ADDONS]
        command = [
            opened.python, "-m", "pytest", f"--odoo-database={name}", f"--odoo-config={stack.CONFIG}", "--odoo-http", *paths,
        ]
        return subprocess.run([str(c) for c in command], env=opened.environment(), cwd=os.getcwd()).returncode
