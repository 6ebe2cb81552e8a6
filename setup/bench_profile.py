"""Profiles of very many customers, made anew in one statement per figure; PostgreSQL itself makes the customers."""

import time

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from bench_history import copies

# Orders and invoices of a customer, on the average; who has a low number has more.
ORDERS = 2


def fill(env, customers):
    """Make customers with orders and invoices over five years.

    :param env: of the superuser, in a database that is thrown away and where something was sold and invoiced
    :param int customers: how many
    """
    cr = env.cr
    cr.execute("SET session_replication_role = replica")  # what is copied needs no check
    first = copies(env, "res.partner", customers, SQL("jsonb_build_object('id', id, 'commercial_partner_id', id)"))
    owner = SQL("%s + (power(random(), 2) * %s)::int", first, customers - 1)
    day = SQL("timestamp '2021-01-01' + random() * interval '1800 days'")
    copies(
        env,
        "sale.order",
        ORDERS * customers,
        SQL("jsonb_build_object('id', id, 'name', 'P/' || id, 'partner_id', %s, 'date_order', %s)", owner, day),
    )
    copies(
        env,
        "account.move",
        ORDERS * customers,
        SQL(
            """jsonb_build_object('id', id, 'name', 'P/' || id, 'partner_id', %s, 'amount_untaxed_signed',
                                  round((random() * 500)::numeric, 2), 'sequence_number', id)""",
            owner,
        ),
    )
    cr.execute("SET session_replication_role = origin")
    cr.execute("ANALYZE res_partner, sale_order, account_move")


def measure(registry, customers, rounds):
    """Make the profiles, then make them anew with nothing to change, and on demand for one customer.

    :return: dict with ``first`` and ``again`` (figure → seconds) and ``one_ms`` (list)
    """
    with registry.cursor() as cr:
        fill(api.Environment(cr, SUPERUSER_ID, {}), customers)
    runs = [_figures(registry) for _run in range(2)]
    return {"first": runs[0], "again": runs[1], "one_ms": [_one(registry) for _round in range(rounds)]}


def _figures(registry):
    seconds = {}
    with registry.cursor() as cr:
        profile = api.Environment(cr, SUPERUSER_ID, {})["aftersales.profile"]
        for figure in profile._figures():
            started = time.perf_counter()
            figure(None)
            seconds[figure.__name__.removeprefix("_figure_")] = time.perf_counter() - started
    with registry.cursor() as cr:
        cr.execute("ANALYZE aftersales_profile")
    return seconds


def _one(registry):
    with registry.cursor() as cr:
        profile = api.Environment(cr, SUPERUSER_ID, {})["aftersales.profile"]
        some = profile.search([], order="id", limit=1, offset=1000)
        started = time.perf_counter()
        profile._refresh(some.commercial_partner_id.ids)
        return (time.perf_counter() - started) * 1000
