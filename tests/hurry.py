"""A clock that waiting moves on at once, so that tests do not sit through what smartplan waits."""

import threading
import time
from collections.abc import Callable

import pytest

from smartplan import times


class HurriedClock:
    """Stands for the module ``time`` where smartplan asks it; other processes go by theirs."""

    CLOCK_BOOTTIME = "boot"

    def __init__(self, others: Callable[[float], object]) -> None:
        self._others = others
        self._waited = 0.0
        self._lock = threading.Lock()

    def time(self) -> float:
        return time.time() + self._waited

    def monotonic(self) -> float:
        return time.monotonic() + self._waited

    def clock_gettime(self, _clock: str) -> float:
        return self.monotonic()

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._waited += seconds
            self._others(seconds)
        time.sleep(0)  # other threads have their turn


def hurry(
    patch: pytest.MonkeyPatch, others: Callable[[float], object] = lambda _seconds: None
) -> None:
    """From now on this process waits for nothing; ``others`` lets the time pass elsewhere."""
    patch.setattr(times, "time", HurriedClock(others))
