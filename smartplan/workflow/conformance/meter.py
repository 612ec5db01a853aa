"""A transport that counts what a check sends, keeps what was answered, and stops in time."""

from collections.abc import Callable, Mapping

from smartplan.api.signing import SignatureForms
from smartplan.api.transport import Query, Transport
from smartplan.errors import Interrupted, ServiceError, SmartplanError
from smartplan.resource import Resource

REQUESTS = 40
"""The most that a check sends, with what ends its trades."""


class OutOfRequests(SmartplanError):
    """What is left of the requests is kept for ending what is open."""


class Meter(Resource):
    """A ``Transport`` over another one, which it does not close."""

    def __init__(self, transport: Transport, interrupted: Callable[[], bool]) -> None:
        self._transport = transport
        self._interrupted = interrupted
        self.used = 0
        self.reserve = 0
        self.shielded = False
        self.recording: list[dict[str, object]] = []

    def close(self) -> None:
        """Nothing: the connection is the session's."""

    @property
    def forms(self) -> SignatureForms | None:
        """See ``Transport.forms``."""
        return self._transport.forms

    @property
    def stopped(self) -> bool:
        """Whether the check was interrupted, and not yet about to end its trades."""
        return not self.shielded and self._interrupted()

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Mapping[str, object] | None = None,
        signed: bool = True,
    ) -> object:
        """See ``Transport.request``; raises ``OutOfRequests`` and ``Interrupted`` before it.

        Neither once the check is ``shielded``: what ends its trades is always sent.
        """
        if not self.shielded:
            if self.stopped:
                raise Interrupted("interrupted")
            if self.used + self.reserve >= REQUESTS:
                raise OutOfRequests(f"{REQUESTS} requests are all that is sent")
        self.used += 1
        row: dict[str, object] = {"method": method, "path": path, "query": query, "body": body}
        self.recording.append(row)
        try:
            answer = self._transport.request(method, path, query=query, body=body, signed=signed)
        except ServiceError as error:
            row["error"] = str(error)
            raise
        row["answer"] = answer
        return answer
