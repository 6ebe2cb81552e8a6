from datetime import date

from freezegun import freeze_time

from odoo.fields import Command

from .common import AftersalesCommon

TERM = {"duration": 36, "labour_percent": 50}

# country (+: a business) with the days of contract and delivery, terms on top, what happened, day asked for and reason
# → verdict and last covered day of the longest that counts
CASES = [
    # By country: the law of the day the contract was made, from the day of the delivery.
    ("pl 2024-03-01 2024-03-05", None, [], "2026-03-05 defective", "covered 2026-03-05"),
    ("pl 2024-03-01 2024-03-05", None, [], "2026-03-06 defective", "not_covered 2026-03-05"),
    ("hu 2024-03-01 2024-03-05", None, [], "2026-03-05 defective", "covered 2026-03-05"),
    ("nl 2024-03-01 2024-03-05", None, [], "2026-03-05 defective", "covered 2026-03-05"),
    ("de 2024-03-01 2024-03-05", None, [], "2026-03-05 defective", "covered 2026-03-05"),
    ("at 2024-03-01 2024-03-05", None, [], "2026-03-05 defective", "covered 2026-03-05"),
    ("fr 2024-03-01 2024-03-05", None, [], "2026-03-05 defective", "covered 2026-03-05"),
    ("es 2024-03-01 2024-03-05", None, [], "2027-03-05 defective", "covered 2027-03-05"),
    ("es 2024-03-01 2024-03-05", None, [], "2027-03-06 defective", "not_covered 2027-03-05"),
    ("pt 2024-03-01 2024-03-05", None, [], "2027-03-05 defective", "covered 2027-03-05"),
    ("se 2024-03-01 2024-03-05", None, [], "2027-03-05 defective", "covered 2027-03-05"),
    ("it 2024-03-01 2024-03-05", None, [], "2026-03-05 defective", "covered 2026-03-05"),
    ("no 2024-03-01 2024-03-05", None, [], "2026-03-05 defective", "covered 2026-03-05"),
    ("uk 2024-03-01 2024-03-05", None, [], "2024-04-01 defective", "unknown -"),
    ("us 2024-03-01 2024-03-05", None, [], "2024-04-01 defective", "unknown -"),
    ("- 2024-03-01 2024-03-05", None, [], "2024-04-01 defective", "unknown -"),
    # Before it began.
    ("pl 2024-03-01 2024-03-05", None, [], "2024-03-05 defective", "covered 2026-03-05"),
    ("pl 2024-03-01 2024-03-05", None, [], "2024-03-04 defective", "not_covered 2026-03-05"),
    # Leap days and ends of months.
    ("de 2024-02-20 2024-02-29", None, [], "2026-02-28 defective", "covered 2026-02-28"),
    ("de 2024-02-20 2024-02-29", None, [], "2026-03-01 defective", "not_covered 2026-02-28"),
    ("de 2026-02-20 2026-02-28", None, [], "2028-02-28 defective", "covered 2028-02-28"),
    ("de 2026-02-20 2026-02-28", None, [], "2028-02-29 defective", "not_covered 2028-02-28"),
    ("uk 2024-01-31 2024-01-31", {"duration": 1}, [], "2024-02-29 defective", "covered 2024-02-29"),
    ("uk 2024-01-31 2024-01-31", {"duration": 1}, [], "2024-03-01 defective", "not_covered 2024-02-29"),
    ("uk 2024-02-29 2024-02-29", {"duration": 48}, [], "2028-02-29 defective", "covered 2028-02-29"),
    ("uk 2024-12-31 2024-12-31", {"duration": 6}, [], "2025-06-30 defective", "covered 2025-06-30"),
    (
        "uk 2024-03-01 2024-03-05",
        {"duration": 14, "duration_unit": "days"},
        [],
        "2024-03-19 defective",
        "covered 2024-03-19",
    ),
    (
        "uk 2024-03-01 2024-03-05",
        {"duration": 14, "duration_unit": "days"},
        [],
        "2024-03-20 defective",
        "not_covered 2024-03-19",
    ),
    # Several at once: the longest that covers the reason counts.
    ("pl 2024-03-01 2024-03-05", TERM, [], "2026-03-06 defective", "covered 2027-03-05"),
    ("pl 2024-03-01 2024-03-05", TERM, [], "2027-03-06 defective", "not_covered 2027-03-05"),
    ("us 2024-03-01 2024-03-05", TERM, [], "2026-03-06 defective", "covered 2027-03-05"),
    ("pl 2024-03-01 2024-03-05", {"duration": 1}, [], "2026-03-05 defective", "covered 2026-03-05"),
    # A term leaves a reason out; the law does not.
    (
        "us 2024-03-01 2024-03-05",
        {"excluded": "damaged_in_transit"},
        [],
        "2024-04-01 damaged_in_transit",
        "not_covered 2026-03-05",
    ),
    (
        "pl 2024-03-01 2024-03-05",
        {"excluded": "damaged_in_transit"},
        [],
        "2024-04-01 damaged_in_transit",
        "covered 2026-03-05",
    ),
    # A business has what was agreed only.
    ("pl+ 2024-03-01 2024-03-05", None, [], "2024-04-01 defective", "unknown -"),
    ("pl+ 2024-03-01 2024-03-05", TERM, [], "2026-04-01 defective", "covered 2027-03-05"),
    # A repair stops the clock where the law says so, and adds months to contracts of later days.
    ("hu 2024-03-01 2024-03-05", None, ["repair 2025-01-01 2025-01-31"], "2026-04-04 defective", "covered 2026-04-04"),
    (
        "hu 2024-03-01 2024-03-05",
        None,
        ["repair 2025-01-01 2025-01-31"],
        "2026-04-05 defective",
        "not_covered 2026-04-04",
    ),
    (
        "pl 2024-03-01 2024-03-05",
        None,
        ["repair 2025-01-01 2025-01-31"],
        "2026-03-06 defective",
        "not_covered 2026-03-05",
    ),
    # Two repairs that overlap count their days once, also recorded the other way round.
    (
        "hu 2024-03-01 2024-03-05",
        None,
        ["repair 2025-01-01 2025-01-31", "repair 2025-01-21 2025-02-10"],
        "2026-04-14 defective",
        "covered 2026-04-14",
    ),
    (
        "hu 2024-03-01 2024-03-05",
        None,
        ["repair 2025-01-21 2025-02-10", "repair 2025-01-01 2025-01-31"],
        "2026-04-14 defective",
        "covered 2026-04-14",
    ),
    # A repair that began after the end revives nothing; one on the last day counts.
    (
        "hu 2024-03-01 2024-03-05",
        None,
        ["repair 2026-03-06 2026-03-16"],
        "2026-03-10 defective",
        "not_covered 2026-03-05",
    ),
    ("hu 2024-03-01 2024-03-05", None, ["repair 2026-03-05 2026-03-15"], "2026-03-15 defective", "covered 2026-03-15"),
    # The days of the first one let the second one begin in time.
    (
        "hu 2024-03-01 2024-03-05",
        None,
        ["repair 2026-03-10 2026-03-12", "repair 2026-03-01 2026-03-11"],
        "2026-03-16 defective",
        "covered 2026-03-16",
    ),
    # Under way: the clock stands still, whatever the date.
    ("hu 2024-03-01 2024-03-05", None, ["repair 2026-03-01"], "2026-06-01 defective", "covered 2026-03-05"),
    ("pl 2024-03-01 2024-03-05", None, ["repair 2026-03-01"], "2026-06-01 defective", "not_covered 2026-03-05"),
    (
        "pl 2026-07-30 2026-08-05",
        None,
        ["repair 2026-09-01 2026-09-10"],
        "2028-08-06 defective",
        "not_covered 2028-08-05",
    ),
    ("pl 2026-07-31 2026-08-05", None, ["repair 2026-09-01 2026-09-10"], "2029-08-05 defective", "covered 2029-08-05"),
    (
        "pl 2026-07-31 2026-08-05",
        None,
        ["repair 2026-09-01 2026-09-10"],
        "2029-08-06 defective",
        "not_covered 2029-08-05",
    ),
    # Once only.
    (
        "pl 2026-07-31 2026-08-05",
        None,
        ["repair 2026-09-01 2026-09-10", "repair 2027-09-01 2027-09-10"],
        "2029-08-06 defective",
        "not_covered 2029-08-05",
    ),
    # What was sent back as it came adds no months, but its days.
    (
        "hu 2026-07-31 2026-08-05",
        None,
        ["unrepaired 2026-09-01 2026-09-11"],
        "2028-08-15 defective",
        "covered 2028-08-15",
    ),
    ("hu 2026-07-31 2026-08-05", None, ["repair 2026-09-01 2026-09-11"], "2029-08-15 defective", "covered 2029-08-15"),
    # A term with its own rule about repairs.
    (
        "us 2024-03-01 2024-03-05",
        {"suspends_repair": True},
        ["repair 2025-01-01 2025-01-31"],
        "2026-04-04 defective",
        "covered 2026-04-04",
    ),
    (
        "us 2024-03-01 2024-03-05",
        {"repair_extension_months": 6},
        ["repair 2025-01-01 2025-01-31"],
        "2026-09-05 defective",
        "covered 2026-09-05",
    ),
    # A replacement has what was left, or the least that the terms promise.
    (
        "pl 2024-03-01 2024-03-05",
        None,
        ["replaced 2025-01-01 2025-01-11"],
        "2026-03-05 defective",
        "covered 2026-03-05",
    ),
    (
        "pl 2024-03-01 2024-03-05",
        None,
        ["replaced 2025-01-01 2025-01-11"],
        "2026-03-06 defective",
        "not_covered 2026-03-05",
    ),
    (
        "hu 2024-03-01 2024-03-05",
        None,
        ["replaced 2025-01-01 2025-01-11"],
        "2026-03-15 defective",
        "covered 2026-03-15",
    ),
    (
        "us 2024-03-01 2024-03-05",
        {"replacement_months": 12},
        ["replaced 2026-01-01 2026-01-11"],
        "2027-01-11 defective",
        "covered 2027-01-11",
    ),
    (
        "us 2024-03-01 2024-03-05",
        {"replacement_months": 12},
        ["replaced 2024-04-01 2024-04-11"],
        "2026-03-05 defective",
        "covered 2026-03-05",
    ),
    # What was repaired before it was replaced, recorded after.
    (
        "hu 2024-03-01 2024-03-05",
        None,
        ["replaced 2025-06-01 2025-06-01", "repair 2025-01-01 2025-01-31"],
        "2026-04-04 defective",
        "covered 2026-04-04",
    ),
    # A new owner has what the old one had.
    ("pl 2024-03-01 2024-03-05", TERM, ["handed over 2025-01-01"], "2027-03-05 defective", "covered 2027-03-05"),
    # Void from a day on, and of several the first day counts.
    ("pl 2024-03-01 2024-03-05", None, ["void 2025-01-01"], "2024-12-31 defective", "covered 2026-03-05"),
    ("pl 2024-03-01 2024-03-05", None, ["void 2025-01-01"], "2025-01-01 defective", "not_covered 2026-03-05"),
    (
        "pl 2024-03-01 2024-03-05",
        None,
        ["void 2025-06-01", "void 2025-01-01"],
        "2025-03-01 defective",
        "not_covered 2026-03-05",
    ),
    (
        "pl 2024-03-01 2024-03-05",
        None,
        ["void 2025-01-01", "void 2025-06-01"],
        "2025-03-01 defective",
        "not_covered 2026-03-05",
    ),
    ("pl 2024-03-01 2024-03-05", TERM, ["void 2025-01-01"], "2025-01-01 defective", "not_covered 2027-03-05"),
    # The delivery had another date, told afterwards.
    ("pl 2024-03-01 2024-03-05", None, ["delivered 2024-04-05"], "2026-04-05 defective", "covered 2026-04-05"),
    (
        "hu 2024-03-01 2024-03-05",
        None,
        ["repair 2026-04-01 2026-04-11", "delivered 2024-04-05"],
        "2026-04-15 defective",
        "covered 2026-04-15",
    ),
]


