"""Workers that move the points of one card at the same time, against a running server."""

from concurrent.futures import ThreadPoolExecutor

import odoorpc
import pytest

AT_ONCE = 4


@pytest.fixture(scope="module")
def club(rpc):
    """A program that keeps a ledger, a point for an order: ``club(100)`` gives a customer's card of so many points."""
    reward = {"discount": 10, "discount_mode": "per_order", "required_points": 100}
    program = rpc.env["loyalty.program"].create(
        {
            "name": "Scripts Club",
            "program_type": "loyalty",
            "applies_on": "both",
            "trigger": "auto",
            "rule_ids": [(0, 0, {"reward_point_amount": 1, "reward_point_mode": "order"})],
            "reward_ids": [(0, 0, reward)],
            "aftersales_ledger": True,
        }
    )

    def member(points):
        partner = rpc.env["res.partner"].create({"name": "Member"})
        values = {"program_id": program, "partner_id": partner, "points": points}
        return {"card": rpc.env["loyalty.card"].create(values), "partner": partner}

    yield member
    rpc.env["loyalty.program"].write([program], {"active": False})


def quote(rpc, member):
    """A quotation on which the points of a card are about to be spent (id)."""
    product = rpc.env["product.product"].search([("name", "=", "Points Lamp")], limit=1) or [
        rpc.env["product.product"].create({"name": "Points Lamp", "type": "consu", "list_price": 500})
    ]
    line = {"product_id": product[0], "product_uom_qty": 1}
    order = rpc.env["sale.order"].create({"partner_id": member["partner"], "order_line": [(0, 0, line)]})
    if rpc.execute("sale.order", "action_open_reward_wizard", [order]) is not True:
        choose(rpc, order, member)
    return order


def choose(rpc, order, member):
    """Choose the reward of a card where other programs offer theirs too."""
    [card] = rpc.env["loyalty.card"].read([member["card"]], ["program_id"], load=None)
    reward = rpc.env["loyalty.reward"].search([("program_id", "=", card["program_id"])])
    wizard = rpc.env["sale.loyalty.reward.wizard"].create({"order_id": order, "selected_reward_id": reward[0]})
    rpc.execute("sale.loyalty.reward.wizard", "action_apply", [wizard])


def at_once(login, calls):
    """Make calls at the same time, each by a worker of its own; what was refused comes as its error."""

    def make(call):
        connection = login()
        try:
            return connection.execute_kw(*call)
        except odoorpc.error.RPCError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(make, calls))


def ledger(rpc, member):
    """Balance of a card, and what its ledger says: sums of points and of what is left (three numbers)."""
    [card] = rpc.env["loyalty.card"].read([member["card"]], ["points"])
    domain = [("card_id", "=", member["card"]), ("state", "=", "posted")]
    entries = rpc.env["aftersales.loyalty.entry"].search_read(domain, ["points", "remaining"])
    return tuple(
        round(number, 2)
        for number in (
            card["points"],
            sum(entry["points"] for entry in entries),
            sum(entry["remaining"] for entry in entries),
        )
    )


def test_of_workers_that_spend_the_last_points_at_once_one_wins(rpc, login, club):
    member = club(100)
    orders = [quote(rpc, member) for _number in range(AT_ONCE)]
    answers = at_once(login, [("sale.order", "action_confirm", [[order]]) for order in orders])
    refused = [str(answer) for answer in answers if isinstance(answer, odoorpc.error.RPCError)]
    assert len(refused) == AT_ONCE - 1
    assert all("rewards on the sale order is invalid" in message for message in refused)
    assert rpc.env["sale.order"].search_count([("id", "in", orders), ("state", "=", "sale")]) == 1
    assert ledger(rpc, member) == (1, 1, 1)


def test_workers_that_give_points_at_once_all_give_them(rpc, login, club):
    member = club(10)
    gift = {"partner": member["partner"], "reason": "Sorry"}
    [card] = rpc.env["loyalty.card"].read([member["card"]], ["program_id"], load=None)
    calls = [
        ("aftersales.api", "loyalty_grant", [{**gift, "program": card["program_id"], "points": 5, "external_ref": ref}])
        for ref in ("one", "two", "three", "three")
    ]
    answers = at_once(login, calls)
    assert [answer for answer in answers if isinstance(answer, odoorpc.error.RPCError)] == []
    assert ledger(rpc, member) == (25, 25, 25)


def test_workers_that_give_and_take_at_once_leave_balance_and_ledger_equal(rpc, login, club):
    member = club(200)
    orders = [quote(rpc, member) for _number in range(2)]
    calls = [("sale.order", "action_confirm", [[order]]) for order in orders]
    calls += [("loyalty.card", "write", [[member["card"]], {"points": 300}])] * 2
    answers = at_once(login, calls)
    assert [answer for answer in answers if isinstance(answer, odoorpc.error.RPCError)] == []
    balance, posted, left = ledger(rpc, member)
    assert balance == posted == left
    assert balance in (102, 201, 300)
