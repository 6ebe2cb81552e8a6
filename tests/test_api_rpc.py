"""The façade ``aftersales.api`` as scripts meet it: odoorpc, XML-RPC and JSON-2 against a running server."""

import base64
import functools
import uuid
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor

import odoorpc
import pytest

DOORS = ("odoorpc", "xmlrpc", "json2")


class Refused(Exception):
    """What a door says when the server refuses a call."""


def by_odoorpc(connection, method, params):
    try:
        return connection.execute_kw("aftersales.api", method, [params])
    except odoorpc.error.RPCError as error:
        raise Refused(str(error)) from None


def by_xmlrpc(server, user, method, params):
    try:
        # A proxy serves one thread at a time: each call has its own.
        with xmlrpc.client.ServerProxy(f"{server.url}/xmlrpc/2/common") as common:
            uid = common.authenticate(server.database, user, user, {})
        with xmlrpc.client.ServerProxy(f"{server.url}/xmlrpc/2/object") as models:
            return models.execute_kw(server.database, uid, user, "aftersales.api", method, [params])
    except xmlrpc.client.Fault as fault:
        raise Refused(fault.faultString) from None


def by_json2(json2_call, user, method, params):
    try:
        return json2_call("aftersales.api", method, login=user, params=params)
    except json2_call.Error as error:
        raise Refused(str(error)) from None


@pytest.fixture(scope="session")
def door(server, login, json2):
    """Open a door for a user: ``door("json2", "portal")("get_return", {"rma": 1})``; refusals are Refused."""

    def opened(name, user="admin"):
        if name == "odoorpc":
            return functools.partial(by_odoorpc, login(user))
        if name == "xmlrpc":
            return functools.partial(by_xmlrpc, server, user)
        return functools.partial(by_json2, json2, user)

    return opened


@pytest.fixture(params=DOORS)
def api(request, door):
    """The administrator's way in, once by each door."""
    return door(request.param)


@pytest.fixture(scope="session")
def sell(rpc):
    """Sell, deliver and invoice one line: ``sell(3)`` gives the order (dict with id, name, line, product, partner).

    ``paid=True`` pays the invoice; further arguments make a customer of their own.
    """
    partner = rpc.env["res.partner"].create({"name": "Ada Scripts"})
    values = {"name": "Lamp", "type": "consu", "invoice_policy": "order", "list_price": 30, "taxes_id": [(5,)]}
    product = rpc.env["product.product"].create(values)

    def sold(units, paid=False, **partner_values):
        buyer = rpc.env["res.partner"].create({"name": "Buyer", **partner_values}) if partner_values else partner
        line = {"product_id": product, "product_uom_qty": units, "price_unit": 29.99}
        order = rpc.env["sale.order"].create({"partner_id": buyer, "order_line": [(0, 0, line)]})
        rpc.execute("sale.order", "action_confirm", [order])
        pickings = rpc.env["stock.picking"].search([("sale_id", "=", order)])
        rpc.execute_kw("stock.picking", "button_validate", [pickings], {"context": {"skip_sms": True}})
        wizard = rpc.env["sale.advance.payment.inv"].create({"sale_order_ids": [(6, 0, [order])]})
        rpc.execute("sale.advance.payment.inv", "create_invoices", [wizard])
        row = rpc.env["sale.order"].read([order], ["name", "order_line", "invoice_ids"])[0]
        rpc.execute("account.move", "action_post", row["invoice_ids"])
        if paid:
            context = {
                "active_model": "account.move",
                "active_ids": row["invoice_ids"],
                "dont_redirect_to_payments": True,
            }
            payment = rpc.execute_kw("account.payment.register", "create", [[{}]], {"context": context})
            rpc.execute_kw("account.payment.register", "action_create_payments", [payment], {"context": context})
        return {"id": order, "name": row["name"], "line": row["order_line"][0], "product": product, "partner": buyer}

    return sold


@pytest.fixture(scope="session")
def line(sell):
    """A line of ``request_return`` for one unit, of an order with so many that no test waits for another's."""
    return {"sale_line_id": sell(1000)["line"], "quantity": 1, "remedy": "refund"}


@pytest.fixture
def draft(rpc, line):
    """A return that was not sent yet, as the façade gives it."""
    return rpc.execute_kw("aftersales.api", "request_return", [{"lines": [line], "submit": False}])


def new_ref():
    return f"shop-{uuid.uuid4().hex}"


