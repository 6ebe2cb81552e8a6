"""The hours in which a parcel arrives or somebody comes, as a customer reads them."""

import re
from datetime import timedelta

import pytz
from babel.dates import format_date

from odoo.tools.misc import babel_locale_parse, get_lang


def window_words(env, start, end, zone):
    """A window in words of the environment's language.

    :param datetime.datetime start: UTC
    :param datetime.datetime end: UTC
    :param str zone: name of the time zone in which it is told
    :return: str, "" when nobody knows
    """
    if not (start and end):
        return ""
    start, end = _local(start, zone), _local(end, zone)
    if start.date() == (end - timedelta(seconds=1)).date():
        return env._("%(day)s, %(start)s–%(end)s", day=_day(env, start), start=_hour(start), end=_hour(end))
    return env._("%(first)s to %(last)s", first=_day(env, start), last=_day(env, end))


def _local(moment, zone):
    return pytz.utc.localize(moment).astimezone(pytz.timezone(zone))


def _day(env, moment):
    """A weekday with its date, as the language writes it."""
    locale = babel_locale_parse(get_lang(env).code)
    # The order of the short form, in full words.
    pattern = locale.datetime_skeletons["MMMEd"].pattern
    return format_date(moment, re.sub(r"[ML]{3,}", "MMMM", re.sub(r"[Ec]+", "EEEE", pattern)), locale=locale)


def _hour(moment):
    return moment.strftime("%-H:%M") if moment.minute else moment.strftime("%-H")