@freeze_time("2030-01-15 12:00:00")
class TestWarrantyCases(AftersalesCommon):
    """Who is covered when, one line a case."""

    def _warranties(self, case):
        (country, contract, delivered), terms = case[0].split(), case[1]
        code, business, _rest = country.partition("+")
        at = self.env["res.country"] if code == "-" else self.env.ref(f"base.{code}")
        law = self.env["aftersales.jurisdiction"]._for_country(at, date.fromisoformat(contract))
        unit = {
            "product_id": self.washer.id,
            "lot_id": self._lots(self.washer, f"CASE-{self.number}").id,
            "partner_id": self.customer.id,
            "start_date": delivered,
        }
        promised = []
        if law.guarantee_months and not business:
            promised.append({"source": "statutory", "jurisdiction_id": law.id, "coverage": law._guarantee_coverage()})
        if terms:
            promised.append({"source": "commercial", "term_id": self._term(terms).id})
        warranties = self.env["aftersales.warranty"]._with_system().create([{**unit, **vals} for vals in promised])
        return warranties.with_env(self.env)

    def _term(self, terms):
        vals = {"name": "On top", "duration": 24, **terms}
        excluded = vals.pop("excluded", False)
        if excluded:
            vals["excluded_reason_ids"] = [Command.set(self._reason(excluded).ids)]
        return self.env["aftersales.warranty.term"].create(vals)

    def _happen(self, warranties, event):
        """Record an event; the warranties that count from then on."""
        *words, last = event.split()
        days = [date.fromisoformat(word) for word in [*words, last] if word[0].isdecimal()]
        kind = words[0]
        if kind in ("repair", "unrepaired"):
            # What was replaced is repaired no more, whenever that is recorded.
            repaired = warranties.parent_id or warranties
            repaired._record_repair(days[0], days[1] if days[1:] else None, done=kind == "repair")
        elif kind == "void":
            warranties._void_by_hand("Opened by somebody else", days[0])
        elif kind == "handed":
            warranties._transfer(self.friend, days[0])
            self.assertEqual(warranties.partner_id, self.friend)
        elif kind == "delivered":
            warranties._with_system().write({"start_date": days[0]})
        elif kind == "replaced":
            warranties._close("void", "Came back", days[0])
            return self._replacements(warranties, days[1])
        return warranties

    def _replacements(self, warranties, day):
        lot = self._lots(self.washer, f"CASE-{self.number}-NEW")
        names = ("product_id", "partner_id", "source", "term_id", "jurisdiction_id", "coverage")
        vals_list = [
            {
                **old._read_format(names, load=False)[0],
                "lot_id": lot.id,
                "start_date": day,
                "parent_id": old.id,
            }
            for old in warranties
        ]
        for vals in vals_list:
            vals.pop("id")
        return self.env["aftersales.warranty"]._with_system().create(vals_list).with_env(self.env)

    def test_every_case(self):
        self.friend = self.env["res.partner"].create({"name": "Zoe"})
        self.assertGreaterEqual(len(CASES), 60)
        for self.number, case in enumerate(CASES):
            (asked, reason), (verdict, end) = case[3].split(), case[4].split()
            with self.subTest(number=self.number, case=case):
                warranties = self._warranties(case)
                lot = warranties.lot_id or self._lots(self.washer, f"NONE-{self.number}")
                for event in case[2]:
                    warranties = self._happen(warranties, event)
                    lot = warranties.lot_id
                unit = {
                    "move": self.env["stock.move"],
                    "lot": lot,
                    "product": self.washer,
                    "reason": self._reason(reason),
                }
                judged = self.env["aftersales.entitlement"]._judge([unit], date.fromisoformat(asked))[0]
                self.assertEqual(judged["verdict"], verdict, judged["reasons"])
                self.assertEqual(str(max(warranties.mapped("end_date"), default="-")), end)
                self.assertTrue(judged["reasons"])
