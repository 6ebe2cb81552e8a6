"""Odoo 19 itself: a checkout, one that is already importable, or Debian's package unpacked into the runtime."""

import importlib.util
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from console import Failure, step
from debian import PrivateApt
from runtime import RUNTIME, digest, folder, locked, require_space

SERIES = "19.0"
PACKAGE = "odoo-19"
# Debian's Odoo links to these instead of carrying its own copies. The newest Font Awesome and Inconsolata have moved
# their files, so these two come from the machine's own suite.
LINKED_PACKAGES = (
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-glyphicons-halflings",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
)
OWN_SUITE_PACKAGES = ("fonts-inconsolata", "fonts-font-awesome")
TREE = RUNTIME / "odoo"
IN_TREE = Path("usr/lib/python3/dist-packages")
# Not free enough for Debian, but a name in an asset bundle: a missing file there breaks every page of the web client.
LEFT_OUT = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


@dataclass(frozen=True)
class Odoo:
    """One Odoo: ``path`` is the folder to put on PYTHONPATH, ``key`` tells versions apart."""

    path: Path
    key: str


def ensure():
    """The Odoo to work with, fetched when there is none.

    :return: Odoo
    :raise Failure: ODOO_SOURCE is no Odoo 19, or the package cannot be had
    """
    chosen = os.environ.get("ODOO_SOURCE")
    if chosen:
        return _described(Path(chosen).expanduser().resolve(), "ODOO_SOURCE")
    found = _importable()
    if found:
        return _described(found, "the importable odoo")
    with locked("odoo"):
        if not TREE.is_dir():
            _fetch()
    return _described(TREE / IN_TREE, "the unpacked package")


def _release(path):
    """Text of Odoo's release file under a path, or an empty text (str)."""
    release = path / "odoo" / "release.py"
    return release.read_text() if release.is_file() else ""


def _is_series(release):
    return re.search(r"^version_info\s*=\s*\(19, 0,", release, re.MULTILINE) is not None


def _described(path, origin):
    release = _release(path)
    if not _is_series(release):
        raise Failure(f"{origin} ({path}) is not Odoo {SERIES}")
    return Odoo(path, digest(release, str(path), _revision(path)))


def _revision(path):
    """What tells two states of a checkout apart: the commit that its HEAD names (str)."""
    head = path / ".git" / "HEAD"
    if not head.is_file():
        return ""
    text = head.read_text().strip()
    reference = path / ".git" / text.removeprefix("ref: ")
    return reference.read_text().strip() if text.startswith("ref: ") and reference.is_file() else text


def _importable():
    """Folder of an Odoo 19 that this Python can import, or None."""
    spec = importlib.util.find_spec("odoo")
    for location in (spec and spec.submodule_search_locations) or ():
        parent = Path(location).resolve().parent
        if _is_series(_release(parent)):
            return parent
    return None


def _fetch():
    """Download and unpack Debian's package beside its final place, and move it there when whole."""
    require_space()
    part = RUNTIME / "odoo.part"
    shutil.rmtree(part, ignore_errors=True)
    with step("Odoo 19: Debian's package, about 130 MB to download, 1.3 GB unpacked") as current:
        apt = PrivateApt(RUNTIME / "apt")
        current.progress("reading the lists of packages")
        apt.update()
        current.progress("downloading and unpacking")
        own = [f"{name}/{apt.codename}" for name in OWN_SUITE_PACKAGES]
        apt.unpack([PACKAGE, *LINKED_PACKAGES, *own], part)
        _mend(part / IN_TREE)
        part.rename(TREE)
        apt.forget()


def _mend(path):
    """Repair what Debian's packaging leaves broken for our use.

    :param Path path: folder that holds the package ``odoo``
    """
    stand_in = path / LEFT_OUT
    if not stand_in.exists():
        folder(stand_in.parent)
        stand_in.touch()
    # A second, partial copy of the add-ons (Python files only) that Odoo would add to its path.
    shutil.rmtree(path / "addons", ignore_errors=True)