def is_plain(value):
    """Whether every protocol can carry a value: no null, no integer above 32 bits."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    if isinstance(value, int):
        return abs(value) < 2**31
    return isinstance(value, (str, float))


# --- the journey -----------------------------------------------------------------------------------------------------


def test_a_return_goes_from_the_question_to_the_refund(api, rpc, sell):
    order = sell(3, paid=True)
    options = api("return_options", {"order": order["name"]})
    assert [(line["delivered"], line["returnable"]) for line in options["lines"]] == [(3, 3)]
    assert "refund" in options["lines"][0]["remedies"]
    request = {
        "external_ref": new_ref(),
        "order": order["name"],
        "lines": [{"product": order["product"], "quantity": 2, "reason": "changed_mind", "remedy": "refund"}],
        "note": "Too bright for us",
    }
    asked = api("request_return", request)
    assert asked["state"] in ("submitted", "approved")
    approved = api("approve_return", {"rma": asked["name"]})
    assert (approved["state"], approved["reception_status"]) == ("approved", "waiting")
    sent = api("mark_return_sent", {"rma": asked["id"], "tracking": "PARCEL-1", "carrier": "Post"})
    assert sent["tracking_ref"] == "PARCEL-1"
    arrived = [{"line_id": line["id"], "quantity": line["quantity"]} for line in approved["lines"]]
    received = api("receive_return", {"rma": asked["id"], "lines": arrived})
    assert received["reception_status"] == "received"
    done = api("settle_return", {"rma": asked["id"]})
    assert (done["state"], done["settlement_status"], done["payout_status"]) == ("done", "settled", "to_pay")
    assert [(refund["state"], refund["amount"]) for refund in done["refunds"]] == [("posted", 59.98)]
    assert api("get_return", {"rma": asked["id"]}) == done
    credit = [("id", "=", done["refunds"][0]["id"]), ("reversed_entry_id.invoice_origin", "=", order["name"])]
    assert rpc.env["account.move"].search_count(credit) == 1
    assert is_plain(options)
    assert is_plain(done)


def test_goods_that_came_in_two_parcels_are_received_in_two_calls(api, line):
    asked = api("request_return", {"lines": [{**line, "quantity": 3}]})
    approved = api("approve_return", {"rma": asked["id"]})
    first = {"line_id": approved["lines"][0]["id"], "quantity": 1, "condition": "opened"}
    assert api("receive_return", {"rma": asked["id"], "lines": [first]})["reception_status"] == "partial"
    half = api("settle_return", {"rma": asked["id"]})
    assert (half["state"], half["settlement_status"]) == ("approved", "partial")
    api("receive_return", {"rma": asked["id"], "lines": [{**first, "quantity": 2}]})
    done = api("settle_return", {"rma": asked["id"]})
    assert (done["state"], done["refunded_total"]) == ("done", 89.97)


def test_repeating_a_step_that_is_done_changes_nothing(api, line):
    asked = api("request_return", {"lines": [line]})
    approved = api("approve_return", {"rma": asked["id"]})
    assert api("approve_return", {"rma": asked["id"]}) == approved
    api("receive_return", {"rma": asked["id"], "lines": [{"line_id": approved["lines"][0]["id"], "quantity": 1}]})
    done = api("settle_return", {"rma": asked["id"]})
    assert api("settle_return", {"rma": asked["id"]}) == done
    assert len(done["refunds"]) == 1


def test_a_refused_return_gives_its_units_back(api, sell):
    order = sell(1)
    asked = api("request_return", {"lines": [{"sale_line_id": order["line"], "quantity": 1}]})
    rejected = api("reject_return", {"rma": asked["id"], "reason": "It was worn"})
    assert (rejected["state"], rejected["reject_reason"]) == ("rejected", "It was worn")
    assert api("return_options", {"order": order["id"]})["lines"][0]["returnable"] == 1


def test_a_photo_in_base64_is_kept_and_anything_else_is_refused(api, rpc, line):
    pixel = (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
        b"\x00\x00\x00\rIDATx\x9cc\xfc\xcf\xc0P\x0f\x00\x04\x85\x01\x80\x84\xa9\x8c!\x00\x00\x00\x00IEND\xaeB`\x82"
    )
    photo = {"name": "lamp.png", "data": base64.b64encode(pixel).decode()}
    asked = api("request_return", {"lines": [{**line, "photos": [photo]}]})
    kept = [("res_model", "=", "aftersales.rma"), ("res_id", "=", asked["id"])]
    assert rpc.env["ir.attachment"].search_read(kept, ["name", "mimetype"])[0]["mimetype"] == "image/png"
    script = {"name": "lamp.png", "data": base64.b64encode(b"<script>alert(1)</script>").decode()}
    with pytest.raises(Refused, match="is not a photo"):
        api("request_return", {"lines": [{**line, "photos": [script]}]})


def test_the_history_of_a_customer_comes_in_pages(api, sell):
    order = sell(2, ref=new_ref())
    api("request_return", {"lines": [{"sale_line_id": order["line"], "quantity": 1}]})
    pages, before = [], False
    while True:
        page = api("customer_history", {"partner": order["partner"], "limit": 2, "before": before})
        pages += page["events"]
        before = page["next"]
        if not before:
            break
    whole = api("customer_history", {"partner": order["partner"]})
    assert pages == whole["events"]
    assert {"order", "delivery", "invoice", "return"} <= {event["kind"] for event in pages}
    assert is_plain(whole)


def test_describe_names_every_method_with_its_schema(api):
    described = api("describe", {})
    assert {"return_options", "request_return", "settle_return", "describe"} <= set(described["methods"])
    assert all(method["params"]["additionalProperties"] is False for method in described["methods"].values())
    assert is_plain(described)


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOORS)
def test_a_portal_user_is_refused_by_every_method(door, name):
    methods = door(name)("describe", {})["methods"]
    portal = door(name, "portal")
    for method in methods:
        with pytest.raises(Refused, match="internal users only"):
            portal(method, {})


def test_everything_that_is_wrong_is_listed_in_one_message(api):
    wrong = {
        "speed": 1,
        "requested_on": "31.12.2026",
        "submit": "yes",
        "lines": [{"sale_line_id": "first", "colour": "red"}, {"quantity": True}],
    }
    with pytest.raises(Refused) as refusal:
        api("request_return", wrong)
    message = str(refusal.value)
    for part in (
        "request_return: ",
        "speed: unknown key",
        "requested_on: '31.12.2026' is no date like 2026-03-31",
        "submit: expected boolean, not 'yes'",
        "lines[0].sale_line_id: expected integer, not 'first'",
        "lines[0].colour: unknown key",
        "lines[0].quantity: missing",
        "lines[1].quantity: expected number, not True",
    ):
        assert part in message
    assert "Traceback" not in message.partition(";")[0]


@pytest.mark.parametrize(
    ("method", "params", "message"),
    [
        ("get_return", {}, "rma: missing"),
        ("get_return", {"rma": "RMA/0000/00000"}, "there is no"),
        ("get_return", {"rma": 2**31 - 1}, "there is no"),
        ("get_return", {"rma": [1]}, "rma: expected integer or string"),
        ("request_return", {"lines": []}, "say what comes back"),
        ("list_returns", {"limit": 0}, "less than 1"),
        ("list_returns", {"state": "lost"}, "is none of"),
        ("customer_history", {"partner": "nobody at all"}, "there is no"),
        ("customer_history", {"partner": 1, "before": "not a cursor"}, "unchanged"),
    ],
)
def test_a_call_that_cannot_be_answered_says_why(api, method, params, message):
    with pytest.raises(Refused, match=message):
        api(method, params)


@pytest.mark.parametrize("params", [[], "rma", 7, False])
def test_params_has_to_be_a_dictionary(api, params):
    with pytest.raises(Refused, match="params: expected object"):
        api("describe", params)


@pytest.mark.parametrize("quantity", [0, -1, 1001])
def test_more_than_was_delivered_or_nothing_cannot_come_back(api, line, quantity):
    with pytest.raises(Refused, match="more than zero|can still be returned"):
        api("request_return", {"lines": [{**line, "quantity": quantity}]})


def test_what_has_arrived_in_full_does_not_arrive_again(api, line):
    asked = api("request_return", {"lines": [line]})
    lines = [{"line_id": asked["lines"][0]["id"], "quantity": 1}]
    api("approve_return", {"rma": asked["id"]})
    api("receive_return", {"rma": asked["id"], "lines": lines})
    with pytest.raises(Refused, match="already arrived"):
        api("receive_return", {"rma": asked["id"], "lines": lines})


# --- repeating, and at once ------------------------------------------------------------------------------------------


def test_the_same_reference_gives_the_same_return(api, line):
    request = {"external_ref": new_ref(), "lines": [line]}
    first = api("request_return", request)
    assert first["external_ref"] == request["external_ref"]
    assert api("request_return", request) == first


def test_the_same_reference_with_other_content_is_refused(api, line):
    request = {"external_ref": new_ref(), "lines": [line]}
    first = api("request_return", request)
    with pytest.raises(Refused, match=f"already stands for {first['name']}"):
        api("request_return", {**request, "lines": [{**line, "quantity": 2}]})


def at_once(door, name, requests, method="request_return"):
    """Send requests at the same moment, each by a connection of its own: (what was given, what was refused)."""
    doors = [door(name) for _request in requests]

    def send(pair):
        try:
            return pair[0](method, pair[1])
        except Refused as refusal:
            return refusal

    with ThreadPoolExecutor(len(requests)) as pool:
        answers = list(pool.map(send, zip(doors, requests, strict=True)))
    refused = [str(answer) for answer in answers if isinstance(answer, Refused)]
    return [answer for answer in answers if not isinstance(answer, Refused)], refused


@pytest.mark.parametrize("name", DOORS)
def test_of_four_requests_at_once_for_the_last_unit_one_wins(door, rpc, sell, name):
    order = sell(1)
    line = {"sale_line_id": order["line"], "quantity": 1}
    requests = [{"external_ref": new_ref(), "lines": [line]} for _number in range(4)]
    won, refused = at_once(door, name, requests)
    assert len(won) == 1
    assert len(refused) == 3
    assert all("0 can still be returned" in message for message in refused)
    assert rpc.env["aftersales.rma.line"].search_count([("sale_line_id", "=", order["line"])]) == 1


@pytest.mark.parametrize("name", DOORS)
def test_of_four_withdrawals_at_once_before_the_delivery_one_wins(door, rpc, sell, name):
    sold = sell(1)
    line = {"product_id": sold["product"], "product_uom_qty": 1}
    order = rpc.env["sale.order"].create({"partner_id": sold["partner"], "order_line": [(0, 0, line)]})
    rpc.execute("sale.order", "action_confirm", [order])
    options = door(name)("return_options", {"order": order})["lines"]
    assert [(option["undelivered"], option["returnable"]) for option in options] == [(True, 1)]
    line = {"sale_line_id": options[0]["sale_line_id"], "quantity": 1, "undelivered": True}
    won, refused = at_once(door, name, [{"external_ref": new_ref(), "lines": [line]} for _number in range(4)])
    assert (len(won), len(refused)) == (1, 3)
    assert all("0 can still be returned" in message for message in refused)
    assert won[0]["lines"][0]["undelivered"] is True


@pytest.mark.parametrize("name", DOORS)
def test_four_calls_at_once_with_one_reference_give_one_return(door, rpc, line, name):
    request = {"external_ref": new_ref(), "lines": [line]}
    won, refused = at_once(door, name, [request] * 4)
    assert not refused
    assert len({answer["id"] for answer in won}) == 1
    assert rpc.env["aftersales.rma"].search_count([("external_ref", "=", request["external_ref"])]) == 1


@pytest.mark.parametrize("name", DOORS)
def test_of_four_at_once_each_step_of_a_return_is_done_once(door, rpc, sell, name):
    order = sell(2, paid=True)
    line = {"sale_line_id": order["line"], "quantity": 2, "reason": "changed_mind", "remedy": "refund"}
    asked = door(name)("request_return", {"lines": [line]})
    arrived = {"lines": [{"line_id": asked["lines"][0]["id"], "quantity": 2}]}
    _won, refused = at_once(door, name, [{"rma": asked["id"]}] * 4, "approve_return")
    assert refused == []
    received, refused = at_once(door, name, [{"rma": asked["id"], **arrived}] * 4, "receive_return")
    assert (len(received), len(refused)) == (1, 3)
    settled, refused = at_once(door, name, [{"rma": asked["id"]}] * 4, "settle_return")
    assert refused == []
    assert [answer["state"] for answer in settled] == ["done"] * 4
    done = door(name)("get_return", {"rma": asked["id"]})
    assert (len(done["pickings"]), len(done["refunds"]), done["refunded_total"]) == (1, 1, 59.98)
    assert len(done["remedies"]) == 1


# --- the state is nobody's to write ----------------------------------------------------------------------------------


def call(rpc, model, method, *args, **context):
    return rpc.execute_kw(model, method, list(args), {"context": context} if context else {})


@pytest.mark.parametrize(
    "context", [{}, {"aftersales_system": True}, {"install_mode": True}, {"import_file": True}], ids=str
)
def test_write_cannot_set_the_state_whatever_the_context(rpc, draft, context):
    with pytest.raises(odoorpc.error.RPCError):
        call(rpc, "aftersales.rma", "write", [draft["id"]], {"state": "done"}, **context)
    assert rpc.env["aftersales.rma"].browse(draft["id"]).state == "draft"


@pytest.mark.parametrize("context", [{}, {"aftersales_system": True}], ids=str)
def test_create_cannot_set_the_state(rpc, draft, context):
    values = {"partner_id": draft["partner"]["id"], "state": "done"}
    with pytest.raises(odoorpc.error.RPCError):
        call(rpc, "aftersales.rma", "create", [values], **context)


def test_a_default_in_the_context_cannot_set_the_state(rpc, draft):
    values = {"partner_id": draft["partner"]["id"]}
    [made] = call(rpc, "aftersales.rma", "create", [values], default_state="done", default_reject_reason="sneaky")
    row = rpc.env["aftersales.rma"].read([made], ["state", "reject_reason"])[0]
    assert (row["state"], row["reject_reason"]) == ("draft", False)


@pytest.mark.parametrize("columns", [["partner_id/.id", "state"], [".id", "state"]], ids=["create", "write"])
def test_an_import_cannot_set_the_state(rpc, draft, columns):
    first = draft["partner"]["id"] if columns[0].startswith("partner") else draft["id"]
    answer = call(rpc, "aftersales.rma", "load", columns, [[str(first), "done"]])
    assert answer["ids"] is False
    assert answer["messages"]
    assert rpc.env["aftersales.rma"].browse(draft["id"]).state == "draft"


def test_a_copy_cannot_set_the_state(rpc, draft):
    with pytest.raises(odoorpc.error.RPCError):
        call(rpc, "aftersales.rma", "copy", [draft["id"]], {"state": "done"})


def test_the_web_clients_save_cannot_set_the_state(rpc, draft):
    with pytest.raises(odoorpc.error.RPCError):
        call(rpc, "aftersales.rma", "web_save", [draft["id"]], {"state": "done"}, {"state": {}})


def test_a_remedy_cannot_be_declared_done_through_its_return(rpc, line):
    asked = rpc.execute_kw("aftersales.api", "request_return", [{"lines": [line]}])
    approved = rpc.execute_kw("aftersales.api", "approve_return", [{"rma": asked["id"]}])
    command = [(1, approved["remedies"][0]["id"], {"state": "done"})]
    with pytest.raises(odoorpc.error.RPCError):
        call(rpc, "aftersales.rma", "write", [asked["id"]], {"remedy_ids": command})
    with pytest.raises(odoorpc.error.RPCError):
        call(rpc, "aftersales.remedy", "write", [approved["remedies"][0]["id"]], {"state": "done"})


def test_json2_cannot_write_the_state_either(json2, draft):
    with pytest.raises(json2.Error):
        json2("aftersales.rma", "write", ids=[draft["id"]], vals={"state": "done"})


@pytest.mark.parametrize("method", ["_transition", "_write_guarded", "_approve", "_settle"])
def test_private_steps_cannot_be_called(rpc, draft, method):
    with pytest.raises(odoorpc.error.RPCError):
        call(rpc, "aftersales.rma", method, [draft["id"]], "done")
    assert rpc.env["aftersales.rma"].browse(draft["id"]).state == "draft"


def test_a_case_is_opened_once_read_and_solved(api, sell):
    order = sell(1)
    ref = new_ref()
    params = {"type": "problem", "subject": "It flickers", "partner": order["partner"], "order": order["name"]}
    case = api("open_case", {**params, "external_ref": ref, "product": order["product"]})
    assert (case["state"], case["channel"], case["lot"], case["commitments"]) == (
        "new",
        "rpc",
        False,
        case["commitments"],
    )
    assert api("open_case", {**params, "external_ref": ref, "product": order["product"]})["id"] == case["id"]
    assert api("get_case", {"case": case["name"]})["subject"] == "It flickers"
    assert api("solve_case", {"case": case["id"], "solution": "New bulb"})["state"] == "solved"
    for bad, message in (({"partner": "no such customer"}, "there is no"), ({"type": "wish"}, "is none of")):
        with pytest.raises(Refused, match=message):
            api("open_case", {**params, **bad})
