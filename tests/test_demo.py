"""The demo shop tells the story that README tells, and README's scripts run in it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parent.parent / "README.md"
STATES = {"draft", "submitted", "approved", "done", "rejected", "cancelled"}


@pytest.fixture(scope="module")
def returns(rpc):
    """The returns of the demo shop's orders: a list of dicts."""
    order = [["line_ids.sale_order_id.name", "=like", "W10__"]]
    fields = ["state", "eligibility", "reception_status", "settlement_status", "payout_status", "is_to_inspect"]
    return rpc.env["aftersales.rma"].search_read(order, [*fields, "next_step", "closed_short", "sent_at"])


def values(returns, field):
    return {record[field] for record in returns}


def test_thirty_orders_are_told(rpc):
    assert rpc.env["sale.order"].search_count([["name", "=like", "W10__"], ["state", "=", "sale"]]) == 30


def test_returns_are_in_every_state(returns):
    assert values(returns, "state") == STATES


def test_goods_and_money_of_returns_are_everywhere(returns):
    assert {"waiting", "partial", "received"} <= values(returns, "reception_status")
    assert values(returns, "settlement_status") == {"pending", "partial", "settled"}
    assert {"not_due", "to_pay", "paid"} <= values(returns, "payout_status")


def test_somebody_waits_for_every_step(returns):
    assert {"send", "decide", "receive", "inspect", "wait", "pay"} <= values(returns, "next_step")
    assert any(record["closed_short"] for record in returns)
    assert any(record["sent_at"] and record["state"] == "approved" for record in returns)


def test_verdicts_are_all_there(returns):
    assert {"pass", "review", "fail"} <= values(returns, "eligibility")


def test_an_unusual_return_waits_for_a_person(rpc):
    flagged = rpc.env["aftersales.rma"].search_read([["is_flagged", "=", True], ["state", "=", "submitted"]], ["name"])
    assert flagged


def test_no_customer_of_the_story_gets_a_mail(rpc):
    assert not rpc.env["aftersales.rma.mail"].search_count([])


@pytest.mark.parametrize("state", ["active", "expired", "void"])
def test_warranties_are_in_every_state(rpc, state):
    assert rpc.env["aftersales.warranty"].search_count([["state", "=", state]])


def test_a_warranty_is_about_to_end(rpc):
    active = rpc.env["aftersales.warranty"].search_read([["state", "=", "active"]], ["days_left"])
    assert min(record["days_left"] for record in active) < 31


def test_cases_are_asked_answered_waiting_and_closed(rpc):
    cases = rpc.env["aftersales.case"].search_read([], ["state", "type"])
    assert {"new", "in_progress", "waiting_customer", "closed"} <= {case["state"] for case in cases}
    assert {"question", "problem", "complaint", "visit"} == {case["type"] for case in cases}


@pytest.mark.parametrize("state", ["open", "kept", "broken"])
def test_promises_are_in_every_state(rpc, state):
    assert rpc.env["aftersales.commitment"].search_count([["state", "=", state]])


def test_customers_have_said_how_it_was(rpc):
    moods = rpc.env["aftersales.feedback"].search_read([], ["mood"])
    assert {"promoter", "passive", "detractor"} <= {feedback["mood"] for feedback in moods}


def test_the_club_has_members_in_every_tier(rpc):
    cards = rpc.env["loyalty.card"].search_read([["program_id.name", "=", "Kettle Club"]], ["aftersales_tier_id"])
    assert {card["aftersales_tier_id"][1] for card in cards} == {"Copper", "Silver", "Gold"}


def test_points_of_the_club_were_earned_spent_taken_back_and_given(rpc):
    entries = rpc.env["aftersales.loyalty.entry"].search_read([], ["kind", "state"])
    assert {"earn", "spend", "takeback", "grant"} <= {entry["kind"] for entry in entries}
    assert {"posted", "pending"} <= {entry["state"] for entry in entries}


def test_the_statement_of_a_member_says_what_waits_and_what_expires(login):
    found = login("agent").env["aftersales.api"].loyalty_statement({"partner": "anna.nowak@example.com"})
    assert found["balance"] > 0 and found["pending"] > 0 and found["expiring"]
    assert (found["tier"]["name"], found["next_tier"]["name"]) == ("Silver", "Gold")


def test_every_card_of_the_club_equals_its_ledger(login):
    manager = login("manager")
    action = manager.env["aftersales.loyalty.difference"].action_audit()
    assert not manager.env["aftersales.loyalty.difference"].search(action["domain"])


@pytest.mark.parametrize("name", ["manager", "agent"])
def test_staff_reads_the_history_of_a_customer(login, name):
    history = login(name).env["aftersales.api"].customer_history({"partner": "anna.nowak@example.com"})
    assert {"order", "delivery", "invoice", "return", "remedy", "warranty"} <= {e["kind"] for e in history["events"]}


@pytest.mark.parametrize("name", ["customer", "company.customer"])
def test_customers_see_their_own_returns_only(login, name):
    portal = login(name)
    own = portal.env["aftersales.rma"].search_count([])
    assert 0 < own < login("manager").env["aftersales.rma"].search_count([])


@pytest.mark.parametrize("number", [0, 1])
def test_the_python_scripts_of_readme_run_as_printed_and_once_more(server, number):
    script = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[number]
    host, port = server.url.removeprefix("http://").split(":")
    script = script.replace('"aftersales"', repr(server.database)).replace("localhost:8069", f"{host}:{port}")
    script = script.replace('"localhost", port=8069', f'"{host}", port={port}')
    runs = [subprocess.run([sys.executable, "-c", script], capture_output=True, text=True) for _again in range(2)]
    assert runs[0].returncode == 0, runs[0].stderr
    assert runs[0].stdout.strip()
    assert runs[1].stdout == runs[0].stdout, runs[1].stderr
