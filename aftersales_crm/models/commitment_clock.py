"""When something that was promised is due: pure functions of start, duration, working hours and pauses."""

from datetime import datetime, time, timedelta
from typing import NamedTuple

import pytz

# Who promises something of ten years ahead has other worries.
HORIZON_DAYS = 3660


class Hours(NamedTuple):
    """When people work. Moments are naive and in UTC, hours of the day are those of the zone."""

    zone: str
    weeks: tuple  # one week, or two that take turns: of seven days, each a tuple of (from, to) hours
    closed: tuple = ()  # holidays: (from, to) moments


# === Days === #


def moment(day, hour, zone):
    """The UTC moment of an hour of a day where people are.

    :param datetime.date day: the day
    :param float hour: 0 to 24
    :param str zone: name of the time zone
    """
    local = datetime.combine(day, time.min) + timedelta(hours=hour)
    return pytz.timezone(zone).localize(local).astimezone(pytz.utc).replace(tzinfo=None)


def local_day(at, zone):
    """The calendar day of a UTC moment."""
    return pytz.utc.localize(at).astimezone(pytz.timezone(zone)).date()


def end_of_day(day, zone):
    """The last second of a day, UTC."""
    return moment(day + timedelta(days=1), 0, zone) - timedelta(seconds=1)


# === Working time === #


def without(span, holes):
    """What is left of a span after some others are cut out of it.

    :param span: ``(from, to)``
    :param holes: list of the same, in any order
    :return: generator of the same
    """
    first, last = span
    for start, end in sorted(holes):
        if end <= first or start >= last:
            continue
        if start > first:
            yield first, start
        first = end
    if first < last:
        yield first, last


def hours_of(day, hours):
    """The hours that are worked on a day, holidays left out; UTC, in order."""
    turn = (day.toordinal() - 1) // 7 % len(hours.weeks)  # as resource.calendar.attendance counts weeks
    for start, end in sorted(hours.weeks[turn][day.weekday()]):
        yield from without((moment(day, start, hours.zone), moment(day, end, hours.zone)), hours.closed)


def working(start, hours):
    """Spans of working time from a moment on; all of the time without hours."""
    if not hours or not any(any(week) for week in hours.weeks):
        yield start, start + timedelta(days=HORIZON_DAYS)
        return
    first = local_day(start, hours.zone)
    for offset in range(HORIZON_DAYS):
        for begin, end in hours_of(first + timedelta(days=offset), hours):
            if end > start:
                yield max(begin, start), end


def due(start, duration, hours=None, pauses=()):
    """The moment at which so much working time has passed, pauses excluded.

    :param datetime.datetime start: naive, UTC
    :param datetime.timedelta duration: working time
    :param Hours hours: None: round the clock
    :param pauses: ``(from, to)`` moments at which the clock stood still
    :rtype: datetime.datetime
    """
    left = duration
    for span in working(start, hours):
        for begin, end in without(span, pauses):
            if end - begin >= left:
                return begin + left
            left -= end - begin
    return start + timedelta(days=HORIZON_DAYS)


def elapsed(start, end, hours=None, pauses=()):
    """Working time between two moments, pauses excluded (`datetime.timedelta`)."""
    total = timedelta()
    for span in working(start, hours):
        if span[0] >= end:
            break
        total += sum((last - first for first, last in without((span[0], min(span[1], end)), pauses)), timedelta())
    return total


def due_in_days(start, days, zone, pauses=(), hours=None):
    """The end of the day on which calendar days are over.

    The day of the event does not count (Regulation (EEC) 1182/71, Article 3 (1)); a pause adds the nights that it
    lasted. With hours, a day on which nobody works gives way to the next on which somebody does (Article 3 (4)).

    :param datetime.datetime start: naive, UTC
    :param int days: calendar days
    :param str zone: name of the time zone
    :param pauses: ``(from, to)`` moments
    :param Hours hours: None: the day stays, whatever day it is
    :rtype: datetime.datetime
    """
    day = local_day(start, zone) + timedelta(days=days)
    for begin, end in sorted(pauses):
        if local_day(begin, zone) <= day:
            day += local_day(end, zone) - local_day(begin, zone)
    if hours:
        day = next_working_day(day, hours)
    return end_of_day(day, zone)


def next_working_day(day, hours):
    """The day, or the first one after it on which people work."""
    for offset in range(HORIZON_DAYS if any(any(week) for week in hours.weeks) else 0):
        candidate = day + timedelta(days=offset)
        if any(hours_of(candidate, hours)):
            return candidate
    return day


def closing_time(day, hours, zone, default=17.0):
    """When people go home on a day, UTC; at an hour by default on a day off."""
    spans = list(hours_of(day, hours)) if hours else []
    return spans[-1][1] if spans else moment(day, default, zone)
