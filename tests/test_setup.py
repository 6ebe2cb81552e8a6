"""The set-up's own parts, without network and without databases."""

import errno
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import cli
import console
import database
import gate
import odoo_log
import odoo_source
import python_env
import runtime
import server

SETUP = Path(cli.__file__).parent


def addons(folder):
    """Three add-ons of one model each, below a folder."""
    for addon in runtime.ADDONS:
        (folder / addon / "models").mkdir(parents=True)
        (folder / addon / "tests").mkdir()
        (folder / addon / "__manifest__.py").write_text("{'depends': []}")
        (folder / addon / "models" / "thing.py").write_text("class Thing: ...")
    return folder


@pytest.mark.parametrize("name", ["models/thing.py", "__manifest__.py", "views/new.xml", "security/new.csv"])
def test_a_change_of_model_view_right_or_manifest_makes_a_new_database(tmp_path, name):
    before = runtime.addons_fingerprint(addons(tmp_path))
    path = tmp_path / runtime.ADDONS[1] / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("changed")
    assert runtime.addons_fingerprint(tmp_path) != before


@pytest.mark.parametrize("name", ["tests/test_new.py", "static/src/new.js", "i18n/de.po", "models/__pycache__/x.pyc"])
def test_a_change_of_test_script_or_translation_keeps_the_database(tmp_path, name):
    before = runtime.addons_fingerprint(addons(tmp_path))
    path = tmp_path / runtime.ADDONS[0] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("changed")
    assert runtime.addons_fingerprint(tmp_path) == before


def test_a_removed_file_makes_a_new_database(tmp_path):
    before = runtime.addons_fingerprint(addons(tmp_path))
    (tmp_path / runtime.ADDONS[2] / "models" / "thing.py").unlink()
    assert runtime.addons_fingerprint(tmp_path) != before


def test_a_taken_port_is_refused_by_name():
    with socket.socket() as taken:
        taken.bind((server.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(console.Failure, match=rf"port {port} cannot be used .*already in use"):
            server.require_port(port)


def test_a_number_that_is_no_port_is_refused():
    with pytest.raises(console.Failure, match="port 70000 cannot be used"):
        server.require_port(70000)


def test_too_little_disk_is_refused_before_the_work(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 10**6))
    with pytest.raises(console.Failure, match="not enough disk space"):
        runtime.require_space()


def refuse(monkeypatch, error):
    """Let a command end with an error."""

    def command(argv):
        raise error

    monkeypatch.setattr(cli, "_dispatch", command)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (console.Failure("the archive cannot be read"), "error: the archive cannot be read\n"),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), "error: no space left on the disk of"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "error: Permission denied: /x\n"),
    ],
)
def test_a_failure_is_one_sentence_and_status_1(monkeypatch, capsys, error, sentence):
    refuse(monkeypatch, error)
    assert cli.main(["serve"]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith(sentence)
    assert printed.count("\n") == 1


def test_an_interruption_is_no_failure_of_the_program(monkeypatch, capsys):
    refuse(monkeypatch, KeyboardInterrupt())
    assert cli.main(["serve"]) == 130
    assert "carries on" in capsys.readouterr().out


def test_an_unsuitable_python_gets_a_sentence():
    text = (SETUP / "__main__.py").read_text()
    script = f"import sys; sys.version_info = (3, 9, 0); exec(compile({text!r}, 'x', 'exec'))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: Python 3.10 to 3.13 is needed, this is 3.9")


