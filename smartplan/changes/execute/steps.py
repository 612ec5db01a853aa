"""An action as steps: each is one HTTP mutation as data, and all that sending it safely needs.

A step says whose trade it is about, what is sent, what must still be true right before, and what
the trade shows once it is done, for the case that its answer is lost.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, assert_never, cast

from msgspec import Struct

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
from smartplan.changes.fingerprint import EVERY_TRAIT, Trait
from smartplan.diagnostics import Path
from smartplan.errors import SafetyRefusal
from smartplan.trade.bodies import Json
from smartplan.trade.fields import group_fields, value_text
from smartplan.trade.marker import same_note, stored_note
from smartplan.trade.model import BEING_CANCELLED, LiveTrade

Body = Mapping[str, Json]


class Gateway(Protocol):
    """The endpoints that acting needs; ``api.client.SmartTradeClient`` is one."""

    def get(self, trade_id: int) -> LiveTrade:
        """One live trade."""
        ...

    def create(self, body: Body) -> LiveTrade:
        """Open a smart trade; never safe to repeat."""
        ...

    def update(self, trade_id: int, body: Body) -> LiveTrade:
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

    def add_funds(
        self, trade_id: int, units: Decimal, *, price: Decimal | None = None
    ) -> LiveTrade:
        """Enlarge the position, at market or at the limit ``price``."""
        ...

    def reduce_funds(
        self, trade_id: int, units: Decimal, *, price: Decimal | None = None
    ) -> LiveTrade:
        """Close a part of the position, at market or at the limit ``price``."""
        ...

    def force_start(self, trade_id: int) -> LiveTrade:
        """Enter at market now."""
        ...

    def force_process(self, trade_id: int) -> LiveTrade:
        """Have the service look at the trade again."""
        ...

    def close_order(self, trade_id: int, order_id: int) -> None:
        """Execute one target at market."""
        ...

    def cancel_order(self, trade_id: int, order_id: int) -> None:
        """Cancel one order."""
        ...


class Endpoint(StrEnum):
    """A mutation of the service, one per endpoint; the journal names them so."""

    CREATE = "create"
    UPDATE = "update"
    SET_NOTE = "set_note"
    CANCEL = "cancel"
    CLOSE = "close"
    ADD_FUNDS = "add_funds"
    REDUCE_FUNDS = "reduce_funds"
    FORCE_START = "force_start"
    FORCE_PROCESS = "force_process"
    CLOSE_ORDER = "close_order"
    CANCEL_ORDER = "cancel_order"


class UnchangedSince(Struct, frozen=True):
    """The trade is open, and what the decision ``rests_on`` is as it was ``seen``.

    ``holds``: something of it is filled, else there is nothing to do.
    """

    seen: LiveTrade
    rests_on: frozenset[Trait] = EVERY_TRAIT
    holds: bool = False


class CancelledUnfilled(Struct, frozen=True):
    """The trade is cancelled with nothing filled; that is waited for, it takes seconds."""

    trade_id: int


Precondition = UnchangedSince | CancelledUnfilled


class ShowsFields(Struct, frozen=True):
    """The trade has these values, as text by address."""

    values: Mapping[Path, str]


class ShowsNote(Struct, frozen=True):
    """The trade has this note."""

    note: str


class ShowsStatus(Struct, frozen=True):
    """The trade is in a status that begins like this."""

    prefixes: tuple[str, ...]


Evidence = ShowsFields | ShowsNote | ShowsStatus


class Step(Struct, frozen=True, kw_only=True):
    """One mutation. ``trade_id`` and ``before`` are None for what opens a trade.

    ``evidence`` is None where nothing that the trade shows could only come from this step: its
    outcome stays unknown when the answer is lost.
    """

    call: Endpoint
    trade_id: int | None = None
    body: Body | None = None
    before: Precondition | None = None
    evidence: Evidence | None = None


CANCELLING = ShowsStatus(("cancelled", BEING_CANCELLED))


def planned_steps(action: Mutation, seen: LiveTrade | None) -> tuple[Step, ...]:
    """The steps of an action of a changeset on a live trade as it was ``seen`` for it.

    Raises ``SafetyRefusal`` for an action on a live trade where none was seen.
    """
    match action:
        case Create():
            return (Step(call=Endpoint.CREATE, body=action.body),)
        case Replace():
            number = _seen(seen).id
            give_up = cancel_step(_seen(seen), EVERY_TRAIT)
            return (
                give_up,
                Step(call=Endpoint.CREATE, body=action.body, before=CancelledUnfilled(number)),
            )
        case Update():
            return (
                update_step(_seen(seen), action.body, _fields_after(action)),
                note_step(_seen(seen), action.note),
            )
        case SetNote() | Adopt():
            return (note_step(_seen(seen), action.note),)
        case Cancel():
            return (cancel_step(_seen(seen), frozenset({Trait.FILLED, Trait.STATUS, Trait.NOTE})),)
        case Close():
            return (close_step(_seen(seen), frozenset({Trait.NOTE})),)
        case _:
            assert_never(action)


def update_step(
    seen: LiveTrade, body: Body, shows: Mapping[Path, str], rests_on: frozenset[Trait] = EVERY_TRAIT
) -> Step:
    """PATCH ``body``; done when the trade ``shows`` these values."""
    return Step(
        call=Endpoint.UPDATE,
        trade_id=seen.id,
        body=body,
        before=UnchangedSince(seen, rests_on),
        evidence=ShowsFields(shows) if shows else None,
    )


def note_step(seen: LiveTrade, note: str) -> Step:
    """Replace the note; whatever else has moved since, it overwrites nothing but the note."""
    return Step(
        call=Endpoint.SET_NOTE,
        trade_id=seen.id,
        body={"note": note},
        before=UnchangedSince(seen, frozenset({Trait.NOTE})),
        evidence=ShowsNote(note),
    )


def cancel_step(seen: LiveTrade, rests_on: frozenset[Trait]) -> Step:
    """DELETE drops the exits: never of a trade of which more has filled since it was seen."""
    return Step(
        call=Endpoint.CANCEL,
        trade_id=seen.id,
        before=UnchangedSince(seen, rests_on),
        evidence=CANCELLING,
    )


def close_step(seen: LiveTrade, rests_on: frozenset[Trait]) -> Step:
    """Close whatever is held by now."""
    return Step(
        call=Endpoint.CLOSE, trade_id=seen.id, before=UnchangedSince(seen, rests_on, holds=True)
    )


def _seen(live: LiveTrade | None) -> LiveTrade:
    if live is None:
        raise SafetyRefusal("its live trade was not read: nothing was sent", hint="apply again")
    return live


def _fields_after(action: Update) -> dict[Path, str]:
    return {
        change.path: value_text(change.after)
        for change in action.changes
        if change.path[0] in {"position", "leverage", "take_profit", "stop_loss"}
    }


def shows(evidence: Evidence | None, live: LiveTrade) -> bool:
    """Whether a trade shows that a step was executed."""
    match evidence:
        case None:
            return False
        case ShowsNote(note):
            return same_note(note, stored_note(live.raw))
        case ShowsStatus(prefixes):
            return live.status.startswith(prefixes)
        case ShowsFields(values):
            fields = {
                path: value_text(value)
                for group in group_fields(live.trade).values()
                for path, value in group.items()
            }
            return all(fields.get(path) == text for path, text in values.items())
        case _:
            assert_never(evidence)


def send(step: Step, gateway: Gateway) -> LiveTrade | None:
    """The one request of a step. Raises ``SmartplanError``; None where the answer is empty."""
    return _SENDERS[step.call](gateway, step.trade_id or 0, step.body or {})


def _add_funds(gateway: Gateway, trade_id: int, body: Body) -> LiveTrade | None:
    return gateway.add_funds(trade_id, Decimal(str(body["units"])), price=_limit(body))


def _reduce_funds(gateway: Gateway, trade_id: int, body: Body) -> LiveTrade | None:
    return gateway.reduce_funds(trade_id, Decimal(str(body["units"])), price=_limit(body))


def _limit(body: Body) -> Decimal | None:
    limit = body["limit"]
    return None if limit is None else Decimal(str(limit))


def _close_order(gateway: Gateway, trade_id: int, body: Body) -> None:
    gateway.close_order(trade_id, cast("int", body["order"]))


def _cancel_order(gateway: Gateway, trade_id: int, body: Body) -> None:
    gateway.cancel_order(trade_id, cast("int", body["order"]))


_SENDERS: Mapping[Endpoint, Callable[[Gateway, int, Body], LiveTrade | None]] = {
    Endpoint.CREATE: lambda gateway, _, body: gateway.create(body),
    Endpoint.UPDATE: lambda gateway, number, body: gateway.update(number, body),
    Endpoint.SET_NOTE: lambda gateway, number, body: gateway.set_note(number, str(body["note"])),
    Endpoint.CANCEL: lambda gateway, number, _: gateway.cancel(number),
    Endpoint.CLOSE: lambda gateway, number, _: gateway.close_by_market(number),
    Endpoint.ADD_FUNDS: _add_funds,
    Endpoint.REDUCE_FUNDS: _reduce_funds,
    Endpoint.FORCE_START: lambda gateway, number, _: gateway.force_start(number),
    Endpoint.FORCE_PROCESS: lambda gateway, number, _: gateway.force_process(number),
    Endpoint.CLOSE_ORDER: _close_order,
    Endpoint.CANCEL_ORDER: _cancel_order,
}
