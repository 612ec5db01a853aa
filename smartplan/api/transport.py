"""What a client needs of a transport, and what a transport needs of whoever keeps its pace."""

from collections.abc import Mapping
from typing import Protocol

from smartplan.resource import Resource

Query = Mapping[str, str | int]


class Transport(Resource, Protocol):
    """One connection to the service, for one run."""

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