def test_a_refusing_postgresql_gets_a_sentence(stack):
    environment = {**stack.environment(), "PGHOST": "127.0.0.1", "PGPORT": "1"}
    done = subprocess.run([sys.executable, SETUP, "psql"], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: PostgreSQL at PGHOST=127.0.0.1 refuses: ")
    assert "Traceback" not in done.stderr


def test_a_checkout_of_another_version_is_refused(tmp_path, monkeypatch):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (18, 0, 0, 'final', 0, '')")
    monkeypatch.setenv("ODOO_SOURCE", str(tmp_path))
    with pytest.raises(console.Failure, match="is not Odoo 19.0"):
        odoo_source.ensure()


def test_a_checkout_named_by_the_environment_is_used(tmp_path, monkeypatch):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (19, 0, 0, 'final', 0, '')")
    monkeypatch.setenv("ODOO_SOURCE", str(tmp_path))
    assert odoo_source.ensure().path == tmp_path


def test_a_half_made_python_environment_is_not_current(tmp_path, monkeypatch):
    monkeypatch.setattr(python_env, "STAMP", tmp_path / "complete")
    assert not python_env.is_current()
    python_env.STAMP.write_text("of other requirements")
    assert not python_env.is_current()
    python_env.STAMP.write_text(python_env.wanted())
    assert python_env.is_current()


def test_a_half_made_database_is_made_again(stack):
    name = f"{database.PREFIX}_run_{os.getpid()}_half"
    built = []

    def fill(making, _step):
        built.append(making)
        stack.sql(f'CREATE DATABASE "{making}"')

    try:
        stack.sql(f'CREATE DATABASE "{name}"')
        stack.sql(f'CREATE DATABASE "{name}_making"')
        for _ in range(2):
            database._build(stack, name, "origin", "a database", fill)
        assert built == [f"{name}_making"]
        assert database.made_from(stack, name) == "origin"
        assert not database.exists(stack, f"{name}_making")
    finally:
        database.drop(stack, name)


@pytest.mark.parametrize("name", ["", "a b", 'x"; DROP DATABASE y; --', "../x", "ä"])
def test_a_name_that_is_none_for_a_database_is_refused(name):
    with pytest.raises(console.Failure, match="no name for a database"):
        database.checked(name)


def test_a_dead_server_is_not_stopped_by_its_number(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "REGISTERED", tmp_path)
    note = tmp_path / "1.json"
    known = {"pid": os.getpid(), "started": "1", "port": 1, "database": "x", "temporary": False}
    note.write_text(json.dumps(known))
    assert server.left_running() == []
    assert not note.exists()


LOG = """\
2026-01-01 10:00:00,000 1 INFO db odoo.modules: Loading
2026-01-01 10:00:00,000 1 WARNING db odoo.addons.aftersales_crm.models.x: careful
2026-01-01 10:00:00,000 1 WARNING db odoo.addons.sale: not ours
2026-01-01 10:00:00,000 1 WARNING db odoo.addons.rpc.controllers: The /jsonrpc endpoints are deprecated in Odoo 19
2026-01-01 10:00:00,000 1 ERROR db odoo.sql_db: bad query: UPDATE x
ERROR: could not serialize access due to concurrent update
2026-01-01 10:00:00,000 1 ERROR db odoo.http: broken
Traceback (most recent call last):
ValueError: really
"""


def test_errors_and_our_own_warnings_count_as_problems():
    assert odoo_log.problems(LOG) == [
        "WARNING odoo.addons.aftersales_crm.models.x: careful",
        "ERROR odoo.http: broken … ValueError: really",
    ]


def test_every_warning_counts_while_only_our_addons_are_at_work():
    assert "WARNING odoo.addons.sale: not ours" in odoo_log.problems(LOG, strict=True)


def test_the_closing_line_adds_up_all_runs(capsys):
    outcomes = [
        gate.Outcome("ruff", False, "3 lines", {}),
        gate.Outcome("a", True, "", gate._counts("== 2 passed, 1 skipped in 3.10s ==")),
        gate.Outcome("b", False, "", gate._counts("x\n= 1 failed, 3 passed, 2 warnings in 63.10s (0:01:03) =")),
    ]
    assert gate._conclude(outcomes, 66.5) == 1
    assert capsys.readouterr().out.strip("= \n") == "1 failed, 1 errors, 5 passed, 1 skipped in 66.50s (0:01:06)"
