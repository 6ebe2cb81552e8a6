"""Odoo's own tests of loyalty cards and of points on orders stay green with our add-ons installed."""

import re

import database


def test_the_tests_of_loyalty_and_sale_loyalty_pass(stack):
    with database.temporary(stack, lambda: database.template(stack, demo=False)) as name:
        wanted = ["--test-tags=/loyalty,/sale_loyalty", "-u", "loyalty"]
        log = database.run_odoo(stack, name, wanted, "odoo-loyalty.log").read_text(errors="replace")
    ended = re.findall(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests", log)
    assert ended, "no test was run"
    failed, errors, run = map(int, ended[-1])
    assert (failed, errors) == (0, 0)
    assert run > 50
