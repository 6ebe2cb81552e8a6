"""The set-up's own parts, without network."""

import contextlib
import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import types
import urllib.request
from pathlib import Path

import pytest

import cli
import console
import database
import debian
import gate
import odoo_log
import odoo_source
import postgres
import process
import python_env
import runtime
import serve
import server
import stack

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
        (shutil.Error([("a", "b", "[Errno 28] full"), ("c", "d", "[Errno 28] full")]), "error: [Errno 28] full: b\n"),
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


@pytest.mark.parametrize(("answer", "sentence"), [("t|postgres", "Odoo refuses"), ("f|ann", "ann may not create")])
def test_a_role_that_cannot_work_is_refused(monkeypatch, answer, sentence):
    monkeypatch.setenv("PGHOST", "db.example.com")
    monkeypatch.setattr(postgres, "query", lambda *_args, **_options: answer)
    with pytest.raises(console.Failure, match=sentence), postgres.running():
        pass


@pytest.mark.parametrize(("name", "place"), [("python", ""), ("postgres", "elsewhere")])
def test_another_program_or_runtime_is_not_taken_for_our_postgresql(tmp_path, monkeypatch, name, place):
    monkeypatch.setattr(postgres, "DATA", tmp_path)
    monkeypatch.setattr(postgres, "_is_postgres", lambda _pid: name == "postgres")
    note = tmp_path / "postmaster.pid"
    (tmp_path / "elsewhere").mkdir()
    with socket.create_server((server.HOST, 0)) as listening:
        note.write_text(f"{os.getpid()}\n{tmp_path / place}\n1700000000\n{listening.getsockname()[1]}\n")
        assert postgres._running_port() is None
    assert not note.exists()


def test_a_running_postgresql_is_found_by_its_note(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "DATA", tmp_path)
    monkeypatch.setattr(postgres, "_is_postgres", lambda _pid: True)
    with socket.create_server((server.HOST, 0)) as listening:
        port = listening.getsockname()[1]
        (tmp_path / "postmaster.pid").write_text(f"1\n{tmp_path}\n1700000000\n{port}\n")
        assert postgres._running_port() == port


def test_only_postgresql_is_postgresql():
    assert not postgres._is_postgres(str(os.getpid()))
    assert not postgres._is_postgres("")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_root_works_on_the_cluster_that_somebody_else_made(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "DATA", tmp_path)
    os.chown(tmp_path, 12345, 54321)
    assert postgres._owner() == (12345, 54321)


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


@pytest.mark.parametrize(("stamp", "anew"), [(None, True), ("of other requirements", False)])
def test_an_environment_that_was_interrupted_is_begun_anew_and_an_old_one_goes_on(tmp_path, monkeypatch, stamp, anew):
    for name, path in {"VENV": "venv", "STAMP": "venv/complete", "CACHE": "pip"}.items():
        monkeypatch.setattr(python_env, name, tmp_path / path)
    half = tmp_path / "venv" / "half"
    half.mkdir(parents=True)
    if stamp:
        python_env.STAMP.write_text(stamp)
    monkeypatch.setattr(python_env, "_usable", lambda: True)
    monkeypatch.setattr(python_env, "_create", python_env.VENV.mkdir)
    monkeypatch.setattr(python_env, "run_logged", lambda *_args, **_options: None)
    python_env._make(None)
    assert half.exists() is not anew
    assert python_env.is_current()


def test_what_an_interrupted_download_left_is_not_mixed_with_todays(tmp_path):
    for name in ("odoo-19_19.0.1_all.deb", "fonts-roboto_2_all.deb", "odoo-19_19.0.2_all.deb"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, 0))
    assert [path.name for path in debian._newest(tmp_path)] == ["fonts-roboto_2_all.deb", "odoo-19_19.0.2_all.deb"]


def test_debians_own_archive_goes_before_others_with_a_suite_of_that_name(monkeypatch):
    listing = [
        "https://docker.example.com/|bookworm|bookworm|/d.gpg|Docker",
        "https://ftp.example.com/debian/|bookworm|bookworm|/usr/share/keyrings/x.gpg|Debian",
    ]
    monkeypatch.setattr(debian, "output", lambda *_args: "\n".join(listing))
    monkeypatch.setattr(debian, "_codename", lambda: "bookworm")
    assert debian.machine_archive()[0] == "https://ftp.example.com/debian/"


@pytest.fixture
def spare(stack):
    """Name of a database that the test may make; it goes with its files (str)."""
    name = f"{database.PREFIX}_run_{os.getpid()}_spare"
    yield name
    database.drop(stack, name)
    for lock in runtime.RUNTIME.glob(f"locks/*{name}.lock"):
        lock.unlink()


def test_a_half_made_database_is_made_again(stack, spare):
    built = []

    def fill(making, _step):
        built.append(making)
        stack.sql(f'CREATE DATABASE "{making}"')
        database.filestore(making).mkdir()

    def build():
        database._build(stack, spare, "origin", "a database", fill)
        return len(built)

    stack.sql(f'CREATE DATABASE "{spare}"')
    stack.sql(f'CREATE DATABASE "{spare}_making"')
    assert [build(), build()] == [1, 1]
    assert database.made_from(stack, spare) == "origin"
    assert not database.exists(stack, f"{spare}_making")
    database.filestore(spare).rmdir()
    assert build() == 2


