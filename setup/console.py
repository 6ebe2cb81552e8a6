"""What people read: steps with their duration, progress, and failures as one sentence."""

import sys
import threading
import time
from contextlib import contextmanager

# Without a terminal a line of progress now and then is enough.
QUIET_INTERVAL = 20.0

_lock = threading.Lock()


class Failure(Exception):
    """Something the reader can act on; printed as one sentence, exit status 1."""


def say(text="", file=None):
    """Print one line at once, in the place of a line of progress, also when several threads print.

    :param file: where to; standard output when empty
    """
    with _lock:
        if sys.stdout.isatty():
            print("\r\033[K", end="", flush=True)
        print(text, file=file, flush=True)


def warn(text):
    """Print one line that deserves attention but stops nothing."""
    say(f"note: {text}")


class Step:
    """A step under way, to be told how far it is."""

    def __init__(self, title):
        self.title = title
        self.started = time.monotonic()
        self._shown = self.started

    def progress(self, text):
        """Show how far the step is; cheap enough to be called for every line of a log."""
        now = time.monotonic()
        if sys.stdout.isatty():
            with _lock:
                print(f"\r  {self.title}: {text}\033[K", end="", flush=True)
        elif now - self._shown >= QUIET_INTERVAL:
            self._shown = now
            say(f"  {self.title}: {text}")

    def seconds(self):
        """Seconds since the step began (float)."""
        return time.monotonic() - self.started


@contextmanager
def step(title):
    """Announce a step and, when it went well, how many seconds it took."""
    say(f"> {title}")
    current = Step(title)
    yield current
    say(f"  {title}: done in {current.seconds():.0f} s")
