"""The rate limit: 100 requests a minute, then 429 for 300 s, and 418 for who goes on."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from smartplan.sandbox.rejection import Rejection

PER_MINUTE = 100
MINUTE = timedelta(seconds=60)
PENALTY = timedelta(seconds=300)
BAN = timedelta(minutes=2)
PATIENCE = 20
"""Requests inside a penalty before it becomes a ban; the service's number is not documented."""


class RateLimit:
    """Counts the requests of everybody together, as an address that is banned would be."""

    def __init__(self, clock: Callable[[], datetime], per_minute: int = PER_MINUTE) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._seen: deque[datetime] = deque()
        self._refused_until: datetime | None = None
        self._banned_until: datetime | None = None
        self._inside = 0
        self._lock = Lock()

    def count(self) -> None:
        """Count a request; raises ``Rejection`` (429, 418)."""
        with self._lock:
            now = self._clock()
            if self._banned_until and now < self._banned_until:
                raise Rejection(418, "banned", "Your address is banned for some time")
            if self._refused_until and now < self._refused_until:
                self._inside += 1
                if self._inside > PATIENCE:
                    self._banned_until = now + BAN
                raise _too_many()
            while self._seen and self._seen[0] <= now - MINUTE:
                self._seen.popleft()
            self._seen.append(now)
            if len(self._seen) > self._per_minute:
                self._refused_until, self._inside = now + PENALTY, 0
                raise _too_many()


def _too_many() -> Rejection:
    return Rejection(429, "too_many_requests", "Too many requests, try again later")
