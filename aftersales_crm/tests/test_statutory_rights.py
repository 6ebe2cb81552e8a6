from datetime import date

from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .common import AftersalesCommon

RANDOM = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
)
POLICIES = st.fixed_dictionaries(
    {
        "returnable": st.booleans(),
        "window_days": st.integers(0, 60),
        "window_start": st.sampled_from(["order", "delivery", "invoice"]),
        "fee_type": st.sampled_from(["none", "fixed", "percent"]),
        "fee_amount": st.integers(0, 100),
        "way_back_fee": st.integers(0, 100),
        "return_shipping": st.sampled_from(["customer", "shop", "deducted"]),
        "remedies": st.lists(st.sampled_from(["refund", "repair", "replacement", "keep"]), unique=True),
        "excludes_kind": st.booleans(),
    }
)
TERMS = st.fixed_dictionaries(
    {
        "duration": st.integers(1, 60),
        "parts_percent": st.integers(0, 100),
        "labour_percent": st.integers(0, 100),
        "shipping_percent": st.integers(0, 100),
        "max_claims": st.integers(0, 2),
        "transferable": st.booleans(),
    }
)


@freeze_time("2026-03-10 12:00:00")
class TestStatutoryRights(AftersalesCommon):
    """Whatever a shop writes into its policies and terms, the law stands."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-03-10 12:00:00"):
            cls.lot = cls._lots(cls.washer, "A")
            cls.order = cls._sold((cls.washer, 1), lots={cls.washer: cls.lot})

    def _judged(self, reason, day, **facts):
        unit = self.env["aftersales.eligibility"]._prepare_unit(
            self.order.order_line,
            move=self.order.order_line._aftersales_deliveries(),
            lot=self.lot,
            reason=self._reason(reason),
            **facts,
        )
        return self.env["aftersales.eligibility"]._evaluate([unit], day)[0]

    def _rights(self, **facts):
        """What the law gives: to withdraw in time, and against a defect just before the end of the guarantee."""
        found = []
        for basis, reason, day in (
            ("withdrawal", "changed_mind", date(2026, 3, 24)),
            ("guarantee", "defective", date(2028, 3, 10)),
        ):
            judged = self._judged(reason, day, photos=1, described=True, **facts)
            right = judged["bases"][basis]
            names = ("eligible", "until", "fee", "way_back_fee", "remedies")
            found.append((judged["best"], {name: right[name] for name in names}))
        return found

    @RANDOM
    @given(POLICIES)
    def test_no_policy_shrinks_one(self, terms):
        policy = {**self.order.order_line.aftersales_policy_terms, **terms, "name": "Random"}
        plain = self._rights()
        self.assertEqual([right["eligible"] for _best, right in plain], [True, True])
        self.assertEqual(self._rights(terms=policy), plain)

    @RANDOM
    @given(TERMS)
    def test_no_term_shrinks_one(self, terms):
        plain = self._rights()
        term = self.env["aftersales.warranty.term"].create({"name": "Random", **terms})
        self.env["aftersales.warranty"].create(
            {
                "product_id": self.washer.id,
                "lot_id": self.lot.id,
                "partner_id": self.customer.id,
                "term_id": term.id,
                "start_date": "2026-03-10",
            }
        )
        self.assertEqual(self._rights(), plain)

    def test_what_a_shop_edits_in_a_law_no_update_overwrites(self):
        rows = self.env["ir.model.data"].search([("model", "=", "aftersales.jurisdiction")])
        self.assertTrue(rows)
        self.assertEqual(rows.mapped("noupdate"), [True] * len(rows))

    def test_archived_products_and_renamed_serials_keep_their_cover(self):
        self.lot.name = "Renamed"
        self.washer.active = False
        warranty = self.env["aftersales.warranty"].search([("lot_id", "=", self.lot.id)], limit=1)
        self.assertIn("Renamed", warranty.display_name)
        self.assertEqual(self._judged("defective", date(2027, 1, 1))["entitlement"]["verdict"], "covered")
