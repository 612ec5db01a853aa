"""What can be wrong with a run (never with a file: that is a ``Finding``).

::

    SmartplanError                 exit code
    ├── UsageError                 2   flags, paths, smartplan.toml, environment variables
    │   └── FileError                  what a file of the workspace that is no plan says
    ├── ServiceError               4   the service is unreachable or refused us
    │   ├── MovingList                 no two readings of a list agreed: nothing is known from it
    │   ├── Unreachable                no connection was made: nothing was sent
    │   ├── AnswerLost                 sent, but no usable answer: it may have been executed
    │   └── Rejected                   a decoded error answer: it may still have been executed
    │       └── RateLimited            429 or 418: says until when
    ├── SafetyRefusal              5   we refuse: policy, confirmation, lock, stale changeset
    ├── UnknownOutcome             6   a mutation may or may not have happened
    └── Interrupted              130   stopped by a signal

``cli`` turns each into one message and its exit code, once.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Self

from smartplan.times import utc_text

if TYPE_CHECKING:
    from pathlib import Path


class ExitCode(IntEnum):
    """How a run ends: one meaning each, from the mildest to the gravest."""

    FINE = 0
    PENDING = 3
    """Something is pending or unprotected."""
    FAILED = 1
    """Findings (error), or an action failed."""
    USAGE = 2
    REFUSED = 5
    """For safety: not confirmed, blocked, changed since the diff, a guard rail, a lock."""
    SERVICE = 4
    """The service is unreachable or refused us."""
    UNKNOWN = 6
    """An outcome is unknown."""
    INTERRUPTED = 130


def worst(*codes: ExitCode) -> ExitCode:
    """The exit code of a run with several troubles."""
    return max(codes, key=list(ExitCode).index, default=ExitCode.FINE)


class SmartplanError(Exception):
    """Something wrong with the run; ``str()`` is one plain sentence, ``hint`` the way out."""

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(SmartplanError):
    """Flags, paths, ``smartplan.toml`` or environment variables that cannot be used."""

    exit_code = ExitCode.USAGE


class FileError(UsageError):
    """What ``smartplan.toml`` or another file of the workspace that is no plan says.

    ``line`` and ``column`` count from 1; without a line it is about the file as a whole. ``what``
    is the message without the place.
    """

    def __init__(
        self,
        file: "Path",
        what: str,
        *,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        place = ":".join(str(part) for part in (file, line, column) if part is not None)
        super().__init__(f"{place}: {what}", hint=hint)
        self.file, self.what = file, what
        self.line, self.column = line, column


class ServiceError(SmartplanError):
    """The service is unreachable or refused us."""

    exit_code = ExitCode.SERVICE


class MovingList(ServiceError):
    """A list of several pages changed in every reading: what is not in it may exist."""


class Unreachable(ServiceError):
    """No connection was made (refused, DNS, TLS): the request was certainly not executed."""


class AnswerLost(ServiceError):
    """Time-out, reset, 5xx, truncated or non-JSON answer: the request may have been executed."""


class Rejected(ServiceError):
    """A decoded error answer of the service; ``proves_nothing_executed`` knows what it is worth.

    ``attributes`` maps the service's own keys (``take_profit[steps][0][price][value]``,
    ``position.total``, ``note`` …) to its messages, whatever shape the answer had.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        error: str,
        attributes: Mapping[str, tuple[str, ...]] | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.error = error
        self.attributes: Mapping[str, tuple[str, ...]] = attributes or {}


LONGEST_BAN = 3 * 86_400.0
"""Seconds; the service bans an address for no longer."""


class RateLimited(Rejected):
    """429 or 418. ``retry_after`` is in seconds."""

    def __init__(
        self, message: str, *, status: int, error: str, retry_after: float, hint: str | None = None
    ) -> None:
        super().__init__(message, status=status, error=error, hint=hint)
        self.retry_after = retry_after

    @classmethod
    def until(cls, end: datetime, status: int, *, seconds: float, hint: str | None = None) -> Self:
        """The refusal that lasts until ``end`` (UTC), ``seconds`` from now."""
        banned = status == 418
        said = "has banned this address" if banned else "asked for a pause"
        return cls(
            f"The service {said} ({status}): no request before {utc_text(end)} UTC.",
            status=status,
            error="address_banned" if banned else "too_many_requests",
            retry_after=seconds,
            hint=hint,
        )


class SafetyRefusal(SmartplanError):
    """We refuse to act: policy, missing confirmation, lock held, stale changeset.

    ``reasons`` lists them where there may be several; the message has them all.
    """

    exit_code = ExitCode.REFUSED

    def __init__(
        self, message: str, *, hint: str | None = None, reasons: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.reasons = reasons


class UnknownOutcome(SmartplanError):
    """A mutation was sent and nobody can say yet whether it happened."""

    exit_code = ExitCode.UNKNOWN


class Interrupted(SmartplanError):
    """Stopped by a signal; what was done so far is recorded."""

    exit_code = ExitCode.INTERRUPTED
