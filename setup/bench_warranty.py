"""Warranties among very many: the pages of the back office, and the verdict about one unit."""

import statistics
import threading
import time

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from bench_history import copies

PAGE = 80
# So many warranties cover one unit: by law and by a term.
EACH = 2


def fill(env, warranties):
    """Make warranties of synthetic serials, bought over eight years.

    :param env: of the superuser, in a database that is thrown away and where a product was sold
    :param int warranties: how many
    """
    units, customers = warranties // EACH, warranties // 100
    owner = copies(env, "res.partner", customers, SQL("jsonb_build_object('id', id, 'commercial_partner_id', id)"))
    product = env["product.product"].create({"name": "Serial", "is_storable": True, "tracking": "serial"})
    env["stock.lot"].create({"name": "BENCH", "product_id": product.id})
    env.flush_all()
    lot = copies(env, "stock.lot", units, SQL("jsonb_build_object('id', id, 'name', 'BENCH-' || id)"))
    env.cr.execute(
        SQL(
            """INSERT INTO aftersales_warranty
                   (product_id, lot_id, quantity, partner_id, commercial_partner_id, company_id, source, coverage,
                    start_date, end_date, lasts_until, is_verified, create_date)
               SELECT %(product)s, %(lot)s + n / %(each)s, 1, %(owner)s + n / %(each)s %% %(customers)s,
                      %(owner)s + n / %(each)s %% %(customers)s, %(company)s,
                      CASE n %% %(each)s WHEN 0 THEN 'statutory' ELSE 'commercial' END,
                      '{"name": "Bench", "duration": 24, "unit": "months", "start": "delivery", "parts": 100}',
                      first.day, last.day, last.day, TRUE, NOW()
                 FROM generate_series(0, %(warranties)s - 1) n,
                      LATERAL (SELECT CURRENT_DATE - (n * 7 %% 2920) AS day) first,
                      LATERAL (SELECT first.day + 730 * (1 + n %% %(each)s) AS day) last""",
            product=product.id,
            lot=lot,
            each=EACH,
            owner=owner,
            customers=customers,
            company=env.company.id,
            warranties=warranties,
        )
    )
    env.cr.execute("ANALYZE")
    return lot + units // 2


def measure(registry, clerk, warranties, rounds):
    """Open the pages of the back office, and judge one unit.

    :param int clerk: id of the user who looks
    :return: list of ``title``, ``explain_ms`` (PostgreSQL's own time for the query, 0 for several) and, as lists,
        ``ms`` and ``sql`` of the whole call
    """
    with registry.cursor() as cr:
        lot = fill(api.Environment(cr, SUPERUSER_ID, {}), warranties)
    ending = [("state", "=", "active"), ("lasts_until", "<=", "today +60d")]
    pages = {
        "list of the active ones": [("state", "=", "active")],
        "search by serial": [("state", "=", "active"), ("lot_id", "ilike", f"BENCH-{lot}")],
        "ending soon": ending,
    }
    answers = []
    for title, domain in pages.items():
        calls = [_timed(registry, clerk, _page, domain) for _round in range(rounds + 1)][1:]
        answers.append({"title": title, "explain_ms": _explain(registry, clerk, domain), **_columns(calls)})
    calls = [_timed(registry, clerk, _verdict, lot) for _round in range(rounds + 1)][1:]
    answers.append({"title": "verdict about a unit", "explain_ms": 0.0, **_columns(calls)})
    return answers


def _columns(calls):
    return {name: [call[name] for call in calls] for name in ("ms", "sql")}


def _timed(registry, clerk, step, what):
    threading.current_thread().query_time = 0.0
    with registry.cursor() as cr:
        env = api.Environment(cr, clerk, {"lang": "en_US"})
        started = time.perf_counter()
        step(env, what)
        return {"ms": (time.perf_counter() - started) * 1000, "sql": cr.sql_log_count}


def _page(env, domain):
    """A page as the web client asks for it, with the number of all."""
    names = ("product_id", "lot_id", "partner_id", "source", "end_date", "state")
    specification = {name: {} for name in names}
    env["aftersales.warranty"].web_search_read(domain, specification, limit=PAGE, count_limit=10_001)


def _verdict(env, lot_id):
    lot = env["stock.lot"].browse(lot_id)
    unit = {"move": env["stock.move"], "lot": lot, "product": lot.product_id, "reason": env["aftersales.reason"]}
    env["aftersales.entitlement"]._judge([unit], env.company._aftersales_today())


def _explain(registry, clerk, domain):
    """Milliseconds that PostgreSQL plans and runs the query of a page (median of three)."""
    spent = []
    for _round in range(3):
        with registry.cursor() as cr:
            warranty = api.Environment(cr, clerk, {})["aftersales.warranty"]
            query = warranty._search(domain, limit=PAGE, order=warranty._order)
            cr.execute(SQL("EXPLAIN (ANALYZE, FORMAT JSON) %s", query.select()))
            (plan,) = cr.fetchone()[0]
            spent.append(plan["Planning Time"] + plan["Execution Time"])
    return statistics.median(spent)
