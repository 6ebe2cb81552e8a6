"""Doing something with many records: some per request, with a bar, and without one bad record stopping the others."""

from console import step

from .connection import Refused

_WIDTH = 30


def run(title, items, call, weight=None, limit=250):
    """Do something with items, some at a time, and show how far it is.

    What the server refuses is tried again in halves, until the item that it refuses is alone.

    :param str title: of the step
    :param list items: hashable
    :param call: function of a list of items
    :param weight: function of an item; 1 when empty
    :param int limit: how much a batch weighs at most, unless it is a single item
    :return: dict of refused item to reason
    """
    refused = {}
    if items:
        with step(f"{len(items):,} {title}") as current:
            done = 0
            for batch in split(items, weight, limit):
                _attempt(batch, call, refused)
                done += len(batch)
                current.progress(bar(done, len(items)))
    return refused


def split(items, weight=None, limit=250):
    """Cut a list into batches of a limited weight; yields lists."""
    batch, heavy = [], 0
    for item in items:
        more = weight(item) if weight else 1
        if batch and heavy + more > limit:
            yield batch
            batch, heavy = [], 0
        batch.append(item)
        heavy += more
    if batch:
        yield batch


def bar(done, total):
    """How far something is (str)."""
    full = _WIDTH * done // total
    return f"[{'#' * full}{'.' * (_WIDTH - full)}] {done:,} of {total:,}"


def _attempt(batch, call, refused):
    try:
        call(batch)
    except Refused as refusal:
        if len(batch) == 1:
            refused[batch[0]] = str(refusal)
            return
        middle = len(batch) // 2
        _attempt(batch[:middle], call, refused)
        _attempt(batch[middle:], call, refused)
