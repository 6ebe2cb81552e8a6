"""Install our add-ons into a shop that trades, upgrade them, uninstall them: Odoo's data is as before, ours is gone."""

import subprocess
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql

import database
import odoo_log
from runtime import ADDONS

SHOP = Path(__file__).with_name("lifecycle_shop.py")
RETURNS = Path(__file__).with_name("lifecycle_returns.py")
# Bookkeeping of Odoo that any installation writes, whatever is installed.
VOLATILE_TABLES = {"bus_bus", "ir_logging", "ir_profile", "ir_cron_trigger"}
SIGNALS = "orm_signaling_"
# An upgrade writes every view again; Odoo then keeps the text before as `arch_prev`.
VOLATILE_COLUMNS = {"write_date", "write_uid", "nextcall", "lastcall", "arch_prev"}
# Bundles of scripts and styles, which Odoo makes anew whenever modules change.
ASSETS = "/web/assets/%"


class Snapshot:
    """What a database holds: hashes of all rows by table, and its structure."""

    def __init__(self, stack, name, tables=None):
        """:param dict tables: columns by table to look at; all of them when empty"""
        with psycopg2.connect(dbname=name, **connection(stack)) as db, db.cursor() as cr:
            self.structure = structure(cr)
            self.columns = tables or columns(cr)
            present = {table: names for table, names in self.columns.items() if table_exists(cr, table)}
            self.rows = {table: rows(cr, table, names) for table, names in present.items()}

    def changes(self, later):
        """Tables of which a row is missing or different in a later snapshot: dict of table to examples."""
        found = {}
        for table, before in self.rows.items():
            after = later.rows.get(table, {})
            lost = [key for key, value in before.items() if after.get(key) != value]
            if lost:
                found[table] = f"{len(lost)} of {len(before)} rows, as {sorted(lost)[:5]}"
        return found

    def additions(self, later):
        """Tables that have more rows in a later snapshot: dict of table to examples."""
        found = {}
        for table, after in later.rows.items():
            new = [key for key in after if key not in self.rows.get(table, {})]
            if new:
                found[table] = f"{len(new)} rows, as {sorted(new)[:5]}"
        return found


def connection(stack):
    """Arguments of psycopg2.connect for the environment's server (dict)."""
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"}
    return {names[key]: value for key, value in stack.pg.items() if key in names}


def columns(cr):
    """Columns by table, those left out that change by themselves (dict of str to list of str)."""
    cr.execute("""
        SELECT table_name, array_agg(column_name::text ORDER BY column_name)
          FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
         WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
         GROUP BY table_name
    """)
    found = {table: [name for name in names if name not in VOLATILE_COLUMNS] for table, names in cr.fetchall()}
    return {table: names for table, names in found.items() if not is_volatile(table)}


def is_volatile(table):
    return table in VOLATILE_TABLES or table.startswith(SIGNALS)


def table_exists(cr, table):
    cr.execute("SELECT to_regclass(%s)", [f"public.{table}"])
    return cr.fetchone()[0] is not None


def rows(cr, table, names):
    """Rows of a table as hashes, by id and what names them, or by their own hash where there is no id (dict)."""
    content = sql.SQL("md5(ROW({})::text)").format(sql.SQL(", ").join(map(sql.Identifier, names)))
    telling = [sql.Identifier(name) for name in ("id", "module", "model", "name") if name in names]
    key = sql.SQL("concat_ws(' ', {})").format(sql.SQL(", ").join(telling)) if "id" in names else content
    where = sql.SQL("")
    if table == "ir_attachment":
        where = sql.SQL("WHERE url IS NULL OR url NOT LIKE {}").format(sql.Literal(ASSETS))
    cr.execute(sql.SQL("SELECT {}, {} FROM {} {}").format(key, content, sql.Identifier(table), where))
    return dict(cr.fetchall())


def structure(cr):
    """Columns, indexes, constraints and sequences of a database, as a set of text."""
    cr.execute("""
        SELECT concat_ws(' ', 'column', table_name, column_name, data_type, is_nullable, column_default)
          FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL
        SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL
        SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL
        SELECT 'sequence ' || sequencename FROM pg_sequences WHERE schemaname = 'public'
        UNION ALL
        SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL
        SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
    """)
    return {row[0] for row in cr.fetchall()}


def told(stack, name, *scripts):
    """Feed scripts to one shell of Odoo; gives what they printed, or how they failed (str)."""
    command = stack.command("shell", "-d", name, "--no-http", "--log-level=warn")
    script = "\n".join(path.read_text() for path in scripts)
    done = subprocess.run(command, input=script, env=stack.environment(), capture_output=True, text=True)
    return done.stdout + done.stderr


