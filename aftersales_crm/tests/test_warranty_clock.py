from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..models import warranty_clock

RANDOM = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
COVERAGES = st.fixed_dictionaries(
    {
        "duration": st.integers(1, 120),
        "unit": st.sampled_from(["months", "days"]),
        "suspends": st.booleans(),
        "repair_months": st.sampled_from([0, 6, 12]),
        "replacement_months": st.sampled_from([0, 12, 24]),
    }
)


# Up to five repairs, some under way, some of them at once.
REPAIRS = st.lists(
    st.builds(
        lambda first, days, done: (first, None if days is None else first + timedelta(days=days), done),
        DAYS,
        st.none() | st.integers(0, 200),
        st.booleans(),
    ),
    max_size=5,
)


class TestWarrantyClock(BaseCase):
    """What holds for every start, terms and repairs."""

    @RANDOM
    @given(DAYS, COVERAGES, REPAIRS, st.randoms(use_true_random=False))
    def test_the_order_in_which_repairs_are_recorded_changes_nothing(self, start, coverage, happened, chance):
        shuffled = list(happened)
        chance.shuffle(shuffled)
        self.assertEqual(
            warranty_clock.period(start, coverage, happened), warranty_clock.period(start, coverage, shuffled)
        )

    @RANDOM
    @given(DAYS, COVERAGES, REPAIRS)
    def test_repairs_never_shorten_it(self, start, coverage, happened):
        plain = warranty_clock.period(start, coverage)
        repaired = warranty_clock.period(start, coverage, happened)
        self.assertGreaterEqual(repaired.end, plain.end)
        self.assertGreaterEqual(plain.end, start)
        for number in range(len(happened)):
            fewer = warranty_clock.period(start, coverage, happened[:number])
            self.assertGreaterEqual((repaired.suspended_since is not None, repaired.end), (False, fewer.end))

    @RANDOM
    @given(DAYS, COVERAGES, REPAIRS)
    def test_a_repair_recorded_twice_counts_once(self, start, coverage, happened):
        self.assertEqual(
            warranty_clock.period(start, coverage, happened), warranty_clock.period(start, coverage, happened * 2)
        )

    @RANDOM
    @given(DAYS, COVERAGES, REPAIRS, st.integers(0, 400), st.integers(0, 60))
    def test_a_replacement_never_ends_before_what_it_replaces(self, start, coverage, happened, used, between):
        old = warranty_clock.period(start, coverage, happened)
        returned = start + timedelta(days=used)
        delivered = returned + timedelta(days=between)
        left = warranty_clock.remainder(old.end, returned, delivered, coverage["suspends"])
        new = warranty_clock.period(delivered, coverage, (), (left, old.extended))
        least = warranty_clock.last_day(delivered, coverage["replacement_months"], "months")
        self.assertGreaterEqual(new.end, max(old.end, least))
        if old.extended:
            self.assertTrue(new.extended)