def test_the_database_of_another_program_is_left_alone(stack, spare):
    stack.sql(f'CREATE DATABASE "{spare}"')
    with pytest.raises(console.Failure, match="was not made here"):
        database.replace(stack, None, spare)
    with pytest.raises(console.Failure, match="was not made here"):
        database.ensure(stack, spare, demo=False)
    assert database.exists(stack, spare)


def test_what_a_killed_run_left_is_swept_away(stack):
    gone = subprocess.Popen(["true"])
    gone.wait()
    name = f"{database.PREFIX}_run_{gone.pid}_001"
    stack.sql(f'CREATE DATABASE "{name}"')
    database.filestore(f"{name}-gw0").mkdir()
    database.sweep(stack)
    assert not database.exists(stack, name)
    assert not database.filestore(f"{name}-gw0").exists()


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


@pytest.mark.parametrize("temporary", [True, False])
def test_a_script_finds_the_server_of_serve_and_never_that_of_a_test(tmp_path, monkeypatch, temporary):
    monkeypatch.setattr(server, "REGISTERED", tmp_path)
    with server._registered(1, os.getpid(), "x", temporary):
        assert len(server.left_running()) == 1
        assert len(server.served()) == (0 if temporary else 1)


def serve_until(monkeypatch, status):
    """Let ``serve`` run a server that ends with a status; gives the status of ``serve``."""
    ended = types.SimpleNamespace(wait=lambda: status)
    running = server.Server("http://127.0.0.1:1", "x", Path("x.log"), ended)
    opened = types.SimpleNamespace(sql=lambda *_args: "admin")
    monkeypatch.setattr(stack, "opened", lambda: contextlib.nullcontext(opened))
    monkeypatch.setattr(database, "ensure", lambda *_args: None)
    monkeypatch.setattr(server, "running", lambda *_args, **_options: contextlib.nullcontext(running))
    return serve.main(["--port", str(server.free_port())])


def test_a_server_that_was_stopped_from_elsewhere_has_not_failed(monkeypatch, capsys):
    assert serve_until(monkeypatch, 0) == 0
    assert "login admin, password admin" in capsys.readouterr().out


def test_a_server_that_ends_by_itself_has_failed(monkeypatch):
    with pytest.raises(console.Failure, match="ended by itself with status 3"):
        serve_until(monkeypatch, 3)


def test_a_proxy_is_not_asked_for_our_own_servers(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://proxy.example.com:3128")
    monkeypatch.setenv("no_proxy", "intranet.example.com")
    cli.main(["help"])
    assert urllib.request.proxy_bypass(f"{server.HOST}:8069")
    assert urllib.request.proxy_bypass("intranet.example.com")
    assert not urllib.request.proxy_bypass("example.org")


def test_a_relative_runtime_is_one_place_for_all_programs(tmp_path):
    script = "import os, runtime; print(os.environ['AFTERSALES_RUNTIME'], runtime.RUNTIME)"
    env = {"PYTHONPATH": str(SETUP), "AFTERSALES_RUNTIME": "here"}
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.stdout.split() == [str(tmp_path / "here")] * 2


def test_bytecode_goes_into_the_runtime(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    env = process.environment()
    assert Path(env["PYTHONPYCACHEPREFIX"]).is_relative_to(runtime.RUNTIME)
    assert "PYTHONDONTWRITEBYTECODE" not in env


def test_a_way_to_another_postgresql_does_not_lead_away_from_ours(monkeypatch):
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    assert "PGHOSTADDR" not in process.environment(PGHOST=server.HOST)


# --- programs --------------------------------------------------------------------------------------------------------


def test_a_program_that_fails_without_a_word_is_told_by_its_status():
    with pytest.raises(console.Failure, match="no luck: exit status 1"):
        process.output(["false"], "no luck")


def test_a_killed_program_has_not_succeeded():
    assert process.foreground([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]) == 137


def test_a_program_may_put_away_what_it_made_before_it_ends():
    script = "try: print(flush=True), __import__('time').sleep(60)\nexcept KeyboardInterrupt: print('put away')"
    with process.child(
        [sys.executable, "-c", script], stop_signal=signal.SIGINT, stdout=subprocess.PIPE, text=True
    ) as running:
        running.stdout.readline()
    assert running.stdout.read() == "put away\n"


# --- the gate --------------------------------------------------------------------------------------------------------


def test_the_value_of_an_option_is_no_path(tmp_path):
    assert gate._sorted_paths(["-k", str(tmp_path)]) == ([], [], ["-k", str(tmp_path)])


@pytest.mark.parametrize(("statuses", "expected"), [((5, 5), 5), ((5, 0), 0), ((0, 137), 137), ((2,), 2)])
def test_the_worst_of_two_runs_counts_and_no_test_at_all_is_no_success(monkeypatch, statuses, expected):
    answers = iter(statuses)
    monkeypatch.setattr(gate, "_foreground", lambda *_args: next(answers))
    monkeypatch.setattr(gate, "_test_database", lambda _opened: contextlib.nullcontext("nothing"))
    monkeypatch.setattr(gate, "_pytest", lambda _opened: [])
    assert gate._chosen(None, ["-k", "x"]) == expected
    assert list(answers) == []


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
