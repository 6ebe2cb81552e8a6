"""The add-ons as Python packages: built with whool, installed beside a plain Odoo 19."""

import json
import shutil
import subprocess

import pytest

from runtime import ADDONS, ROOT

# What an Odoo that knows nothing of this repository sees.
LOOK = """
import importlib, json, sys
import odoo.modules.module
from odoo.tools import config
config.parse_config([])
found = {}
for name in sys.argv[1:]:
    package = importlib.import_module(f"odoo.addons.{name}")
    found[name] = [package.__path__[0], odoo.modules.module.Manifest.for_addon(name)["version"]]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def installed(stack, tmp_path_factory):
    """Build the three wheels and install them into a folder; gives the folder (Path)."""
    home = tmp_path_factory.mktemp("wheels")
    for addon in ADDONS:
        shutil.copytree(ROOT / addon, home / "source" / addon, ignore=shutil.ignore_patterns("__pycache__"))
    pip = [stack.python, "-m", "pip", "--disable-pip-version-check"]
    sources = [home / "source" / addon for addon in ADDONS]
    run([*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", home / "wheels", *sources], home)
    wheels = sorted((home / "wheels").glob("*.whl"))
    assert len(wheels) == len(ADDONS)
    run([*pip, "install", "--quiet", "--no-index", "--no-deps", "--target", home / "target", *wheels], home)
    return home / "target"


def run(command, cwd, env=None):
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_plain_odoo_finds_the_installed_addons(stack, installed, tmp_path):
    env = {name: value for name, value in stack.environment().items() if name != "ODOO_RC"}
    env |= {"PYTHONPATH": f"{stack.odoo.path}:{installed}", "HOME": str(tmp_path)}
    found = json.loads(run([stack.python, "-c", LOOK, *ADDONS], tmp_path, env).splitlines()[-1])
    for addon in ADDONS:
        path, version = found[addon]
        assert path == str(installed / "odoo" / "addons" / addon)
        assert version.startswith("19.0.")


def test_a_wheel_carries_every_view_and_data_file(installed):
    for addon in ADDONS:
        assert files(installed / "odoo" / "addons" / addon) == files(ROOT / addon)


def files(addon):
    """Paths of the XML and CSV files of an add-on, inside it (set)."""
    return {path.relative_to(addon) for ending in ("xml", "csv") for path in addon.rglob(f"*.{ending}")}
