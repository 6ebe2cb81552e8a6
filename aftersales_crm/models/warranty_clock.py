"""How long a warranty lasts: a pure function of its start, its terms and what happened to the unit."""

from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta


class Period(NamedTuple):
    """What the clock says."""

    end: object  # last covered day, inclusive (date)
    suspended_days: int
    suspended_since: object  # first day of a repair that is under way, else None (date)
    extended: bool  # whether a repair has added its months


def last_day(start, duration, unit):
    """Last covered day, inclusive.

    The day of the event is not counted and the period ends with the same date of the
    last month, or that month's last day (Regulation (EEC) 1182/71, Article 3): two
    years from 5 March 2024 end with 5 March 2026, one month from 31 January with the
    last of February.

    :param datetime.date start: the day of the delivery, order or other event
    :param int duration: length in ``unit``
    :param str unit: ``months`` or ``days``
    :rtype: datetime.date
    """
    return start + relativedelta(**{unit: duration})


def merged(repairs):
    """Repairs that overlap or touch as one each, in order of their days.

    :param repairs: ``(first day, last day, done)`` of each, None as last day while it is under way
    :return: list of the same
    """
    whole = []
    for first, last, done in sorted(repairs, key=lambda repair: (repair[0], repair[1] or date.max, repair[2])):
        if whole and (whole[-1][1] is None or first <= whole[-1][1]):
            before, until, was_done = whole.pop()
            first, done = before, done or was_done
            last = None if until is None or last is None else max(until, last)
        whole.append((first, last, done))
    return whole


def period(start, coverage, repairs=(), inherited=None):
    """How long a unit is covered, whatever the order in which its repairs were recorded.

    A repair counts when it began while the unit was covered: where the terms say so it stops the
    clock for its days, and the first one that was done adds its months.

    :param datetime.date start: first covered day; no day of an event where it follows the end of another
    :param dict coverage: the terms as they were promised
    :param repairs: ``(first day, last day, done)`` of each, None as last day while it is under way
    :param inherited: for a replacement: ``(last covered day, whether extended)`` of what was left of the first unit
    :rtype: Period
    """
    event = start - timedelta(days=1) if coverage.get("start") == "end" else start
    end, extended = last_day(event, coverage["duration"], coverage["unit"]), False
    if inherited:
        least = last_day(start, coverage.get("replacement_months") or 0, "months")
        end, extended = max(inherited[0], least), inherited[1]
    days, since = 0, None
    for first, last, done in merged(repairs):
        if first > end:
            break
        if coverage.get("suspends") and last is None:
            since = max(first, start)
        elif coverage.get("suspends"):
            away = max((last - max(first, start)).days, 0)
            days, end = days + away, end + timedelta(days=away)
        if coverage.get("repair_months") and done and not extended:
            extended, end = True, last_day(end, coverage["repair_months"], "months")
    return Period(end, days, since, extended)


def remainder(end, returned, start, suspends):
    """Last covered day that a replacement takes over from the unit that it replaces.

    :param datetime.date end: last covered day of the first unit
    :param returned: day on which that came back, None while it has not (datetime.date)
    :param datetime.date start: day on which the replacement was delivered
    :param bool suspends: whether the clock stood still in between
    :rtype: datetime.date
    """
    if suspends and returned and returned < start:
        end += start - returned
    return max(end, start)
