"""Carry out what a person agreed to: the intent first, one request, and the truth about its end.

Nothing is sent twice. When an answer is lost the trade is read: where it shows what was asked for
that is the end, and elsewhere the outcome is unknown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from smartplan.api.client import SmartTradeClient
from smartplan.changes import proposals
from smartplan.changes.patch import stop_body
from smartplan.changes.requests import (
    AddFunds,
    CancelOrder,
    CancelTrade,
    CloseOrder,
    CloseTrade,
    Done,
    ForceProcess,
    ForceStart,
    MoveStop,
    Proposal,
    ReduceFunds,
    Request,
    WriteNote,
)
from smartplan.changes.revise import SETTLING
from smartplan.document.scalars import number_text
from smartplan.errors import AnswerLost, ServiceError, SmartplanError, UnknownOutcome
from smartplan.trade.bodies import Json
from smartplan.trade.listed import Unreadable
from smartplan.trade.model import LiveTrade
from smartplan.trade.standing import left_behind, remaining
from smartplan.workflow.live import managed_trades, name_of
from smartplan.workflow.session import Session

SETTLE_PAUSES = (0.4, 0.6, 1.0, 2.0)
"""Seconds between looks at a trade that was just created."""


def carry_out(proposal: Proposal, session: Session, command: str) -> Done:
    """One request. Raises ``Rejected``, ``Unreachable`` or ``UnknownOutcome``.

    ``StoreUnusable`` before anything is sent, where the intent cannot be written down.
    """
    session.journal.started(command, {})
    return _carried_out(proposal, session)


def _carried_out(proposal: Proposal, session: Session) -> Done:
    live, record = proposal.live, session.journal
    body = _body(proposal)
    record.intended_by_hand(type(proposal.request).__name__, body, trade_id=live.id)
    try:
        answer = _send(proposal, session.client, body)
    except AnswerLost as error:
        record.answered(None, {"lost": str(error)}, trade_id=live.id)
        return _after_lost_answer(proposal, session.client, error)
    except ServiceError as error:
        record.answered(None, {"refused": str(error)}, trade_id=live.id)
        raise
    shown = answer.status if answer is not None else None
    record.answered(None, {"status": shown}, trade_id=live.id)
    if isinstance(proposal.request, WriteNote) and proposal.request.forgets:
        record.forgotten(name_of(live))
    if answer is None and isinstance(proposal.request, CancelTrade):
        answer = _look(session.client, live.id)
    return _done(proposal, answer)


def _body(proposal: Proposal) -> dict[str, Json] | None:
    """The JSON that will be sent, for the journal; ``None`` for requests without a body."""
    match proposal.request:
        case MoveStop(after=stop):
            return stop_body(proposal.live, stop)
        case WriteNote(note=note):
            return {"note": note}
        case AddFunds(size=size, limit=limit) | ReduceFunds(size=size, limit=limit):
            return {"units": str(size.units), "limit": None if limit is None else str(limit)}
        case CloseOrder(order=order) | CancelOrder(order=order):
            return {"order": order.id}
        case CancelTrade() | CloseTrade() | ForceStart() | ForceProcess():
            return None
        case _:
            assert_never(proposal.request)


def _send(
    proposal: Proposal, client: SmartTradeClient, body: dict[str, Json] | None
) -> LiveTrade | None:
    trade_id = proposal.live.id
    match proposal.request:
        case CancelTrade():
            return client.cancel(trade_id)
        case CloseTrade():
            return client.close_by_market(trade_id)
        case MoveStop():
            return client.update(trade_id, body or {})
        case AddFunds(size=size, limit=limit):
            return client.add_funds(trade_id, size.units, price=limit)
        case ReduceFunds(size=size, limit=limit):
            return client.reduce_funds(trade_id, size.units, price=limit)
        case ForceStart():
            return client.force_start(trade_id)
        case ForceProcess():
            return client.force_process(trade_id)
        case WriteNote(note=note):
            return client.set_note(trade_id, note)
        case CloseOrder(order=order):
            client.close_order(trade_id, order.id)
        case CancelOrder(order=order):
            client.cancel_order(trade_id, order.id)
        case _:
            assert_never(proposal.request)
    return _look(client, trade_id)


def _look(client: SmartTradeClient, trade_id: int) -> LiveTrade | None:
    try:
        return client.get(trade_id)
    except ServiceError:
        return None


def _after_lost_answer(proposal: Proposal, client: SmartTradeClient, error: AnswerLost) -> Done:
    after = _look(client, proposal.live.id)
    if after is not None and _shows(proposal.request, after):
        return _done(proposal, after)
    now = "it cannot be read now" if after is None else _as_it_stands(after)
    raise UnknownOutcome(
        f"{error} #{proposal.live.id}: {now}",
        hint=f"nothing was sent again; look at `smartplan trade show {proposal.live.id}`"
        " before you repeat it",
    )


def _shows(request: Request, after: LiveTrade) -> bool:
    """Whether the trade shows what was asked for, and nothing else can have brought it about."""
    if isinstance(request, WriteNote):
        return str(after.raw.get("note_raw") or after.raw.get("note") or "") == request.note
    if isinstance(request, MoveStop):
        stop, wanted = after.trade.stop_loss, request.after
        return stop is not None and (stop.trigger, stop.price) == (wanted.trigger, wanted.price)
    if isinstance(request, CancelTrade):
        return after.status == "cancelled" or after.status.startswith("cancellation_")
    return False


def _as_it_stands(live: LiveTrade) -> str:
    held = (
        f"{number_text(remaining(live))} {live.trade.base} held"
        if live.entered
        else "nothing filled"
    )
    return f"its status is {live.status}, {held}"


def _done(proposal: Proposal, after: LiveTrade | None) -> Done:
    cancelled = isinstance(proposal.request, CancelTrade)
    before = remaining(proposal.live)
    late = cancelled and after is not None and remaining(after) > before
    return Done(proposal, after, filled_meanwhile=late)


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one trade of ``close_all``; ``error`` where it did not end."""

    name: str
    trade_id: int
    proposal: Proposal | None = None
    done: Done | None = None
    error: SmartplanError | None = None


def ways_to_end(session: Session) -> tuple[tuple[Proposal, ...], tuple[Unreadable, ...]]:
    """Every open trade of this workspace: positions to be closed, waiting entries cancelled.

    With them what cannot be read and is, or may be, one more of it.
    """
    managed = managed_trades(session)
    return tuple(map(_way_to_end, managed.trades)), managed.unreadable


def _way_to_end(live: LiveTrade) -> Proposal:
    if left_behind(live) > 0:
        return proposals.close(live)
    return proposals.cancel(live)


def end_all(agreed: Sequence[Proposal], session: Session) -> Iterator[Ended]:
    """Positions first, they are at risk. One failure stops none of the others."""
    session.journal.started("close-all", {})
    for proposal in sorted(agreed, key=lambda p: not isinstance(p.request, CloseTrade)):
        name, trade_id = name_of(proposal.live), proposal.live.id
        try:
            current = _settled(proposal, session)
            done = _carried_out(current, session)
            yield Ended(name, trade_id, current, done)
        except SmartplanError as error:
            yield Ended(name, trade_id, error=error)


def _settled(proposal: Proposal, session: Session) -> Proposal:
    """A trade just created takes no cancel yet (0.4 to 3 s); it may fill in the meantime."""
    live = proposal.live
    if live.status not in SETTLING:
        return proposal
    for seconds in SETTLE_PAUSES:
        session.pause(seconds)
        live = session.client.get(live.id)
        if live.status not in SETTLING:
            break
    return _way_to_end(live)
