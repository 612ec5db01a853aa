"""What time it is, how to let it pass, and how a moment is written for people.

The only place that asks the machine's clock for what is waited for outside of this machine; tests
hurry it from here.
"""

import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.fromtimestamp(time.time(), UTC)


def unix_seconds() -> float:
    """The wall clock, in seconds since 1970."""
    return time.time()


def ticks() -> float:
    """Seconds that nobody can set back, since some moment of this boot of the machine."""
    # Counts on while the machine sleeps, where the system has such a clock.
    sleepless = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if sleepless is None else time.clock_gettime(sleepless)


def sleep(seconds: float) -> None:
    """Wait so long."""
    time.sleep(seconds)


def utc_text(moment: datetime) -> str:
    """``2026-11-22 14:05:00``; the moment is in UTC already."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"
