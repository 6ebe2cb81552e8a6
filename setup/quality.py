"""Checks that need no database: ruff, pylint-odoo, the OCA hooks."""

import subprocess

from runtime import ADDONS, LOGS, ROOT, folder

# A model is split over files along its domain; context keys are taken away, not only added. Here and not in the
# code, where Odoo's own pylint would take the names for unknown.
NOT_ASKED = ("--disable=consider-merging-classes-inherited,context-overridden",)


def _run(stack, title, *argv):
    """One check as a part of the gate.

    :param Stack stack: the environment
    :param str title: of its summary line
    :param argv: the command
    :return: (title, whether it passed, what it printed)
    """
    command = [str(part) for part in argv]
    done = subprocess.run(command, cwd=ROOT, env=stack.environment(), capture_output=True, text=True)
    text = "\n".join(part.strip() for part in (done.stdout, done.stderr) if part.strip())
    log = folder(LOGS) / f"{title.replace(' ', '-')}.log"
    log.write_text(text)
    return title, done.returncode == 0, text


def _tool(stack, name):
    return stack.python.parent / name


def checks(stack):
    """Every check of this module, as functions without arguments that give (title, passed, text)."""
    return [
        lambda: _run(stack, "ruff lint", _tool(stack, "ruff"), "check", "--quiet", "."),
        lambda: _run(stack, "ruff format", _tool(stack, "ruff"), "format", "--check", "--quiet", "."),
        lambda: _run(stack, "pylint-odoo", _tool(stack, "pylint"), "--rcfile=.pylintrc", *NOT_ASKED, *ADDONS),
        lambda: _run(stack, "OCA hooks for XML and CSV", _tool(stack, "oca-checks-odoo-module"), *ADDONS),
        lambda: _translations(stack),
    ]


def _translations(stack):
    files = [path.relative_to(ROOT) for addon in ADDONS for path in sorted((ROOT / addon).glob("i18n/*.po*"))]
    if not files:
        return "OCA hooks for PO", True, "no translation files"
    return _run(stack, "OCA hooks for PO", _tool(stack, "oca-checks-po"), *files)
