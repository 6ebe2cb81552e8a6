from datetime import date
from itertools import count

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError

from .common import AftersalesCommon

LAW = {"name": "Poland", "duration": 24, "unit": "months", "start": "delivery", "burden_months": 12}
LAW |= {"parts": 100, "labour": 100, "shipping": 100, "excluded_reasons": []}
SHOP = {"name": "Five years", "duration": 60, "unit": "months", "start": "delivery", "excluded_reasons": ["other"]}
SHOP |= {"parts": 100, "labour": 50, "shipping": 0}

# warranties (terms, values), day asked for, reason → verdict, parts / labour / shipping, words of the sentences
BY_LAW, BY_SHOP = ("statutory", LAW, {}), ("commercial", SHOP, {})
CASES = [
    # The law and the promise, one by one and together.
    ([BY_LAW], "2026-03-10", "defective", "covered", (100, 100, 100), ["Statutory guarantee (Poland): covered until"]),
    ([BY_LAW, BY_SHOP], "2027-03-10", "defective", "covered", (100, 100, 100), ["(Poland)", "Five years: covered"]),
    ([BY_LAW, BY_SHOP], "2029-03-10", "defective", "covered", (100, 50, 0), ["Poland): ended on", "Five years: cov"]),
    ([BY_LAW, BY_SHOP], "2031-03-11", "defective", "not_covered", (0, 0, 0), ["ended on", "ended on"]),
    ([BY_LAW], "2026-03-09", "defective", "not_covered", (0, 0, 0), ["begins on"]),
    ([], "2026-03-10", "defective", "unknown", (0, 0, 0), ["No warranty is recorded"]),
    # What is no fault, or none that the promise is about; a promise cannot take from the law.
    (
        [BY_LAW, BY_SHOP],
        "2026-04-01",
        "changed_mind",
        "not_covered",
        (0, 0, 0),
        ["does not cover “", "does not cover “"],
    ),
    ([BY_LAW, BY_SHOP], "2026-04-01", "wrong_item", "covered", (100, 100, 100), ["covered until", "does not cover “"]),
    ([BY_SHOP], "2026-04-01", "other", "not_covered", (0, 0, 0), ["does not cover “"]),
    (
        [("statutory", {**LAW, "excluded_reasons": ["defective"], "max_claims": 1}, {})],
        *("2026-04-01", "defective", "covered", (100, 100, 100), ["covered until"]),
    ),
    # Components that end before the whole.
    (
        [("commercial", {**SHOP, "months": {"labour": 12}}, {})],
        *("2027-03-10", "defective", "covered", (100, 50, 0), ["covered until"]),
    ),
    (
        [("commercial", {**SHOP, "months": {"labour": 12}}, {})],
        *("2027-03-11", "defective", "covered", (100, 0, 0), ["covered until"]),
    ),
    (
        [("commercial", {**SHOP, "months": {"labour": 12}}, {"suspended_days": 5})],
        *("2027-03-15", "defective", "covered", (100, 50, 0), ["covered until"]),
    ),
    (
        [("commercial", {**SHOP, "months": {"labour": 12, "parts": 24}}, {})],
        *("2028-03-11", "defective", "not_covered", (0, 0, 0), ["what it covers ended on"]),
    ),
    # Registered, and nobody has looked at the proof.
    ([("registration", SHOP, {"is_verified": False})], "2026-04-01", "defective", "unknown", (0, 0, 0), ["nobody has"]),
    (
        [("registration", SHOP, {"is_verified": False}), BY_LAW],
        *("2026-04-01", "defective", "covered", (100, 100, 100), ["covered until", "nobody has checked"]),
    ),
    (
        [("registration", SHOP, {"is_verified": False})],
        *("2031-04-01", "defective", "not_covered", (0, 0, 0), ["ended on"]),
    ),
    # In repair: the clock stands still.
    (
        [("statutory", LAW, {"suspended_since": "2028-03-01"})],
        *("2028-06-01", "defective", "covered", (100, 100, 100), ["clock stands still"]),
    ),
    (
        [("statutory", LAW, {"suspended_since": "2028-03-01"})],
        *("2028-02-01", "defective", "covered", (100, 100, 100), ["covered until"]),
    ),
    # Void, from a day on or altogether.
    (
        [("statutory", LAW, {"closing": "void", "closing_reason": "Opened by hand", "closed_on": "2026-06-01"})],
        *("2026-06-01", "defective", "not_covered", (0, 0, 0), ["(Opened by hand)"]),
    ),
    (
        [("statutory", LAW, {"closing": "void", "closing_reason": "Opened by hand", "closed_on": "2026-06-01"})],
        *("2026-05-31", "defective", "covered", (100, 100, 100), ["covered until"]),
    ),
    (
        [("statutory", LAW, {"closing": "cancelled"})],
        *("2026-05-31", "defective", "not_covered", (0, 0, 0), ["ended (Cancelled)"]),
    ),
    # Rows from before a key of the terms existed.
    (
        [("commercial", {"name": "Old", "duration": 12, "unit": "months"}, {})],
        "2026-04-01",
        "defective",
        "covered",
        (0, 0, 0),
        ["Old"],
    ),
]
# burden months, day asked for, reason → who, last day of the seller's
BURDENS = [
    (12, "2027-03-10", "defective", "seller", "2027-03-10"),
    (12, "2027-03-11", "defective", "customer", "2027-03-10"),
    (24, "2028-03-10", "defective", "seller", "2028-03-10"),
    (36, "2028-03-10", "defective", "seller", "2028-03-10"),
    (12, "2028-03-11", "defective", None, None),
    (12, "2026-04-01", "wrong_item", None, None),
]


