from datetime import date, datetime, timedelta

from odoo.tests import BaseCase

from ..models import commitment_clock
from ..models.commitment_clock import Hours

WARSAW = "Europe/Warsaw"
OFFICE = tuple((((9.0, 12.0), (13.0, 17.0)) if day < 5 else ()) for day in range(7))
NIGHT = tuple(((0.0, 24.0),) for _day in range(7))
EVERY_OTHER = (OFFICE, ((),) * 7)


def at(text):
    return datetime.strptime(text, "%Y-%m-%d %H:%M")


def span(first, last):
    return at(first), at(last)


# start, hours, weeks, holidays, pauses → due; all in UTC. Warsaw is at +1 in winter, at +2 from 29 March to 25 October.
DUE = [
    ("2026-03-10 09:00", 2, (OFFICE,), [], [], "2026-03-10 11:00"),  # 10:00 there; the break begins at 12:00
    ("2026-03-10 09:00", 3, (OFFICE,), [], [], "2026-03-10 13:00"),  # an hour of break
    ("2026-03-10 15:00", 1, (OFFICE,), [], [], "2026-03-10 16:00"),  # 17:00 there: to the minute
    ("2026-03-10 15:30", 1, (OFFICE,), [], [], "2026-03-11 08:30"),  # over night
    ("2026-03-10 04:00", 1, (OFFICE,), [], [], "2026-03-10 09:00"),  # before they come
    ("2026-03-14 11:00", 1, (OFFICE,), [], [], "2026-03-16 09:00"),  # on a Saturday
    ("2026-03-27 15:00", 2, (OFFICE,), [], [], "2026-03-30 08:00"),  # the clock goes forward on Sunday
    ("2026-10-23 14:00", 2, (OFFICE,), [], [], "2026-10-26 09:00"),  # and back
    ("2026-03-28 23:00", 3, (NIGHT,), [], [], "2026-03-29 02:00"),  # an hour that is none, round the clock
    ("2026-10-24 22:00", 3, (NIGHT,), [], [], "2026-10-25 01:00"),
    ("2026-04-30 14:00", 2, (OFFICE,), [span("2026-04-30 22:00", "2026-05-01 22:00")], [], "2026-05-04 08:00"),
    ("2026-03-10 09:00", 1, (OFFICE,), [span("2026-03-10 09:30", "2026-03-10 10:30")], [], "2026-03-10 11:00"),
    ("2026-03-10 08:00", 2, (OFFICE,), [], [span("2026-03-10 09:00", "2026-03-10 12:00")], "2026-03-10 13:00"),
    ("2026-03-10 08:00", 2, (OFFICE,), [], [span("2026-03-10 09:00", "2026-03-12 09:00")], "2026-03-12 10:00"),
    (
        "2026-03-10 08:00",
        1,
        (OFFICE,),
        [],
        [span("2026-03-10 10:00", "2026-03-12 09:00")],
        "2026-03-10 09:00",
    ),  # too late
    ("2026-03-10 15:00", 2, EVERY_OTHER, [], [], "2026-03-16 10:00"),  # their week off
    ("2026-03-20 15:00", 2, EVERY_OTHER, [], [], "2026-03-30 08:00"),
    ("2026-03-10 15:00", 2, (((),) * 7,), [], [], "2026-03-10 17:00"),  # no hours: round the clock
]
# start, days, holidays, pauses, moves to a working day → day
DAYS = [
    ("2026-03-10 09:00", 14, [], [], False, date(2026, 3, 24)),
    ("2026-03-10 23:30", 14, [], [], False, date(2026, 3, 25)),  # past midnight there
    ("2026-03-20 09:00", 14, [], [], False, date(2026, 4, 3)),  # over the change of clocks
    ("2026-03-07 09:00", 7, [], [], True, date(2026, 3, 16)),  # a Saturday gives way to Monday
    ("2026-03-30 09:00", 4, [span("2026-04-02 22:00", "2026-04-06 22:00")], [], True, date(2026, 4, 7)),  # Easter
    ("2026-03-10 09:00", 5, [], [span("2026-03-12 09:00", "2026-03-14 09:00")], False, date(2026, 3, 17)),
    ("2026-03-10 09:00", 5, [], [span("2026-03-12 09:00", "2026-03-12 15:00")], False, date(2026, 3, 15)),
    ("2026-03-10 09:00", 5, [], [span("2026-03-20 09:00", "2026-03-22 09:00")], False, date(2026, 3, 15)),
]


class TestCommitmentClock(BaseCase):
    def test_working_hours_pass_while_people_work(self):
        for start, hours, weeks, holidays, pauses, due in DUE:
            with self.subTest(start=start, hours=hours, holidays=holidays, pauses=pauses):
                calendar = Hours(WARSAW, weeks, tuple(holidays))
                found = commitment_clock.due(at(start), timedelta(hours=hours), calendar, pauses)
                self.assertEqual(found, at(due))
                taken = commitment_clock.elapsed(at(start), found, calendar, pauses)
                self.assertEqual(taken, timedelta(hours=hours), "what it takes is what was given")

    def test_calendar_days_end_with_the_day(self):
        for start, days, holidays, pauses, moves, day in DAYS:
            with self.subTest(start=start, days=days, pauses=pauses):
                calendar = Hours(WARSAW, (OFFICE,), tuple(holidays)) if moves else None
                found = commitment_clock.due_in_days(at(start), days, WARSAW, pauses, calendar)
                self.assertEqual(found, commitment_clock.end_of_day(day, WARSAW))

    def test_a_day_ends_where_people_are(self):
        for day, end in (
            (date(2026, 3, 28), "2026-03-28 22:59"),
            (date(2026, 3, 29), "2026-03-29 21:59"),
            (date(2026, 10, 25), "2026-10-25 22:59"),
        ):
            self.assertEqual(commitment_clock.end_of_day(day, WARSAW).replace(second=0), at(end))

    def test_people_go_home_when_their_day_ends(self):
        calendar = Hours(WARSAW, (OFFICE,), (span("2026-03-11 10:00", "2026-03-11 22:00"),))
        for day, end in (
            (date(2026, 3, 10), "2026-03-10 16:00"),
            (date(2026, 3, 11), "2026-03-11 10:00"),  # half a holiday
            (date(2026, 3, 14), "2026-03-14 16:00"),  # on a day off at five
        ):
            self.assertEqual(commitment_clock.closing_time(day, calendar, WARSAW), at(end))
