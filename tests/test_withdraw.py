"""The withdrawal function over HTTP: without a login, and sent by several at once."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

SENT_AT_ONCE = 6


def test_one_statement_sent_by_six_at_once_is_recorded_once(server, rpc):
    opener = build_opener(HTTPCookieProcessor())
    page = opener.open(f"{server.url}/withdraw").read().decode()
    form = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("csrf_token", "form_ref")}
    name = f"Ada {uuid.uuid4().hex[:8]}"
    form |= {"person_name": name, "email": "ada@example.com", "contract": "the lamp of last week", "scope": "whole"}

    def send(_number):
        with opener.open(f"{server.url}/withdraw", urlencode(form).encode()) as answer:
            return answer.status, "We have your withdrawal" in answer.read().decode()

    with ThreadPoolExecutor(SENT_AT_ONCE) as threads:
        answers = list(threads.map(send, range(SENT_AT_ONCE)))
    assert answers == [(200, True)] * SENT_AT_ONCE
    statements = rpc.env["aftersales.withdrawal"]
    assert len(statements.search([["person_name", "=", name]])) == 1
