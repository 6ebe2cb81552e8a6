"""pytest plugin for Odoo's own ``test_lint``: its checks look at our add-ons only, not at the whole of Odoo."""

import sys

import pytest

from odoo import tools
from odoo.modules import Manifest

import odoo.addons

from runtime import ADDONS, ROOT

every_manifest = Manifest.all_addon_manifests
Manifest.all_addon_manifests = staticmethod(lambda: [m for m in every_manifest() if m.name in ADDONS])


@pytest.fixture(autouse=True)
def narrow(request, monkeypatch):
    """Two checks look at folders instead of manifests: name them ours."""
    if request.node.name == "test_conflict_markers":
        monkeypatch.setattr(odoo.addons, "__path__", [str(ROOT / addon) for addon in ADDONS])
        monkeypatch.setattr(odoo, "__path__", [])
    if request.node.name == "test_pylint":
        monkeypatch.setattr(tools.config, "root_path", str(ROOT / ADDONS[0]))
        # It hands on the search path, to which pytest has added the folder of Odoo's add-ons; one of them is named like
        # a module of Python itself.
        monkeypatch.setattr(sys, "path", [path for path in sys.path if not path.endswith("odoo/addons")])
