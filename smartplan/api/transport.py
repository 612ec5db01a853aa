"""What a client needs of a transport, and a transport of its pace; the pace without a budget."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

from smartplan.api.signing import SignatureForms
from smartplan.errors import RateLimited
from smartplan.resource import Resource
from smartplan.times import utc_now

Query = Mapping[str, str | int]


class Transport(Resource, Protocol):
    """One connection to the service, for one run."""

    @property
    def forms(self) -> SignatureForms | None:
        """How its bodies are signed; ``None`` without a key."""
        ...

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Mapping[str, object] | None = None,
        signed: bool = True,
    ) -> object:
        """Send one request and return its decoded JSON answer, ``None`` for a 204.

        ``path`` comes after the base URL (``/v2/smart_trades``). Numbers with a point arrive as
        ``Decimal``. Raises ``Unreachable``, ``AnswerLost``, ``Rejected`` or ``RateLimited``.
        """
        ...


class RateLimiter(Protocol):
    """Keeps requests within the limits of an API key, across the processes that share it."""

    def wait(self, *, listing: bool) -> None:
        """Return when one more request may be sent, or raise ``RateLimited`` if that is too far.

        ``listing`` marks ``GET /v2/smart_trades``, which has a limit of its own.
        """
        ...

    def refused(self, status: int, retry_after: float | None) -> float:
        """Remember a 429 or 418; return in how many seconds the next request may be sent.

        ``retry_after`` is what the service asked for, in seconds, if it did.
        """
        ...


# The service refuses for 300 s after a 429, and bans an address for at least 2 minutes with a 418.
_MINIMUM_SECONDS = {429: 300.0, 418: 120.0}


class UnlimitedPace:
    """A ``Pace`` without limits of its own; a refusal is kept to until it is over."""

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
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
