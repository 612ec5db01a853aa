"""Changeset → outcomes, one request at a time, through a gateway.

Nothing is ever sent twice here: a create whose answer is lost stays unknown until the exchange has
been read again (``verify``).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol, assert_never

from smartplan.changes.changeset import (
    Adopt,
    Blocked,
    Cancel,
    Changeset,
    Close,
    Create,
    Mutation,
    SetNote,
    Update,
)
from smartplan.changes.revise import SETTLING
from smartplan.errors import (
    AnswerLost,
    RateLimited,
    Rejected,
    SafetyRefusal,
    ServiceError,
    UnknownOutcome,
    Unreachable,
)
from smartplan.trade.bodies import Json
from smartplan.trade.model import LiveTrade

SETTLE_PAUSES = (0.4, 0.6, 1.0, 2.0, 4.0)
"""Seconds between looks at a trade that settles; the service takes 0.4 to 3 s (seen)."""


class Gateway(Protocol):
    """The endpoints that applying needs; ``api.client.SmartTradeClient`` is one."""

    def create(self, body: Mapping[str, Json]) -> LiveTrade:
        """Open a smart trade; never safe to repeat."""
        ...

    def get(self, trade_id: int) -> LiveTrade:
        """One live trade."""
        ...

    def update(self, trade_id: int, body: Mapping[str, Json]) -> LiveTrade:
        """Replace the groups in ``body``."""
        ...

    def set_note(self, trade_id: int, note: str) -> LiveTrade:
        """Replace the note."""
        ...

    def cancel(self, trade_id: int) -> LiveTrade | None:
        """Cancel; None when the answer is empty."""
        ...

    def close_by_market(self, trade_id: int) -> LiveTrade:
        """Close the position at market."""
        ...


class Result(StrEnum):
    """What became of an action."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an action; ``message`` says why for everything but ``done``.

    ``attributes`` are the service's own complaints about fields of the body; ``unreachable`` marks
    what was not sent because the service cannot be reached or paces us.
    """

    action: Mutation
    result: Result
    trade_id: int | None = None
    message: str = ""
    attributes: Mapping[str, tuple[str, ...]] | None = None
    unreachable: bool = False

    @property
    def exit_code(self) -> int:
        """What this outcome means for the run."""
        if self.result is Result.UNKNOWN:
            return UnknownOutcome.exit_code
        if self.unreachable:
            return ServiceError.exit_code
        return 0 if self.result is Result.DONE else 1


def apply(
    mutations: Sequence[Mutation], gateway: Gateway, *, pause: Callable[[float], None]
) -> Iterator[Outcome]:
    """Act in the given order. When the service cannot be reached, the rest is skipped."""
    stopped = ""
    for action in mutations:
        if stopped:
            yield Outcome(action, Result.SKIPPED, action.of.trade_id, stopped, unreachable=True)
            continue
        try:
            yield Outcome(action, Result.DONE, _act(action, gateway, pause))
        except AnswerLost as error:
            yield Outcome(action, Result.UNKNOWN, action.of.trade_id, str(error))
        except SafetyRefusal as error:
            yield Outcome(action, Result.FAILED, action.of.trade_id, str(error))
        except (Unreachable, Rejected) as error:
            failed = _failed(action, error)
            if failed.unreachable:
                stopped = f"not tried: {error}"
            yield failed
        except _NoteNotSetError as half:
            failed = _failed(action, half.error)
            if failed.unreachable:
                stopped = f"not tried: {half.error}"
            yield replace(failed, message=f"{_HALF_DONE}: {failed.message}")


_HALF_DONE = "its fields were changed, its marker not: apply again"


class _NoteNotSetError(Exception):
    """The PATCH was taken, but not the note that goes with it."""

    def __init__(self, error: Unreachable | Rejected) -> None:
        super().__init__(str(error))
        self.error = error


def _failed(action: Mutation, error: Unreachable | Rejected) -> Outcome:
    message = f"{error} ({error.hint})" if error.hint else str(error)
    attributes = error.attributes if isinstance(error, Rejected) else None
    away = isinstance(error, Unreachable | RateLimited)
    return Outcome(action, Result.FAILED, action.of.trade_id, message, attributes, unreachable=away)


def _act(action: Mutation, gateway: Gateway, pause: Callable[[float], None]) -> int | None:
    trade_id = action.of.trade_id
    if isinstance(action, Create):
        return gateway.create(action.body).id
    assert trade_id is not None  # noqa: S101  # every other action is about a live trade
    match action:
        case Update():
            _settled(trade_id, action.of.status, gateway, pause)
            gateway.update(trade_id, action.body)
            try:
                gateway.set_note(trade_id, action.note)
            except (Unreachable, Rejected) as error:
                raise _NoteNotSetError(error) from error
        case SetNote() | Adopt():
            gateway.set_note(trade_id, action.note)
        case Cancel():
            _settled(trade_id, action.of.status, gateway, pause)
            _still_empty(trade_id, gateway)
            gateway.cancel(trade_id)
        case Close():
            gateway.close_by_market(trade_id)
        case _:
            assert_never(action)
    return trade_id


def _settled(
    trade_id: int, status: str | None, gateway: Gateway, pause: Callable[[float], None]
) -> None:
    """Wait until a trade that was just created takes a PATCH (seen: 0.4 to 3 s)."""
    if status not in SETTLING:
        return
    for seconds in SETTLE_PAUSES:
        pause(seconds)
        if gateway.get(trade_id).patchable:
            return


def _still_empty(trade_id: int, gateway: Gateway) -> None:
    """Cancelling drops the exits: never of a trade whose entry filled since the list was read."""
    if gateway.get(trade_id).entered:
        raise SafetyRefusal("its entry has filled meanwhile: cancelling would drop its exits")


def verify(
    outcomes: Sequence[Outcome],
    look: Callable[[], Changeset],
    *,
    pause: Callable[[float], None],
    pauses: Sequence[float] = SETTLE_PAUSES,
) -> tuple[tuple[Outcome, ...], Changeset]:
    """Read the exchange again and hold it against what was done.

    An unknown outcome that the exchange shows as done is done; a done one that it does not show
    is looked at again through ``pauses`` and then failed.
    """
    after = look()
    for seconds in pauses:
        if not _still_wanted(outcomes, after):
            break
        pause(seconds)
        after = look()
    pending = {action.of.name: action for action in after.mutations}
    shown = {a.of.name: a.of.trade_id for a in after.actions if not isinstance(a, Blocked)}
    return tuple(_judged(o, pending.get(o.action.of.name), shown) for o in outcomes), after


def _still_wanted(outcomes: Iterable[Outcome], after: Changeset) -> bool:
    pending = {action.of.name for action in after.mutations}
    looked_at = {Result.DONE, Result.UNKNOWN}
    return any(o.result in looked_at and o.action.of.name in pending for o in outcomes)


def _judged(outcome: Outcome, pending: Mutation | None, shown: Mapping[str, int | None]) -> Outcome:
    action, trade_id = outcome.action, shown.get(outcome.action.of.name)
    match outcome.result:
        case Result.UNKNOWN if pending is None and trade_id is not None:
            return replace(outcome, result=Result.DONE, trade_id=trade_id, message="")
        case Result.UNKNOWN if isinstance(action, Update | SetNote | Adopt | Cancel) and pending:
            # What can be repeated safely is no riddle: it is simply not there yet.
            message = "the answer was lost, and the exchange does not show it: apply again"
            return replace(outcome, result=Result.FAILED, message=message)
        case Result.DONE if isinstance(action, Create) and isinstance(pending, Create):
            message = f"#{outcome.trade_id} was created, but the exchange does not list it"
            return replace(outcome, result=Result.UNKNOWN, message=message)
        case Result.DONE if pending is not None:
            message = "the exchange took it, but does not show it"
            return replace(outcome, result=Result.FAILED, message=message)
        case _:
            return outcome
