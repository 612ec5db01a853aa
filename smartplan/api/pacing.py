"""Refusals for asking too often: how long they last and how they are told."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from smartplan.errors import RateLimited

# The service refuses for 300 s after a 429, and bans an address for at least 2 minutes with a 418.
MINIMUM_SECONDS = {429: 300.0, 418: 120.0}


def refusal(status: int, seconds: float, now: datetime) -> RateLimited:
    """The error for a 429 or 418 that ends in ``seconds``."""
    until = now + timedelta(seconds=math.ceil(seconds))
    told = "asks for a pause" if status == 429 else "has banned this address"
    return RateLimited(
        f"The service {told} ({status}): no request before {until:%Y-%m-%d %H:%M:%S} UTC.",
        status=status,
        error="too_many_requests" if status == 429 else "address_banned",
        retry_after=seconds,
    )


class NoPatience:
    """The ``Pace`` of a run that never waits: a refusal is kept to until it is over."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._status = 0
        self._until = datetime.min.replace(tzinfo=UTC)

    def wait(self, *, listing: bool) -> None:  # noqa: ARG002 - the protocol's word
        """Raise ``RateLimited`` while the last refusal holds."""
        left = (self._until - self._now()).total_seconds()
        if left > 0:
            raise refusal(self._status, left, self._now())

    def refused(self, status: int, retry_after: float | None) -> float:
        """Keep to what the service asked for, and at least to what it documents."""
        seconds = max(retry_after or 0.0, MINIMUM_SECONDS[status])
        self._status, self._until = status, self._now() + timedelta(seconds=seconds)
        return seconds
