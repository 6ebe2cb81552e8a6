from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..models.refund_share import refund_share

RANDOM = settings(
    max_examples=200,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.differing_executors],
)


@st.composite
def charges(draw):
    """What a line cost, the quantities in which its units come back, and rebates given between them."""
    rounding = draw(st.sampled_from([0.01, 0.01, 1.0, 0.001]))
    parts = draw(st.lists(st.sampled_from([1, 1, 2, 3, 0.5, 0.25, 12]), min_size=1, max_size=6))
    total = draw(st.integers(0, 10_000_000)) * rounding
    return {
        "total": total,
        "parts": parts,
        "units": sum(parts),
        "kept": draw(st.one_of(st.just(1.0), st.floats(0, 1))),
        "fee_rate": draw(st.one_of(st.just(0.0), st.floats(0, 1))),
        "rebates": draw(st.lists(st.floats(0, 0.5), min_size=len(parts), max_size=len(parts))),
        "rounding": rounding,
    }


@tagged("aftersales_money")
class TestRefundShare(BaseCase):
    def _give_back(self, charge, fee=False, rebates=False):
        """Give back all parts one after the other.

        :return: the shares, and what was given back in money beside them
        """
        units = money = beside = 0.0
        shares = []
        for number, quantity in enumerate(charge["parts"]):
            if rebates:
                step = charge["rounding"]
                rebate = round((charge["total"] - money) * charge["rebates"][number] / step) * step
                money += rebate
                beside += rebate
            share = refund_share(
                charge["total"],
                charge["units"],
                quantity,
                earlier_units=units,
                earlier_money=money,
                kept=charge["kept"],
                fee_rate=charge["fee_rate"] if fee else 0.0,
                rounding=charge["rounding"],
            )
            shares.append(share)
            units += quantity
            money += share.gross
        return shares, beside

    def assertSame(self, one, other, charge):
        self.assertAlmostEqual(one, other, delta=charge["rounding"] / 100)

    @RANDOM
    @given(charges())
    def test_all_units_together_give_back_what_was_paid(self, charge):
        shares, _beside = self._give_back(charge)
        paid = charge["total"] * charge["kept"]
        self.assertAlmostEqual(sum(s.amount for s in shares), paid, delta=charge["rounding"] * 0.51)
        self.assertSame(sum(s.gross for s in shares), charge["total"], charge)

    @RANDOM
    @given(charges())
    def test_a_part_is_the_same_in_one_or_in_several_returns(self, charge):
        shares, _beside = self._give_back(charge)
        (whole,), _beside = self._give_back({**charge, "parts": [charge["units"]]})
        self.assertSame(sum(s.amount for s in shares), whole.amount, charge)

    @RANDOM
    @given(charges())
    def test_rebates_and_units_never_exceed_the_price(self, charge):
        shares, beside = self._give_back(charge, rebates=True)
        self.assertSame(sum(s.gross for s in shares) + beside, charge["total"], charge)
        for share in shares:
            self.assertGreaterEqual(share.amount, 0)
            self.assertLessEqual(share.scale, 1 + 1e-9)

    @RANDOM
    @given(charges())
    def test_a_fee_never_takes_more_than_is_given_back(self, charge):
        shares, _beside = self._give_back(charge, fee=True, rebates=True)
        for share in shares:
            self.assertGreaterEqual(share.fee, 0)
            self.assertLessEqual(share.fee, share.amount)
