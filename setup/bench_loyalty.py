"""Very many points that expire in one night, against the plain SQL that does it; PostgreSQL itself makes the cards."""

import time

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

# Lots of one card that are over, and as many that are not.
LOTS = 5


def measure(registry, lots, rounds):
    """Let points of two programs expire: of one by plain SQL, of the other by the job; in turns.

    :param int lots: how many are over in each
    :return: dict with ``plain_s`` and ``ours_s``, seconds of each round (lists)
    """
    found = {"plain_s": [], "ours_s": []}
    for number in range(rounds):
        programs = [_fill(registry, lots, f"{number} {side}") for side in found]
        _vacuum(registry)
        for side, program in zip(found, programs, strict=True):
            found[side].append(_timed(registry, lots, program, side))
    return found


def _fill(registry, lots, name):
    """A program whose ledger has so many lots that are over.

    :return: its id (int)
    """
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        program = env["loyalty.program"].create(
            {
                "name": name,
                "program_type": "loyalty",
                "applies_on": "both",
                "trigger": "auto",
                "aftersales_ledger": True,
            }
        )
        env.flush_all()
        rows = {"program": program.id, "company": env.company.id, "cards": lots // LOTS, "lots": LOTS}
        cr.execute(
            SQL(
                """INSERT INTO loyalty_card (program_id, code, points, active)
                   SELECT %(program)s, 'bench-' || %(program)s || '-' || n, %(lots)s * 2 * 10, TRUE
                     FROM generate_series(1, %(cards)s) n""",
                **rows,
            )
        )
        cr.execute(
            SQL(
                """INSERT INTO aftersales_loyalty_entry
                       (card_id, program_id, company_id, kind, points, remaining, state, date, posted_at, expires_on)
                   SELECT card.id, %(program)s, %(company)s, 'earn', 10, 10, 'posted', day, day,
                          day + CASE WHEN n %% 2 = 0 THEN 365 ELSE 3650 END
                     FROM generate_series(1, %(lots)s * 2) n
                    CROSS JOIN loyalty_card card, LATERAL (SELECT '2020-01-01'::date + n AS day) made
                    WHERE card.program_id = %(program)s""",
                **rows,
            )
        )
        return program.id


def _vacuum(registry):
    """What a database does by itself after such an import."""
    with registry.cursor() as cr:
        cr._cnx.autocommit = True
        try:
            cr.execute("VACUUM (ANALYZE) aftersales_loyalty_entry, loyalty_card")
        finally:
            cr._cnx.autocommit = False


def _timed(registry, lots, program, side):
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        started = time.perf_counter()
        if side == "plain_s":
            _expire_plainly(cr, program)
            cr.commit()
        else:
            env["aftersales.loyalty.entry"]._cron_expire()
        spent = time.perf_counter() - started
        cr.execute("SELECT COUNT(*) FROM aftersales_loyalty_entry WHERE program_id = %s AND kind = 'expire'", [program])
        if cr.fetchone()[0] != lots or env["aftersales.loyalty.entry"]._audit(env["loyalty.program"].browse(program)):
            raise AssertionError(f"{side}: not all points expired, or the balances are wrong")
        return spent


def _expire_plainly(cr, program):
    """What somebody would type: three statements, no locks, no progress."""
    over = SQL("lot.program_id = %s AND lot.remaining > 0 AND lot.expires_on < CURRENT_DATE", program)
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
