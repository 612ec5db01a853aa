"""What a person asks of live trades, by name or id: proposed, guarded, carried out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Concatenate, ParamSpec

from msgspec import Struct
from msgspec.structs import replace

from smartplan.changes.changeset import BrokenRail
from smartplan.changes.execute.effects import confirms, would_show
from smartplan.changes.execute.executor import (
    SETTLE_PAUSES,
    CutShort,
    Executor,
    Moved,
    NotRecorded,
    StepEnd,
)
from smartplan.changes.execute.outcomes import Result
from smartplan.changes.exposure import Assess, staying, unreadable_risk
from smartplan.changes.guard_rails import broken_by_hand
from smartplan.changes.manual import proposals
from smartplan.changes.manual.requests import (
    CloseTrade,
    Done,
    Proposal,
    WriteNote,
    prospect_of,
    step_of,
)
from smartplan.document.scalars import number_text
from smartplan.errors import Rejected, SafetyRefusal, ServiceError, SmartplanError, UnknownOutcome
from smartplan.state.store import KnownTrade, StoreUnusable
from smartplan.trade.model import LiveTrade
from smartplan.trade.policy import Policy
from smartplan.trade.position import left_a_position, left_behind, remaining, ticker
from smartplan.trade.risk import Risk
from smartplan.workflow.live_trades import (
    Managed,
    Unclaimed,
    by_name,
    find_to_change,
    find_to_forget,
    managed_trades,
    name_of,
)
from smartplan.workflow.reconciliation import policy_of, risk_of
from smartplan.workflow.session import Session

P = ParamSpec("P")

TRIES_TO_END = 3
"""How often ``end_all`` decides anew about a trade that moves whenever it is about to be ended."""


class NotShown(SmartplanError):
    """A request was answered as done, and a while later the trade does not show it."""


def _on_trade(
    judge: Callable[Concatenate[LiveTrade, P], Proposal],
) -> Callable[Concatenate[Session, str, P], Proposal]:
    """The same for the trade that a person names; nobody agreed to the proposal yet."""

    def propose(session: Session, reference: str, /, *how: P.args, **named: P.kwargs) -> Proposal:
        return _meant(judge(find_to_change(session, reference), *how, **named), reference)

    return propose


def _meant(proposal: Proposal, reference: str) -> Proposal:
    return replace(proposal, named=by_name(reference))


cancel = _on_trade(proposals.cancel)
close = _on_trade(proposals.close)
move_stop = _on_trade(proposals.move_stop)
add_funds = _on_trade(proposals.add_funds)
force_start = _on_trade(proposals.force_start)
force_process = _on_trade(proposals.force_process)
write_note = _on_trade(proposals.write_note)


def reduce_funds(
    session: Session, reference: str, units: Decimal, limit: Decimal | None
) -> Proposal:
    """Close a part of the position; how much of it can be, the service is asked."""
    live = find_to_change(session, reference)
    proposals.reducible(live)
    most = session.client.reduce_funds_limit(live.id)
    return _meant(proposals.reduce_funds(live, units, limit, most), reference)


def close_order(session: Session, reference: str, order_id: int) -> Proposal:
    """Execute one target at market now."""
    live = find_to_change(session, reference)
    orders = session.client.orders(live.id)
    return _meant(proposals.close_order(live, orders, order_id), reference)


def cancel_order(
    session: Session, reference: str, order_id: int, *, leave_position: bool
) -> Proposal:
    """Cancel one order; the last exit takes the whole trade with it."""
    live = find_to_change(session, reference)
    orders = session.client.orders(live.id)
    proposal = proposals.cancel_order(live, orders, order_id, leave_position=leave_position)
    return _meant(proposal, reference)


def forget(session: Session, reference: str) -> Proposal | Unclaimed:
    """Take our marker off its note; of what no note claims, only the journal has to forget."""
    found = find_to_forget(session, reference)
    if isinstance(found, Unclaimed):
        return found
    if left_a_position(found):
        return Unclaimed(name_of(found), found.id, left_by=found)
    return proposals.forget(found, session.settings.workspace)


def forget_unclaimed(known: Unclaimed, session: Session) -> None:
    """Only the journal has to know of it; what left a position is over from now on."""
    live, journal = known.left_by, session.journal
    if live is None or live.marker is None:
        journal.forgotten(known.name)
        return
    identity = journal.identity(live.marker.name, live.marker.round)
    ended = KnownTrade(identity=identity, trade_id=live.id, ended=live.status)
    others = (t for t in journal.known_trades() if t.identity == identity)
    if any(one.trade_id != live.id for one in others):
        raise SafetyRefusal(f"#{live.id} is a copy: {known.name} was opened as another trade")
    journal.remembered(ended, "a person has seen to it")


def rails_by_hand(proposal: Proposal, session: Session) -> tuple[BrokenRail, ...]:
    """The guard rails of ``[policy]`` that it would break.

    The open trades are listed only where a limit counts them.
    """
    policy = policy_of(session.settings)
    assess = partial(risk_of, session.settings)
    prospect = prospect_of(proposal, assess)
    if prospect is None:
        return ()
    others = _others(proposal, session, assess) if _counts_all(policy) else {}
    return broken_by_hand(prospect, others, ticker(proposal.live), policy)


def _counts_all(policy: Policy) -> bool:
    return policy.max_open_risk is not None or policy.max_notional_per_quote is not None


def _others(proposal: Proposal, session: Session, assess: Assess) -> Mapping[str, Risk]:
    managed = managed_trades(session)
    open_ = staying((live for _, live in managed.trades), {proposal.live.id}, {}, assess)
    return {**dict(open_), **dict(map(unreadable_risk, managed.unreadable))}


def journal_overrides(
    rails: Iterable[BrokenRail], proposal: Proposal, session: Session, reason: str
) -> None:
    """What was set aside, for its trade where that is ours, before anything is sent."""
    marker, journal = proposal.live.marker, session.journal
    ours = marker is not None and marker.workspace == session.settings.workspace
    of = journal.identity(marker.name, marker.round) if marker is not None and ours else None
    for rail in rails:
        journal.overrode(rail.rule, reason, rail.message, identity=of)


def send_request(proposal: Proposal, session: Session, command: str) -> Done:
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
    try:
        answer = end.answer or _look(session, proposal.live.id)
        shown = _borne_out(end, answer, session)
    except KeyboardInterrupt as signal:
        raise CutShort(end.step) from signal
    if isinstance(proposal.request, WriteNote) and proposal.request.forgets:
        _forget(proposal.live, session)
    return Done(proposal, shown, replace(end, answer=shown).filled_meanwhile)


def _borne_out(end: StepEnd, answer: LiveTrade | None, session: Session) -> LiveTrade | None:
    """The trade once it shows what was done to it. Raises ``NotShown`` where it does not."""
    before, step = end.before, end.step
    if before is None or answer is None or not would_show(step, before):
        return answer
    now: LiveTrade | None = answer
    for seconds in SETTLE_PAUSES:
        if now is not None and confirms(step, before, now):
            return now
        session.pause(seconds)
        now = _look(session, before.id)
    if now is not None and confirms(step, before, now):
        return now
    stands = "it cannot be read now" if now is None else _as_it_stands(now)
    raise NotShown(
        f"the exchange took it, but does not show it yet. #{before.id}: {stands}",
        hint=f"look at `smartplan trade show {before.id}` before you repeat it",
    )


def _forget(live: LiveTrade, session: Session) -> None:
    known = {t.trade_id for t in session.journal.known_trades() if t.identity.name == name_of(live)}
    if known and live.id not in known:
        return  # a copy: what the journal knows is of the trade that it opened
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
    if end.answer is not None and end.before is not None and end.before.entered:
        now += f" ({number_text(remaining(end.before))} before)"
    doubt = ", which does not prove that nothing was executed."
    said = f"{end.error}{doubt}" if isinstance(end.error, Rejected) else str(end.error)
    return UnknownOutcome(
        f"{said} #{trade_id}: {now}",
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


class TradeEnd(Struct, frozen=True):
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
    judge = proposals.close if left_behind(live) > 0 else proposals.cancel
    return replace(judge(live), named=True)


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


def _same_owner(seen: LiveTrade, now: LiveTrade) -> bool:
    """Whether its note claims it for the same trade of the same workspace, or for nobody still."""
    before, after = seen.marker, now.marker
    return (before and before.owner) == (after and after.owner)


def _ended(proposal: Proposal, session: Session) -> tuple[Proposal, Done]:
    for _ in range(TRIES_TO_END - 1):
        try:
            return proposal, _carried_out(proposal, session)
        except Moved as moved:
            if moved.now.terminal:
                return proposal, Done(proposal, moved.now, left_a_position(moved.now))
            if not _same_owner(proposal.live, moved.now):
                raise
            proposal = _way_to_end(moved.now)
    return proposal, _carried_out(proposal, session)
