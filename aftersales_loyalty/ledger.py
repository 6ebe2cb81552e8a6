"""The arithmetic of points, without Odoo: rounding, shares, and an account of lots and debts."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
# From here on a float has no two sure decimals left beside what is summed up with it.
LIMIT = 10**12


# --- rounding and shares -----------------------------------------------------------------------------------------


def rounded(number):
    """Points as the ledger keeps them: two places, half away from zero.

    Equals PostgreSQL's ``round(number::float8::numeric, 2)``, which reads a float by its 15 significant digits.

    :param number: int, float or Decimal
    :return: Decimal with two places, never minus zero
    :raise ValueError: it is no number, not finite, or has more than twelve digits before the point
    """
    exact = _exact(number)
    if abs(exact) >= LIMIT:
        raise ValueError(f"{number!r} is too large")
    return exact.quantize(CENT, ROUND_HALF_UP) + ZERO


def apportion(total, weights):
    """Split points by weights: shares of two places whose sum is the total (largest remainder, the first of equals).

    :param total: points of either sign
    :param weights: iterable of numbers; what is below zero counts as zero, and if none is above zero all count alike
    :return: list of Decimal, as many as weights; their sum is the rounded total, unless there are no weights
    """
    total = rounded(total)
    weights = [max(Fraction(_exact(weight)), 0) for weight in weights]
    if not any(weights):
        weights = [Fraction(1)] * len(weights)
    cents, whole = _cents(total), sum(weights)
    exact = [cents * weight / whole for weight in weights]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(shares)), key=lambda index: shares[index] - exact[index])
    for index in by_remainder[: cents - sum(shares)]:
        shares[index] += 1
    return [(share * CENT).copy_sign(total) + ZERO for share in shares]


def part_of(total, part, whole):
    """The share of points that belongs to a part so far; what is due now is the difference to what was due before.

    Several parts add up exactly, whatever their order, since each is measured from the beginning.

    :param total: points of either sign
    :param part: how much of the whole, as quantity or value; held between nothing and the whole
    :param whole: the whole; of nothing nothing is due
    :return: Decimal with two places
    """
    total, part, whole = rounded(total), _exact(part), _exact(whole)
    if whole <= 0 or part <= 0:
        return ZERO
    if part >= whole:
        return total
    share = _cents(total) * Fraction(part) / Fraction(whole)
    return (int(share + Fraction(1, 2)) * CENT).copy_sign(total) + ZERO


def _cents(total):
    """The size of points in hundredths (int)."""
    return int(abs(total) / CENT)


def _exact(number):
    """The number as a Decimal; a float by its 15 significant digits, as PostgreSQL reads it."""
    if isinstance(number, int | float | Decimal) and not isinstance(number, bool):
        exact = Decimal(format(number, ".15g") if isinstance(number, float) else number)
        if exact.is_finite():
            return exact
    raise ValueError(f"{number!r} is not a number of points")


# --- what an order earns and gives back --------------------------------------------------------------------------


def deserved(earned, returned, quantity):
    """What a line still deserves of its points after a part of it came back.

    :param earned: points of the whole line
    :param returned: units that came back so far, all returns together
    :param quantity: units sold
    """
    return rounded(earned) - part_of(earned, returned, quantity)


def taken_now(due, balance, below_zero=True):
    """How much of the points due can be taken from a card at once; the rest waits for the next that come in.

    :param due: points to take, above zero
    :param balance: what the card has
    :param bool below_zero: whether the card may go below zero; then all is taken at once
    """
    due = rounded(due)
    return due if below_zero else max(ZERO, min(due, rounded(balance)))


def unwound(drawn, before, now):
    """What was drawn comes back as if less had been drawn: what was drawn last comes first, each with its own expiry.

    :param drawn: list of (key, points) as `Account.debit` gave it
    :param before: points of it that had come back before
    :param now: points that come back in all, this time included
    :return: list of (key, points) of what comes back this time; never more than was drawn
    """
    start, end, gone, back = rounded(before), rounded(now), ZERO, []
    for key, points in reversed(drawn):
        share = min(end, gone + points) - max(start, gone)
        if share > 0:
            back.append((key, share))
        gone += points
    return back


# --- lots and debts ----------------------------------------------------------------------------------------------


@dataclass
class Lot:
    """Points that came in together and expire together.

    :param key: who keeps the account knows it by this; in the order in which lots came in
    :param remaining: points left, above zero
    :param expires_on: last day on which they are good; none: for good
    """

    key: Any
    remaining: Decimal
    expires_on: date | None = None


@dataclass
class Debt:
    """Points that were taken and that no lot covered.

    :param key: as of a lot
    :param owed: points, above zero
    """

    key: Any
    owed: Decimal


class Account:
    """Lots and debts of one card. Every movement changes the account and says what it took from where.

    :param lots: iterable of `Lot`, in any order; copied
    :param debts: iterable of `Debt`, in any order; copied
    """

    def __init__(self, lots=(), debts=()):
        # New ones are added at the end: the lists stay in the order in which things happened.
        self.lots = [replace(lot, remaining=rounded(lot.remaining)) for lot in sorted(lots, key=_key)]
        self.debts = [replace(debt, owed=rounded(debt.owed)) for debt in sorted(debts, key=_key)]
        self._tidy()

    @property
    def balance(self):
        """Points of all lots less all debts (Decimal)."""
        return sum((lot.remaining for lot in self.lots), ZERO) - sum((debt.owed for debt in self.debts), ZERO)

    def debit(self, points, key=None, first=()):
        """Take points out: first to expire first out, those for good last, of equals the older.

        :param points: above zero
        :param key: of the debt, if one is made and is looked at again
        :param first: keys of lots to draw from before all others. Points of an order that comes back are drawn from
            what it earned: else buying and returning would trade points about to expire for fresh ones.
        :return: list of (key of the lot or None, points); with None comes what no lot covered, now a debt
        """
        left, drawn = _above_zero(points), []
        for lot in sorted(self.lots, key=lambda lot: (lot.key not in first, *_end(lot))):
            if not left:
                break
            taken = min(left, lot.remaining)
            lot.remaining -= taken
            left -= taken
            drawn.append((lot.key, taken))
        if left:
            self.debts.append(Debt(key, left))
            drawn.append((None, left))
        self._tidy()
        return drawn

    def credit(self, points, key=None, expires_on=None):
        """Put points in: they pay the debts, the oldest first; what is left is a new lot.

        :param points: above zero
        :param key: of the new lot, if it is looked at again
        :param expires_on: of the new lot
        :return: list of (key of the debt, points) of what was paid
        """
        left, paid = _above_zero(points), []
        for debt in self.debts:
            if not left:
                break
            given = min(left, debt.owed)
            debt.owed -= given
            left -= given
            paid.append((debt.key, given))
        self.debts = [debt for debt in self.debts if debt.owed]
        if left:
            self.lots.append(Lot(key, left, expires_on))
        return paid

    def expire(self, on):
        """Empty the lots whose last day is over.

        :param on: the day it is
        :return: list of (key of the lot, points)
        """
        over = [lot for lot in self.lots if _is_over(lot, on)]
        self.lots = [lot for lot in self.lots if not _is_over(lot, on)]
        return [(lot.key, lot.remaining) for lot in over]

    def _tidy(self):
        self.lots = [lot for lot in self.lots if lot.remaining]
        self.debts = [debt for debt in self.debts if debt.owed]


def _above_zero(points):
    points = rounded(points)
    if points <= 0:
        raise ValueError(f"{points} is not above zero")
    return points


def _key(item):
    return item.key


def _is_over(lot, on):
    return lot.expires_on and lot.expires_on < on


def _end(lot):
    return (not lot.expires_on, lot.expires_on or date.max)
