"""One action → its requests, through a gateway; and what an answer means."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, assert_never

from smartplan.changes.changeset import (
    Adopt,
    Cancel,
    Close,
    Create,
    Mutation,
    Replace,
    SetNote,
    Update,
)
from smartplan.changes.revise import SETTLING
from smartplan.errors import AnswerLost, Rejected, SmartplanError, Unreachable
from smartplan.trade.bodies import Json
from smartplan.trade.marker import split_note
from smartplan.trade.model import LiveTrade, Marker

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


Answer = LiveTrade | SmartplanError | None
"""What came of a request: the live trade, an empty answer, or why there is none."""


def classify(answer: Answer, expected: Marker | None = None) -> Result:
    """What an answer says about its request.

    An error answer, a connection never made, or anything that kept us from sending: certainly not
    executed. A lost answer, or one that does not echo the marker we sent: nobody knows.
    """
    if isinstance(answer, AnswerLost):
        return Result.UNKNOWN
    if isinstance(answer, SmartplanError):
        return Result.FAILED
    if expected is not None and not _echoes(answer, expected):
        return Result.UNKNOWN
    return Result.DONE


def _echoes(answer: LiveTrade | None, expected: Marker) -> bool:
    marker = answer.marker if answer is not None else None
    return marker is not None and (marker.workspace, marker.name, marker.round) == (
        expected.workspace,
        expected.name,
        expected.round,
    )


class NotGivenUp(Rejected):
    """We did not go on: a trade that was to be cancelled has something filled."""


KINDS: Mapping[type[Mutation], str] = {
    Create: "create",
    Replace: "replace",
    Update: "update",
    SetNote: "set_note",
    Adopt: "adopt",
    Cancel: "cancel",
    Close: "close",
}
OPENING = frozenset({KINDS[Create], KINDS[Replace]})
"""Kinds of intents that may open a position: unknown ones are never taken for "not done"."""


def payload(action: Mutation) -> Mapping[str, Json] | None:
    """What the requests of an action carry, for the journal."""
    match action:
        case Create() | Replace():
            return action.body
        case Update():
            return {"patch": dict(action.body), "note": action.note}
        case SetNote() | Adopt():
            return {"note": action.note}
        case Cancel() | Close():
            return None
        case _:
            assert_never(action)


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends the requests of one action after the other. Raises ``SmartplanError``."""

    gateway: Gateway
    pause: Callable[[float], None]

    def send(self, action: Mutation) -> LiveTrade | None:
        """The last answer. A create is one POST and nothing else."""
        if isinstance(action, Create):
            return self.gateway.create(action.body)
        trade_id = action.of.trade_id
        assert trade_id is not None  # noqa: S101  # every other action is about a live trade
        match action:
            case Replace():
                self._give_up(trade_id)
                return self.gateway.create(action.body)
            case Update():
                self._wait_until_settled(trade_id, action.of.status)
                self.gateway.update(trade_id, action.body)
                return self._note_after_patch(trade_id, action.note)
            case SetNote() | Adopt():
                return self.gateway.set_note(trade_id, action.note)
            case Cancel():
                self._wait_until_settled(trade_id, action.of.status)
                self._check_nothing_filled(trade_id)
                return self.gateway.cancel(trade_id)
            case Close():
                return self.gateway.close_by_market(trade_id)
            case _:
                assert_never(action)

    def _note_after_patch(self, trade_id: int, note: str) -> LiveTrade:
        try:
            return self.gateway.set_note(trade_id, note)
        except (Rejected, Unreachable) as error:
            error.args = (f"its fields were changed, its marker not: apply again ({error})",)
            raise

    def _check_nothing_filled(self, trade_id: int) -> None:
        """Cancelling drops the exits: never of a trade that filled since the list was read."""
        if self.gateway.get(trade_id).may_hold:
            raise NotGivenUp(
                "its entry has filled meanwhile: cancelling would drop its exits",
                status=0,
                error="filled",
            )

    def _wait_until_settled(self, trade_id: int, status: str | None) -> None:
        if status not in SETTLING:
            return
        for seconds in SETTLE_PAUSES:
            self.pause(seconds)
            if self.gateway.get(trade_id).patchable:
                return

    def _give_up(self, trade_id: int) -> None:
        """Cancel, wait for it, and see that nothing filled meanwhile."""
        with suppress(AnswerLost):  # the trade itself says below whether it was cancelled
            self.gateway.cancel(trade_id)
        for seconds in SETTLE_PAUSES:
            live = self.gateway.get(trade_id)
            if live.terminal:
                break
            self.pause(seconds)
        else:
            live = self.gateway.get(trade_id)
        if live.status != "cancelled" or live.entered:
            raise NotGivenUp(
                f"#{trade_id} is {live.status}"
                + (" with something filled" if live.entered else "")
                + ", not cancelled: the new round was not opened",
                status=0,
                error="not_cancelled",
            )


def marker_sent(action: Mutation) -> Marker | None:
    """The marker that the answer to an opening request must echo."""
    if isinstance(action, Create | Replace):
        return split_note(str(action.body.get("note") or ""))[1]
    return None
