"""The virtual environment with every pinned Python package."""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from console import Failure, step
from debian import PrivateApt
from process import environment, output, run_logged
from runtime import ROOT, RUNTIME, VENV, digest, locked, require_space

REQUIREMENTS = ROOT / "requirements.txt"
PYTHON = VENV / "bin" / "python"
# Written last: an environment without it, or with another text in it, is finished first.
STAMP = VENV / "complete"
# What pip has fetched, so that an interrupted run need not fetch it again.
CACHE = RUNTIME / "pip"
# Debian splits the wheel that `python -m venv` needs into a package that many machines lack.
PIP_WHEEL_PACKAGE = "python3-pip-whl"


def wanted():
    """What the stamp of a current environment says (str)."""
    return digest(REQUIREMENTS.read_text(), sys.version)


def is_current():
    """Whether the environment is complete and was made from today's requirements and this Python (bool)."""
    return STAMP.is_file() and STAMP.read_text() == wanted()


def ensure():
    """Make or finish the environment.

    :return: its Python (Path)
    :raise Failure: packages cannot be downloaded or installed
    """
    if is_current():
        return PYTHON
    with locked("python"):
        if not is_current():
            require_space(1024**3)
            with step(f"Python packages of requirements.txt for Python {sys.version.split()[0]}") as current:
                _make(current)
    return PYTHON


def _make(current):
    # Where an earlier run was interrupted, pip would take half a package for a whole one.
    if not STAMP.is_file() or not _usable():
        shutil.rmtree(VENV, ignore_errors=True)
        _create()
    STAMP.unlink(missing_ok=True)
    fetched = 0

    def count(line):
        nonlocal fetched
        if line.startswith("Collecting "):
            fetched += 1
            current.progress(f"{fetched} packages found")
        elif line.startswith("Installing "):
            current.progress(f"installing {fetched} packages")

    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--prefer-binary", "-r", REQUIREMENTS]
    env = environment(PIP_CACHE_DIR=str(CACHE))
    run_logged(command, "pip.log", "Python packages cannot be installed (network?)", on_line=count, env=env)
    STAMP.write_text(wanted())
    shutil.rmtree(CACHE, ignore_errors=True)


def _usable():
    """Whether the environment's Python is this very Python and has pip (bool)."""
    if not PYTHON.exists():
        return False
    asked = [PYTHON, "-c", "import pip, sys; print(sys.version)"]
    answer = subprocess.run(asked, capture_output=True, text=True, env=environment())
    return answer.stdout.strip() == sys.version


def _create():
    if importlib.util.find_spec("ensurepip"):
        output([sys.executable, "-m", "venv", VENV], "no virtual environment can be made", env=environment())
    else:
        output([sys.executable, "-m", "venv", "--without-pip", VENV], "no virtual environment can be made")
        _bring_pip()


def _bring_pip():
    """Install pip from Debian's own wheel, where Python came without it."""
    with tempfile.TemporaryDirectory(dir=RUNTIME) as place:
        try:
            apt = PrivateApt(Path(place) / "apt")
        except Failure as failure:
            raise Failure(f"this Python comes without pip; install the package python3-venv ({failure})") from None
        apt.update()
        apt.unpack([f"{PIP_WHEEL_PACKAGE}/{apt.codename}"], Path(place) / "tree")
        wheels = sorted((Path(place) / "tree").rglob("pip-*.whl"))
        if not wheels:
            raise Failure(f"Python has no pip and the package {PIP_WHEEL_PACKAGE} brings none")
        install = [PYTHON, wheels[0] / "pip", "install", "--no-index", "--no-deps", wheels[0]]
        output(install, "pip cannot be installed", env=environment())


def site_packages():
    """Folder of the environment's packages (Path)."""
    return VENV / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
