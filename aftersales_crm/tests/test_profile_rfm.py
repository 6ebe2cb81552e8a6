import csv
import gzip
from bisect import bisect_left
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from statistics import median

from freezegun import freeze_time
from psycopg2.extras import execute_values

from .common import AftersalesCommon

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "online_retail.csv.gz"
TODAY = datetime(2011, 9, 1, 12)


class TestProfileRfm(AftersalesCommon):
    """The figures of a retailer's real customers equal what Python makes of the same file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.aftersales_tz = "UTC"
        cls.documents = cls._read() if DATA.exists() else {}

    @classmethod
    def _read(cls):
        """Orders and credits of the file: number → customer, time, total."""
        documents = {}
        with gzip.open(DATA, "rt", encoding="utf-8", newline="") as lines:
            for line in csv.DictReader(lines):
                if not line["CustomerID"] or line["InvoiceNo"].startswith("A"):
                    continue
                customer = int(float(line["CustomerID"]))
                at = datetime.fromisoformat(line["InvoiceDate"])
                document = documents.setdefault(line["InvoiceNo"], [customer, at, 0.0])
                document[2] = round(document[2] + int(line["Quantity"]) * float(line["UnitPrice"]), 2)
        return documents

    def _load(self):
        """Customers, orders, invoices and credit notes by SQL, as copies of one of each."""
        order = self._sold((self.kettle, 1))
        self.env.flush_all()
        cr = self.env.cr
        cr.execute("CREATE TEMP TABLE told (name text, customer int, at timestamp, total numeric) ON COMMIT DROP")
        execute_values(
            cr._obj, "INSERT INTO told VALUES %s", [(name, *values) for name, values in self.documents.items()]
        )
        self._copies(
            "res_partner", self.customer.id, "SELECT DISTINCT customer FROM told",
            "'ref', told.customer, 'name', told.customer, 'commercial_partner_id', told.id",
        )  # fmt: skip
        owner = "(SELECT id FROM res_partner WHERE ref = told.customer::text)"
        self._copies(
            "sale_order", order.id, "SELECT * FROM told WHERE name NOT LIKE 'C%%'",
            f"'name', told.name, 'date_order', told.at, 'partner_id', {owner}, 'access_token', NULL",
        )  # fmt: skip
        self._copies(
            "account_move", order.invoice_ids.id, "SELECT * FROM told",
            f"'name', told.name, 'partner_id', {owner}, 'amount_untaxed_signed', told.total, 'access_token', NULL, "
            "'move_type', CASE WHEN told.name LIKE 'C%%' THEN 'out_refund' ELSE 'out_invoice' END",
        )  # fmt: skip
        cr.execute("UPDATE sale_order SET state = 'cancel' WHERE id = %s", [order.id])  # the pattern ranks with nobody
        self.env.invalidate_all()

    def _copies(self, table, template, rows, changes):
        self.env.cr.execute(
            f"""INSERT INTO {table}
                SELECT copy.*
                  FROM (SELECT nextval('{table}_id_seq') AS id, rows.* FROM ({rows}) rows) told,
                       (SELECT one FROM {table} one WHERE one.id = %s) template,
                       LATERAL jsonb_populate_record(
                           template.one, jsonb_build_object('id', told.id, {changes})) copy""",
            [template],
        )

    def _told(self):
        """What the file says of each customer, without the database."""
        days, revenue = defaultdict(list), Counter()
        for name, (customer, at, total) in self.documents.items():
            revenue[customer] += total
            if not name.startswith("C"):
                days[customer].append(at.date())
        figures = {
            customer: {"last": max(bought), "count": len(bought), "revenue": round(revenue[customer], 2)}
            for customer, bought in days.items()
        }
        for key, rank in (("last", "r"), ("count", "f"), ("revenue", "m")):
            ordered = sorted(row[key] for row in figures.values())
            for row in figures.values():
                row[rank] = 1 + bisect_left(ordered, row[key]) * 5 // len(ordered)
        for customer, row in figures.items():
            distinct = sorted(set(days[customer]))
            gaps = [(later - earlier).days for earlier, later in zip(distinct, distinct[1:], strict=False)]
            row["gap"] = median(gaps) if gaps else 0
            row["segment"] = self._segment(row["r"], row["f"], row["m"])
            row["risk"] = self._risk((TODAY.date() - row["last"]).days, row["gap"])
        return figures

    def _segment(self, r, f, m):
        rules = (
            (r >= 4 and f >= 4 and m >= 4, "champions"),
            (r >= 3 and f >= 4, "loyal"),
            (r >= 4, "promising"),
            (r == 3, "attention"),
            (f >= 3 or m >= 4, "at_risk"),
        )
        return next((name for holds, name in rules if holds), "lost")

    def _risk(self, days, gap):
        if not gap:
            return False
        return "high" if days / gap > 2.5 else "watch" if days / gap > 1.5 else "low"

    def test_rfm_equals_an_independent_calculation(self):
        if not self.documents:
            self.skipTest("the retailer's data is not beside this repository")
        self._load()
        with freeze_time(TODAY):
            self.env["aftersales.profile"]._refresh()
            profiles = self.env["aftersales.profile"].search(
                [("commercial_partner_id.ref", "!=", False), ("order_count", ">", 0)]
            )
        told = self._told()
        self.assertGreater(len(told), 3000)
        found = {
            int(profile.commercial_partner_id.ref): {
                "last": profile.last_order_on,
                "count": profile.order_count,
                "revenue": round(profile.revenue, 2),
                "gap": profile.gap_days,
                "r": profile.recency,
                "f": profile.frequency,
                "m": profile.monetary,
                "segment": profile.segment,
                "risk": profile.churn_risk,
            }
            for profile in profiles
        }
        self.assertEqual(set(found), set(told))
        wrong = [(customer, row, told[customer]) for customer, row in found.items() if row != told[customer]]
        self.assertEqual(wrong, [])
        self.assertEqual(len(Counter(row["segment"] for row in found.values())), 6)
