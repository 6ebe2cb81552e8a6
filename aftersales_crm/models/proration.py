"""What the used part of something that lasts is worth: pure functions."""


def days_used(start, end, on):
    """Days of a period that are over when a day begins, and all its days.

    :param datetime.date start: first day
    :param datetime.date end: last day, inclusive
    :param datetime.date on: the day asked for; it counts as not used yet
    :return: ``(used, all)``
    """
    whole = (end - start).days + 1
    return min(max((on - start).days, 0), whole), whole


def worth_used(paid, units, periods, on, unbegun=0.0):
    """What units have used up, those that used least first: not rounded, from 0 to what was paid.

    :param float paid: for these units
    :param float units: how many are given back
    :param periods: ``(units, first day, last day)`` of those that have begun or will
    :param datetime.date on: the day on which they are given back
    :param float unbegun: units without a period yet
    :rtype: float
    """
    shares = [(0.0, unbegun)]
    for quantity, start, end in periods:
        used, whole = days_used(start, end, on)
        shares.append((used / whole, quantity))
    left, worth = units, 0.0
    for share, quantity in sorted(shares):
        taken = min(quantity, left)
        worth += paid * taken / units * share
        left -= taken
    return min(max(worth, 0.0), paid)