@freeze_time("2026-03-10 12:00:00")
class TestEntitlement(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.numbers = count()

    def _warranties(self, *sources):
        common = {"product_id": self.washer.id, "partner_id": self.customer.id, "start_date": "2026-03-10"}
        lot = self._lots(self.washer, f"ENT-{next(self.numbers)}")
        return lot, self.env["aftersales.warranty"]._with_system().create(
            [{**common, "lot_id": lot.id, "source": source, "coverage": terms} for source, terms, _vals in sources]
        )

    def _judge(self, lot, on, reason, **unit):
        unit = {"move": self.env["stock.move"], "lot": lot, "product": self.washer, "reason": reason, **unit}
        return self.env["aftersales.entitlement"]._judge([unit], date.fromisoformat(on))[0]

    def test_every_case(self):
        for sources, on, reason, verdict, percents, words in CASES:
            with self.subTest(sources=[source[0] for source in sources], on=on, reason=reason, words=words):
                lot, warranties = self._warranties(*sources)
                for warranty, (_source, _terms, vals) in zip(warranties, sources, strict=True):
                    warranty._with_system().write(vals)
                found = self._judge(lot, on, self._reason(reason))
                self.assertEqual(found["verdict"], verdict, found["reasons"])
                self.assertEqual(tuple(found["coverage"].values()), percents)
                self.assertEqual(len(found["reasons"]), len(words))
                for word in words:
                    self.assertIn(word, " | ".join(found["reasons"]))

    def test_rights_by_law_are_told_from_promises(self):
        lot, _warranties = self._warranties(BY_LAW, ("commercial", {**SHOP, "months": {"labour": 12}}, {}))
        law, promise = self._judge(lot, "2026-04-01", self._reason("defective"))["rights"]
        self.assertEqual((law["by_law"], promise["by_law"]), (True, False))
        self.assertEqual((law["until"], promise["until"]), (date(2028, 3, 10), date(2031, 3, 10)))
        self.assertEqual(promise["coverage_until"], {"parts": date(2031, 3, 10), "labour": date(2027, 3, 10)})

    def test_who_has_to_prove_that_the_fault_was_there(self):
        for months, on, reason, who, until in BURDENS:
            with self.subTest(months=months, on=on, reason=reason):
                lot, _warranty = self._warranties(("statutory", {**LAW, "burden_months": months}, {}))
                burden = self._judge(lot, on, self._reason(reason))["burden"]
                self.assertEqual(burden and burden["who"], who or False)
                self.assertEqual(burden and burden["until"], date.fromisoformat(until) if until else False)
        lot, _warranty = self._warranties(BY_SHOP)
        self.assertFalse(self._judge(lot, "2026-04-01", self._reason("defective"))["burden"])

    def test_claims_are_used_up_by_returns_that_stand_on_the_warranty(self):
        business = self.env["res.partner"].create({"name": "ACME", "is_company": True})
        self.kettle.product_tmpl_id.aftersales_term_ids = self.env["aftersales.warranty.term"].create(
            {"name": "One repair", "duration": 24, "max_claims": 1}
        )
        order = self._sold((self.kettle, 3), partner=business)
        self._rma(order)  # a change of mind claims nothing
        claim = self._rma(order, reason=self._reason("defective")).line_ids
        self.assertEqual((claim.basis, claim.warranty_verdict), ("warranty", "covered"))
        claim._judge()
        self.assertEqual(claim.warranty_verdict, "covered", "a claim does not use itself up")
        second = self._rma(order, reason=self._reason("defective")).line_ids
        self.assertEqual(second.warranty_verdict, "not_covered")
        claim.rma_id.action_cancel()
        second._judge()
        self.assertEqual(second.warranty_verdict, "covered")

    def test_the_line_keeps_the_warranty_that_it_stands_on(self):
        self.kettle.product_tmpl_id.aftersales_term_ids = self.env["aftersales.warranty.term"].create(
            {"name": "Five years", "duration": 60}
        )
        order = self._sold((self.kettle, 2))
        mind, defect = (self._rma(order, reason=self._reason(code)).line_ids for code in ("changed_mind", "defective"))
        self.assertFalse(mind.warranty_id)
        self.assertEqual((defect.basis, defect.warranty_id.source), ("guarantee", "statutory"))
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            defect.verdict_by = self.manager

    def test_goodwill_is_approved_with_a_reason_only(self):
        rma = self._rma(self._sold((self.kettle, 1)), vals={"requested_on": "2099-01-01"}).with_user(self.manager)
        self.assertTrue(rma.needs_decision_reason)
        for reason in ((), (False,), ("  ",), (7,)):
            with self.subTest(reason=reason), self.assertRaisesRegex(UserError, "say why"):
                rma.action_approve(*reason)
        api = self.env["aftersales.api"].with_user(self.manager)
        with self.assertRaisesRegex(UserError, "say why"):
            api.approve_return({"rma": rma.name})
        api.approve_return({"rma": rma.name, "reason": "A customer of ten years"})
        self.assertEqual((rma.state, rma.line_ids.decision_reason), ("approved", "A customer of ten years"))

    def test_a_basis_is_changed_with_a_reason_only_also_by_import(self):
        rma = self._rma(self._sold((self.kettle, 1)))
        lines = rma.line_ids.with_user(self.manager)
        row = [str(lines.id), "goodwill"]
        failed = lines.load([".id", "basis"], [row])
        self.assertIn("give a reason", failed["messages"][0]["message"])
        done = lines.load([".id", "basis", "decision_reason"], [[*row, "Late by a day"]])
        self.assertEqual(done["messages"], [])
        self.assertEqual((lines.basis, lines.decision_reason), ("goodwill", "Late by a day"))
        wizard = self.env["aftersales.rma.line.basis"].with_user(self.manager)
        wizard.create({"line_id": lines.id, "basis": "guarantee", "reason": "It leaks"}).action_change()
        self.assertEqual((lines.basis, lines.decision_reason), ("guarantee", "It leaks"))
        with self.assertRaises(AccessError):
            self.env["aftersales.rma.line.basis"].with_user(self.agent).create(
                {"line_id": lines.id, "basis": "goodwill", "reason": "Just so"}
            )

    # === Repairs === #

    def test_a_repair_is_under_warranty_as_the_verdict_says(self):
        vals = {"product_id": self.washer.id, "partner_id": self.customer.id}
        cases = [
            ((BY_LAW,), "2026-04-01", {}, True),
            ((BY_LAW,), "2026-04-01", {"under_warranty": False}, False),
            ((BY_LAW,), "2029-04-01", {}, False),
            ((BY_LAW,), "2029-04-01", {"under_warranty": True}, True),
            ((("commercial", {**SHOP, "parts": 0}, {}),), "2026-04-01", {}, False),
            ((), "2026-04-01", {}, False),
        ]
        for sources, on, said, expected in cases:
            with self.subTest(sources=sources, on=on, said=said), freeze_time(f"{on} 12:00:00"):
                lot, _warranties = self._warranties(*sources)
                repair = self.env["repair.order"].create({**vals, "lot_id": lot.id, **said})
                self.assertEqual(repair.under_warranty, expected)
