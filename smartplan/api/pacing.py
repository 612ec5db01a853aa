"""The pace of a run that waits for nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from smartplan.errors import RateLimited

# The service refuses for 300 s after a 429, and bans an address for at least 2 minutes with a 418.
_MINIMUM_SECONDS = {429: 300.0, 418: 120.0}


class NoPatience:
    """A ``Pace`` without limits of its own; a refusal is kept to until it is over."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._status = 0
        self._until = datetime.min.replace(tzinfo=UTC)

    def wait(self, *, listing: bool) -> None:  # noqa: ARG002 - the protocol's word
        """Raise ``RateLimited`` while the last refusal holds."""
        left = (self._until - self._now()).total_seconds()
        if left > 0:
            raise RateLimited.until(self._until, self._status, seconds=left)

    def refused(self, status: int, retry_after: float | None) -> float:
        """Keep to what the service asked for, and at least to what it documents."""
        seconds = max(retry_after or 0.0, _MINIMUM_SECONDS[status])
        self._status, self._until = status, self._now() + timedelta(seconds=seconds)
        return seconds
