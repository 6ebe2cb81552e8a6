"""pytest plugin: the longest classes first, so that the processes of a distributed run end together.

pytest-xdist itself begins with the classes of the most tests. Ours that take longest have few: browsers, and tables of
cases about money.
"""

from collections import Counter

from odoo.tests import HttpCase

SLOW_TAG = "aftersales_money"


def pytest_collection_modifyitems(items):
    sizes = Counter(item.cls for item in items)

    def rank(item):
        is_slow = issubclass(item.cls, HttpCase) or SLOW_TAG in getattr(item.cls, "test_tags", ())
        return not is_slow, -sizes[item.cls]

    items.sort(key=rank)
