"""The first page of a customer's history among very many events, which PostgreSQL itself makes."""

import statistics
import threading
import time

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

# Events of the two customers that are looked at.
FEW, MANY = 10, 10_000
PAGE = 80
DOCUMENTS = {"sale.order": "order", "stock.picking": "delivery", "account.move": "invoice"}
# So many events share one document.
SHARED = 20


def fill(env, events):
    """Make events of synthetic customers on synthetic documents, mixed as they would come in.

    :param env: of the superuser, in a database that is thrown away and where something was sold
    :param int events: how many, at least ten times `MANY`
    :return: ids of a customer with few and of one with many events (tuple)
    """
    customers = events // 100
    few = copies(env, "res.partner", customers, SQL("jsonb_build_object('id', id, 'commercial_partner_id', id)"))
    many, others = few + 1, few + 2
    for number, (model, kind) in enumerate(DOCUMENTS.items()):
        count = events // SHARED // len(DOCUMENTS)
        changes = SQL("jsonb_build_object('id', id, 'name', 'BENCH/' || id, 'partner_id', %s)", many)
        document = copies(env, model, count, changes)
        env.cr.execute(
            SQL(
                """INSERT INTO aftersales_event
                       (source_key, res_model, res_id, kind, date, partner_id, commercial_partner_id, title, company_id)
                   SELECT 'bench,' || n, %(model)s, %(document)s + n %% %(count)s, %(kind)s,
                          '2020-01-01'::timestamp + n * interval '3 minutes', owner.id, owner.id, 'BENCH/' || n, 1
                     FROM generate_series(1, %(events)s) n,
                          LATERAL (SELECT CASE WHEN n %% %(few_each)s = 7 THEN %(few)s
                                               WHEN n %% %(many_each)s = 3 THEN %(many)s
                                               ELSE %(others)s + n %% %(other_count)s END AS id) owner
                    WHERE n %% %(kinds)s = %(number)s""",
                model=model,
                kind=kind,
                document=document,
                count=count,
                events=events,
                few=few,
                few_each=events // FEW,
                many=many,
                many_each=events // MANY,
                others=others,
                other_count=customers - 2,
                kinds=len(DOCUMENTS),
                number=number,
            )
        )
    env.cr.execute("ANALYZE")
    return few, many


def copies(env, model, count, changes):
    """Insert copies of a model's newest record.

    :param SQL changes: a JSON object of what differs, made from the new ``id``
    :return: the first of their ids (int); the others follow without gaps
    """
    table = model.replace(".", "_")
    env.cr.execute(
        SQL(
            """WITH made AS (
                   INSERT INTO %(table)s
                   SELECT copy.*
                     FROM (SELECT one FROM %(table)s one ORDER BY one.id DESC LIMIT 1) template,
                          (SELECT nextval(%(sequence)s) AS id FROM generate_series(1, %(count)s)) fresh,
                          LATERAL jsonb_populate_record(template.one, %(changes)s) copy
                RETURNING id)
               SELECT MIN(id) FROM made""",
            table=SQL.identifier(table),
            sequence=f"{table}_id_seq",
            count=count,
            changes=changes,
        )
    )
    return env.cr.fetchone()[0]


def measure(registry, clerk, events, rounds):
    """Read the first page of both customers through the façade.

    :param int clerk: id of the user who reads
    :return: per customer ``events``, ``shown``, ``explain_ms`` (PostgreSQL's own time for the page's query) and, as
        lists, ``ms``, ``sql`` and ``sql_ms`` of the whole call, ``timeline_ms`` of the web client's
    """
    with registry.cursor() as cr:
        customers = fill(api.Environment(cr, SUPERUSER_ID, {}), events)
    answers = []
    for customer, count in zip(customers, (FEW, MANY), strict=True):
        calls = [_page(registry, clerk, customer) for _round in range(rounds + 1)][1:]
        answers.append(
            {
                "events": count,
                "shown": calls[0]["shown"],
                "explain_ms": statistics.median(_explain(registry, clerk, customer) for _round in range(rounds)),
                **{name: [call[name] for call in calls] for name in ("ms", "sql", "sql_ms")},
                "timeline_ms": [_timeline(registry, clerk, customer) for _round in range(rounds + 1)][1:],
            }
        )
    return answers


def _page(registry, clerk, customer):
    thread = threading.current_thread()
    with registry.cursor() as cr:
        env = api.Environment(cr, clerk, {"lang": "en_US"})
        thread.query_time = 0.0
        started = time.perf_counter()
        page = env["aftersales.api"].customer_history({"partner": customer})
        spent = time.perf_counter() - started
        return {
            "shown": len(page["events"]),
            "ms": spent * 1000,
            "sql": cr.sql_log_count,
            "sql_ms": thread.query_time * 1000,
        }


def _timeline(registry, clerk, customer):
    """Milliseconds of the first page of the web client, with what is open."""
    with registry.cursor() as cr:
        event = api.Environment(cr, clerk, {"lang": "en_US"})["aftersales.event"]
        started = time.perf_counter()
        event.read_timeline("res.partner", customer)
        return (time.perf_counter() - started) * 1000


def _explain(registry, clerk, customer):
    """Milliseconds that PostgreSQL plans and runs the query of a page."""
    with registry.cursor() as cr:
        event = api.Environment(cr, clerk, {})["aftersales.event"]
        domain = [("commercial_partner_id", "=", customer)]
        query = event._search(domain, limit=PAGE + 1, order=event._order)
        cr.execute(SQL("EXPLAIN (ANALYZE, FORMAT JSON) %s", query.select()))
        (plan,) = cr.fetchone()[0]
        return plan["Planning Time"] + plan["Execution Time"]
