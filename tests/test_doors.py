"""The three ways in for external scripts answer, and the pages that need no login are there."""

import urllib.request

import pytest

MODULES = [["name", "=like", "aftersales_%"], ["state", "=", "installed"]]


def test_odoorpc_finds_the_three_addons_installed(rpc):
    assert rpc.env["ir.module.module"].search_count(MODULES) == 3


def test_xmlrpc_finds_the_three_addons_installed(xmlrpc):
    assert xmlrpc("ir.module.module", "search_count", MODULES) == 3


def test_json2_finds_the_three_addons_installed(json2):
    assert json2("ir.module.module", "search_count", domain=MODULES) == 3


def test_json2_refuses_a_model_that_does_not_exist(json2):
    with pytest.raises(json2.Error) as refusal:
        json2("aftersales.nothing", "search_count", domain=[])
    assert refusal.value.status == 404


def test_the_login_page_is_served(server):
    with urllib.request.urlopen(f"{server.url}/web/login") as page:
        assert b"password" in page.read()
