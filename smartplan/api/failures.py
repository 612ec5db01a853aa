"""Failures on the way to an answer: what was certainly not sent, and what may pass."""

import ssl

from smartplan.api.answers import ServiceFailed
from smartplan.errors import AnswerLost, RateLimited, ServiceError, Unreachable


class NotConnected(Unreachable):
    """May pass: a name server or a server that is just being restarted."""


class Broken(AnswerLost):
    """May pass: the connection ended before the answer did."""


def may_pass(error: ServiceError) -> bool:
    """Whether asking again may help."""
    if isinstance(error, RateLimited):
        return error.status == 429  # the pace decides next whether the wait is worth it
    return isinstance(error, NotConnected | Broken | ServiceFailed)


def unreachable(host: str, error: Exception, *, late: bool) -> Unreachable:
    """Why no connection to ``host`` was made; ``late`` when it took too long."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unreachable(
                f"The certificate of {host} does not hold: {cause.verify_message}.",
                hint="Nothing was sent. Something between here and the service may be reading"
                " along; certificates are always checked.",
            )
        cause = cause.__cause__ or cause.__context__
    if late:
        return Unreachable(f"{host} did not let us connect in time.", hint="Nothing was sent.")
    return NotConnected(f"{host} cannot be reached: {error}.", hint="Nothing was sent.")
