"""Fixtures of the black-box tests: a running server with demo data, and the three ways in for external scripts."""

import json
import secrets
import sys
import urllib.error
import urllib.request
from pathlib import Path
from xmlrpc.client import ServerProxy

import odoorpc
import pytest
from passlib.context import CryptContext

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "setup"))

import database
import odoo_log
import server as web
import stack as environment


@pytest.fixture(scope="session")
def stack():
    """The environment: Odoo, its Python, a running PostgreSQL (``stack.Stack``)."""
    with environment.opened() as opened:
        yield opened


@pytest.fixture(scope="session")
def server(stack):
    """A web server on a fresh copy of the database with demo data; what our add-ons log as a problem fails the run."""
    with database.temporary(stack, lambda: database.template(stack, demo=True)) as name:
        with web.running(stack, name) as running:
            yield running
        found = odoo_log.problems(running.log.read_text(errors="replace"))
        assert not found, "the server logged:\n" + "\n".join(found)


@pytest.fixture(scope="session")
def login(server):
    """Give an odoorpc connection of a user: ``login("agent").env["sale.order"]``."""

    def connect(name="admin", password=None):
        host, port = server.url.removeprefix("http://").split(":")
        connection = odoorpc.ODOO(host, port=int(port), timeout=120)
        connection.login(server.database, name, password or name)
        return connection

    return connect


@pytest.fixture(scope="session")
def rpc(login):
    """odoorpc connection of the administrator."""
    return login()


@pytest.fixture(scope="session")
def xmlrpc(server):
    """Call a method by XML-RPC: ``xmlrpc("aftersales.api", "describe", {})``; a user by ``login="agent"``."""
    common = ServerProxy(f"{server.url}/xmlrpc/2/common")
    models = ServerProxy(f"{server.url}/xmlrpc/2/object")

    def call(model, method, *args, login="admin", password=None, **kwargs):
        uid = common.authenticate(server.database, login, password or login, {})
        return models.execute_kw(server.database, uid, password or login, model, method, list(args), kwargs)

    return call


class Json2Error(Exception):
    """A refusal: HTTP status (int) and the decoded answer (dict)."""

    def __init__(self, status, answer):
        super().__init__(f"{status}: {answer.get('message')}")
        self.status = status
        self.answer = answer


@pytest.fixture(scope="session")
def json2(stack, server):
    """Call a method by JSON-2 with an API key: ``json2("aftersales.api", "describe", params={})``.

    A user by ``login="agent"``. Raises ``json2.Error`` when refused.
    """
    keys = {}

    def call(model, method, login="admin", **arguments):
        if login not in keys:
            keys[login] = api_key(stack, server, login)
        request = urllib.request.Request(
            f"{server.url}/json/2/{model}/{method}",
            data=json.dumps(arguments).encode(),
            headers={"Authorization": f"bearer {keys[login]}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            raise Json2Error(refusal.code, json.load(refusal)) from None

    call.Error = Json2Error
    return call


def api_key(stack, server, login):
    """Make an API key for a user, stored as Odoo stores it; gives the key (str)."""
    key = secrets.token_hex(20)
    stored = CryptContext(["pbkdf2_sha512"], pbkdf2_sha512__rounds=6000).hash(key)
    stack.sql(
        "INSERT INTO res_users_apikeys (name, user_id, scope, expiration_date, key, index)"
        f" SELECT 'black-box tests', id, 'rpc', now() + interval '1 day', '{stored}', '{key[:8]}'"
        f" FROM res_users WHERE login = '{login}'",
        server.database,
    )
    return key
