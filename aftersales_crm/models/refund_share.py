"""How much of what was paid for a line goes back with some of its units: arithmetic, to the cent."""

from typing import NamedTuple

from odoo.tools import float_round


class Share(NamedTuple):
    """What some units of a paid line are worth, taxes included."""

    gross: float
    """Before order-wide discounts."""
    amount: float
    """After them: what the customer paid."""
    fee: float
    """Kept back of the amount."""
    scale: float
    """Part of the price per unit that is still left to give back."""


def refund_share(
    total,
    units,
    quantity,
    *,
    earlier_units=0.0,
    earlier_money=0.0,
    kept=1.0,
    fee_rate=0.0,
    rounding=0.01,
):
    """Share out what a line cost over its units, so that they add up to the cent.

    Amounts are cumulative: what the units upto and including these cost, less what those before them
    cost. The last unit takes what is left. What was given back in money before, units
    or not, is never given back again.

    :param float total: what the whole line cost, taxes included
    :param float units: units of the whole line
    :param float quantity: units that come back now, in the same unit
    :param float earlier_units: units that were credited before
    :param float earlier_money: what was credited before, of those units and as rebates
    :param float kept: part of the price that order-wide discounts have left, 0 to 1
    :param float fee_rate: part of the amount that is kept back, 0 to 1
    :param float rounding: smallest coin of the currency
    :return: `Share`
    """

    def cents(value):
        return float_round(value, precision_rounding=rounding)

    upto = cents(total * min((earlier_units + quantity) / units, 1.0))
    full = cents(upto - cents(total * earlier_units / units))
    gross = max(cents(min(full, total - earlier_money)), 0.0)
    amount = cents(cents((earlier_money + gross) * kept) - cents(earlier_money * kept))
    fee = cents(min(amount * fee_rate, amount))
    return Share(gross, amount, fee, gross / full if full else 1.0)
