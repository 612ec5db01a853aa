"""Carry out what a person agreed to on single trades, and the truth about its end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smartplan.changes.execute.executor import Executor, Moved, NotRecorded, Result, StepEnd
from smartplan.changes.manual import proposals
from smartplan.changes.manual.requests import (
    CancelTrade,
    CloseTrade,
    Done,
    Proposal,
    WriteNote,
    step_of,
)
from smartplan.document.scalars import number_text
from smartplan.errors import ServiceError, SmartplanError, UnknownOutcome
from smartplan.state.store import StoreUnusable
from smartplan.trade.model import LiveTrade
from smartplan.trade.position import left_behind, remaining
from smartplan.workflow.live_trades import Managed, name_of
from smartplan.workflow.session import Session

TRIES_TO_END = 3
"""How often ``end_all`` decides anew about a trade that moves whenever it is about to be ended."""


def carry_out(proposal: Proposal, session: Session, command: str) -> Done:
    """One request. Raises ``Rejected``, ``Unreachable`` or ``UnknownOutcome``.

    ``Moved`` when the trade is no longer what the person was shown, and ``StoreUnusable`` where the
    intent cannot be written down: nothing was sent.
    """
    session.journal.started(command, {})
    return _carried_out(proposal, session)


def _carried_out(proposal: Proposal, session: Session) -> Done:
    executor = Executor(session.client, session.journal, session.pause)
    end = executor.run((step_of(proposal),))[-1]
    if end.result is Result.UNKNOWN:
        raise _unknown(end, proposal.live.id)
    if end.error is not None:
        raise end.error
    if isinstance(proposal.request, WriteNote) and proposal.request.forgets:
        _forget(proposal.live, session)
    answer = end.answer or _look(session, proposal.live.id)
    return _done(proposal, answer)


def _forget(live: LiveTrade, session: Session) -> None:
    try:
        session.journal.forgotten(name_of(live))
    except StoreUnusable as error:
        raise NotRecorded(
            f"#{live.id}: done, but not recorded: {error}", hint=error.hint
        ) from error


def _look(session: Session, trade_id: int) -> LiveTrade | None:
    try:
        return session.client.get(trade_id)
    except ServiceError:
        return None


def _unknown(end: StepEnd, trade_id: int) -> UnknownOutcome:
    now = "it cannot be read now" if end.answer is None else _as_it_stands(end.answer)
    return UnknownOutcome(
        f"{end.error} #{trade_id}: {now}",
        hint=f"nothing was sent again; look at `smartplan trade show {trade_id}`"
        " before you repeat it",
    )


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
class TradeEnd:
    """What became of one trade of ``end_all``; ``error`` where it did not end."""

    name: str
    trade_id: int
    proposal: Proposal | None = None
    done: Done | None = None
    error: SmartplanError | None = None


def ways_to_end(managed: Managed) -> tuple[Proposal, ...]:
    """Every open trade of this workspace: positions to be closed, waiting entries cancelled."""
    return tuple(_way_to_end(live) for _, live in managed.trades)


def _way_to_end(live: LiveTrade) -> Proposal:
    if left_behind(live) > 0:
        return proposals.close(live)
    return proposals.cancel(live)


def end_all(agreed: Sequence[Proposal], session: Session) -> Iterator[TradeEnd]:
    """Positions first, they are at risk. One failure stops none of the others.

    Each is decided about anew where it has moved since it was shown: what has filled while the
    question stood is closed, and never stripped of its exits.
    """
    session.journal.started("close-all", {})
    for proposal in sorted(agreed, key=lambda p: not isinstance(p.request, CloseTrade)):
        name, trade_id = name_of(proposal.live), proposal.live.id
        try:
            current, done = _ended(proposal, session)
            yield TradeEnd(name, trade_id, current, done)
        except SmartplanError as error:
            yield TradeEnd(name, trade_id, error=error)


def _left_a_position(live: LiveTrade) -> bool:
    """Whether it is over without having sold what it holds: somebody else cancelled it."""
    return live.status in {"cancelled", "failed"} and remaining(live) > 0


def _ended(proposal: Proposal, session: Session) -> tuple[Proposal, Done]:
    for _ in range(TRIES_TO_END - 1):
        try:
            return proposal, _carried_out(proposal, session)
        except Moved as moved:
            if moved.now.terminal:
                return proposal, Done(proposal, moved.now, _left_a_position(moved.now))
            proposal = _way_to_end(moved.now)
    return proposal, _carried_out(proposal, session)
