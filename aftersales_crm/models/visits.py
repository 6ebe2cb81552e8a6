"""When the visits of a service plan are due: a pure function."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

# A calendar without any work for so long is none.
MOST_DAYS = 60


def visit_days(start, end, months, is_working):
    """Days of the visits of a plan, each moved off a day on which nobody works.

    They are counted from the start, so that a visit that was moved moves no later one. The next
    working day is taken; the one before where that would be after the end.

    :param datetime.date start: first day of the plan
    :param datetime.date end: its last day
    :param int months: between two visits; 0: none
    :param is_working: tells of a date whether people work (callable)
    :return: list of `datetime.date`
    """
    days, count = [], 1
    while months and (due := start + relativedelta(months=months * count)) <= end:
        days.append(moved_day(due, end, is_working))
        count += 1
    return days


def moved_day(due, end, is_working):
    """The next day on which people work; the one before where that would be after the end."""
    for step in (1, -1):
        day = due
        for _try in range(MOST_DAYS):
            if is_working(day) and day <= end:
                return day
            day += timedelta(days=step)
    return due