def uninstall(stack, name):
    """Uninstall our add-ons; gives what Odoo logged (list)."""
    command = stack.command("module", "uninstall", "-d", name, *ADDONS)
    done = subprocess.run(command, env=stack.environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return odoo_log.problems(done.stderr, strict=True)


class Journey:
    """One database on its way, with a snapshot after each station and what Odoo logged between them."""

    def __init__(self, stack, name):
        self.stack = stack
        self.name = name
        self.logged = {}
        self.fill()
        self.before = Snapshot(stack, name)
        self.odoo("install", "-i", ",".join(ADDONS))
        self.installed = Snapshot(stack, name, self.before.columns)
        self.odoo("upgrade", "-u", ",".join(ADDONS))
        self.upgraded = Snapshot(stack, name, self.before.columns)
        self.uninstall()
        self.after = Snapshot(stack, name)

    def fill(self):
        assert "shop is ready" in told(self.stack, self.name, SHOP)

    def odoo(self, station, *arguments):
        log = database.run_odoo(self.stack, self.name, list(arguments), f"lifecycle-{station}.log")
        self.logged[station] = odoo_log.problems(log.read_text(errors="replace"), strict=True)

    def uninstall(self):
        self.logged["uninstall"] = uninstall(self.stack, self.name)


@pytest.fixture(scope="module")
def journey(stack):
    with database.temporary(stack, lambda: database.base(stack, demo=False)) as name:
        yield Journey(stack, name)


def without(found, *tables):
    return {table: text for table, text in found.items() if table not in tables}


@pytest.mark.parametrize("station", ["install", "upgrade", "uninstall"])
def test_nothing_is_logged(journey, station):
    assert journey.logged[station] == []


def test_installing_changes_no_row_of_odoo(journey):
    # The register of modules says what is installed; that is the one thing that must change.
    assert without(journey.before.changes(journey.installed), "ir_module_module") == {}


def test_installing_only_adds_to_the_structure(journey):
    assert journey.before.structure - journey.installed.structure == set()


def test_upgrading_changes_nothing(journey):
    assert without(journey.installed.changes(journey.upgraded), "ir_module_module") == {}
    assert journey.installed.additions(journey.upgraded) == {}


def test_uninstalling_leaves_every_row_of_odoo_as_it_was(journey):
    assert without(journey.before.changes(journey.after), "ir_module_module") == {}


def test_uninstalling_leaves_no_row_of_ours(journey):
    assert journey.before.additions(journey.after) == {}


def test_uninstalling_leaves_the_structure_as_it_was(journey):
    assert journey.before.structure - journey.after.structure == set()
    assert journey.after.structure - journey.before.structure == set()


# Where Odoo's own tables name a model in text: a row that names one of ours would stand for nothing.
NAMED_MODELS = {
    "ir_attachment": "res_model",
    "ir_model_data": "model",
    "mail_activity": "res_model",
    "mail_followers": "res_model",
    "mail_message": "model",
    "rating_rating": "res_model",
}
DOCUMENTS = ("sale_order", "stock_picking", "stock_move", "account_move", "account_move_line", "repair_order")


class Used:
    """A shop that has used the add-ons, before and after they are uninstalled."""

    def __init__(self, stack, name, bare):
        self.story = told(stack, name, SHOP, RETURNS)
        with psycopg2.connect(dbname=bare, **connection(stack)) as db, db.cursor() as cr:
            self.bare = structure(cr)
            kept = {table: names for table, names in columns(cr).items() if table in DOCUMENTS}
        self.before = Snapshot(stack, name, kept)
        self.logged = uninstall(stack, name)
        self.after = Snapshot(stack, name, kept)
        with psycopg2.connect(dbname=name, **connection(stack)) as db, db.cursor() as cr:
            self.structure = structure(cr)
            self.left = {table: count for table in NAMED_MODELS if (count := named_ours(cr, table))}


def named_ours(cr, table):
    """How many rows of a table of Odoo's name one of our models."""
    query = sql.SQL("SELECT count(*) FROM {} WHERE {} LIKE 'aftersales.%'")
    cr.execute(query.format(sql.Identifier(table), sql.Identifier(NAMED_MODELS[table])))
    return cr.fetchone()[0]


@pytest.fixture(scope="module")
def used(stack):
    with database.temporary(stack, lambda: database.template(stack, demo=False)) as name:
        yield Used(stack, name, database.base(stack, demo=False))


def test_a_shop_that_used_it_uninstalls_without_a_word(used):
    assert "shop has used it done pending {'pending'}" in used.story
    assert used.logged == []


def test_a_shop_that_used_it_keeps_every_document_as_it_was(used):
    assert used.before.rows["account_move"] and used.before.rows["repair_order"]
    assert used.before.changes(used.after) == {}


def test_nothing_that_names_our_models_stays_in_a_shop_that_used_it(used):
    assert used.left == {}
    assert used.structure - used.bare == set()
    assert used.bare - used.structure == set()
