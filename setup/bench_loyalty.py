"""Very many points that expire in one night, against the plain SQL that does it; PostgreSQL itself makes the cards."""

import time

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from bench_history import copies

# Lots of one card that are over; each card has one more that is not.
LOTS = 5


def measure(registry, lots, rounds):
    """Let points of two programs expire: of one by plain SQL, of the other by the job; in turns.

    :param int lots: how many are over in each
    :return: dict with ``plain_s`` and ``ours_s``, seconds of each round, and ``history_s``, what it takes to write the
        second into the customers' history (lists)
    """
    found = {"plain_s": [], "ours_s": [], "history_s": []}
    for _number in range(rounds):
        plain, ours = (_fill(registry, lots) for _side in range(2))
        _vacuum(registry)
        found["plain_s"].append(_timed(registry, lots, plain, _expire_plainly))
        found["ours_s"].append(_timed(registry, lots, ours, _expire))
        found["history_s"].append(_tell(registry, plain))
    return found


def _fill(registry, lots):
    """A program whose ledger has so many lots that are over.

    :return: its id (int)
    """
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        values = {"name": "Bench", "program_type": "loyalty", "applies_on": "both", "trigger": "auto"}
        program = env["loyalty.program"].create({**values, "aftersales_ledger": True})
        env.flush_all()
        cards = lots // LOTS
        cr.execute("SET session_replication_role = replica")  # what is made here needs no check
        partner = copies(env, "res.partner", cards, SQL("jsonb_build_object('id', id, 'commercial_partner_id', id)"))
        cr.execute(
            """INSERT INTO loyalty_card (program_id, partner_id, code, points, active)
               SELECT %s, %s + n, 'bench-' || %s || '-' || n, %s, TRUE FROM generate_series(0, %s) n""",
            [program.id, partner, program.id, (LOTS + 1) * 10, cards - 1],
        )
        cr.execute(
            """INSERT INTO aftersales_loyalty_entry
                   (card_id, program_id, company_id, kind, points, remaining, state, date, posted_at, expires_on)
               SELECT card.id, card.program_id, %s, 'earn', 10, 10, 'posted', day, day,
                      CASE WHEN n > 0 THEN day + 365 END
                 FROM generate_series(0, %s) n
                CROSS JOIN loyalty_card card, LATERAL (SELECT '2020-01-01'::date + n AS day) made
                WHERE card.program_id = %s""",
            [env.company.id, LOTS, program.id],
        )
        cr.execute("SET session_replication_role = origin")
        return program.id


def _vacuum(registry):
    """What a database does by itself after such an import."""
    with registry.cursor() as cr:
        cr._cnx.autocommit = True
        try:
            cr.execute("VACUUM (ANALYZE) aftersales_loyalty_entry, loyalty_card, res_partner")
        finally:
            cr._cnx.autocommit = False


def _timed(registry, lots, program, expire):
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        program = env["loyalty.program"].browse(program)
        started = time.perf_counter()
        expire(env, program)
        cr.commit()
        spent = time.perf_counter() - started
        entries = env["aftersales.loyalty.entry"]
        if entries.search_count([("program_id", "=", program.id), ("kind", "=", "expire")]) != lots:
            raise AssertionError("not all points have expired")
        if entries._audit(program):
            raise AssertionError("balances and ledger are not equal")
        return spent


def _expire(env, program):
    env["aftersales.loyalty.entry"]._with_system()._expire(program)


def _expire_plainly(env, program):
    """What somebody would type: three statements, no locks, no progress."""
    cr, over = env.cr, SQL("lot.program_id = %s AND lot.remaining > 0 AND lot.expires_on < CURRENT_DATE", program.id)
    cr.execute(
        SQL(
            """UPDATE loyalty_card card SET points = card.points - lost.points
                 FROM (SELECT lot.card_id, SUM(lot.remaining) AS points FROM aftersales_loyalty_entry lot
                        WHERE %s GROUP BY lot.card_id) lost
                WHERE card.id = lost.card_id""",
            over,
        )
    )
    cr.execute(
        SQL(
            """INSERT INTO aftersales_loyalty_entry
                      (card_id, program_id, company_id, kind, points, remaining, state, date, posted_at, lot_id)
               SELECT lot.card_id, lot.program_id, lot.company_id, 'expire', -lot.remaining, 0, 'posted',
                      CURRENT_DATE, NOW() AT TIME ZONE 'UTC', lot.id
                 FROM aftersales_loyalty_entry lot
                WHERE %s""",
            over,
        )
    )
    cr.execute(SQL("UPDATE aftersales_loyalty_entry lot SET remaining = 0 WHERE %s", over))


def _tell(registry, plain):
    """Seconds in which the customers' history learns of it; what plain SQL let expire counts for nothing."""
    with registry.cursor() as cr:
        cr.execute("UPDATE aftersales_loyalty_entry SET date = '2020-01-01' WHERE program_id = %s", [plain])
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        started = time.perf_counter()
        env["aftersales.loyalty.entry"]._tell_expired()
        return time.perf_counter() - started
