"""What the engine's walk of one trade comes to, as a ``Run``."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from smartplan.sandbox.paths import Walk, outcome_of
from smartplan.sandbox.trade import ENTERING, Fill
from smartplan.sandbox.trade import Trade as Ordered
from smartplan.sandbox.turn import Event, Rules
from smartplan.trade.model import Trade
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.risk import assess
from smartplan.trade.rounding import exact
from smartplan.trade.simulation import Ending, Happened, PricePath, Run, StepResult

ENTRIES = frozenset({"entry_filled", "position_taken"})
FILLS = frozenset({"entry_filled", "take_profit_filled", "stop_filled"})
ZERO = Decimal(0)


@exact
def run_of(
    path: PricePath, walk: Walk, planned: PlannedTrade, end: datetime, price: Decimal
) -> Run:
    """The result of a walk, where prices end at ``end`` and leaving then would be at ``price``."""
    ordered = walk.trade
    entered_at = next((event.time for event in walk.events if event.kind in ENTRIES), None)
    events = tuple(_events(walk))
    left = ordered.remaining
    gained = _sign(ordered) * (ordered.closed_total - ordered.entered_total)
    return Run(
        path=path,
        ending=_ending(walk, planned),
        status=ordered.status,
        events=events,
        steps=tuple(_steps(ordered)),
        entered_at=entered_at,
        ended_at=(ordered.closed_at or end) if entered_at is not None else None,
        entry=_average_entry(ordered),
        entered_units=ordered.entered_amount,
        open_units=left if ordered.active else ZERO,
        dust=ZERO if ordered.active else left,
        cost=ordered.entered_total,
        realised=events[-1].realised if events else ZERO,
        net=gained + _value_left(ordered, walk.rules, price),
        fees=sum(map(_fee, ordered.fills), ZERO),
        risk=_risk_taken(planned.trade, ordered, walk.rules),
        highest=walk.highest,
        lowest=walk.lowest,
        unprotected_since=_unprotected_since(walk),
    )


def _sign(ordered: Ordered) -> int:
    return 1 if ordered.long else -1


def _value_left(ordered: Ordered, rules: Rules, price: Decimal) -> Decimal:
    """What closing an open rest would bring (a short: cost), after the fee."""
    if not ordered.active:
        return ZERO
    sign = _sign(ordered)
    return sign * ordered.remaining * price * (1 - sign * rules.fee)


def _ending(walk: Walk, planned: PlannedTrade) -> Ending:
    ordered, deadline = walk.trade, planned.lifecycle.valid_until
    if ordered.instant and ordered.entered:
        return Ending.OPEN
    if ordered.status == "cancelled" and not ordered.entered and deadline is not None:
        return Ending.EXPIRED
    return Ending(outcome_of(ordered))


def _events(walk: Walk) -> Iterator[Happened]:
    """The events with what has been realised by then, fill by fill."""
    fills = iter(walk.trade.fills)
    closed = earned = ZERO
    for event, after in zip(walk.events, walk.states, strict=True):
        if event.kind in FILLS and event.units:
            fill = next(fills)
            if fill.purpose not in ENTERING:
                closed, earned = closed + fill.amount, earned + fill.total
        yield _happened(event, after, closed, earned)


def _happened(event: Event, after: Ordered, closed: Decimal, earned: Decimal) -> Happened:
    entered, cost = after.entered_amount, after.entered_total
    realised = _sign(after) * (earned - cost * closed / entered) if entered else ZERO
    stop = after.stop
    return Happened(
        time=event.time,
        status=after.status,
        event=event.kind,
        price=event.price,
        units=event.units,
        step=event.step,
        realised=realised,
        stop=stop.trigger if stop is not None and stop.open else None,
        exposure=cost * after.remaining / entered if entered and after.active else ZERO,
    )


def _steps(ordered: Ordered) -> Iterator[StepResult]:
    for number, target in enumerate(ordered.targets, 1):
        fill = next((fill for fill in ordered.fills if fill.order_id == target.id), None)
        yield StepResult(
            number=number,
            planned_price=target.price,
            volume=target.volume,
            planned_units=target.units,
            filled_units=fill.amount if fill else ZERO,
            filled_price=fill.price if fill else None,
            status=target.status,
        )


def _average_entry(ordered: Ordered) -> Decimal | None:
    """The average entry without commissions."""
    fills = ordered.fills_for(ENTERING)
    if fills:
        gross = sum((fill.gross for fill in fills), ZERO)
        return gross / sum((fill.gross / fill.price for fill in fills), ZERO)
    return ordered.entered_total / ordered.entered_amount if ordered.entered else None


def _fee(fill: Fill) -> Decimal:
    """The commission in quote money, also where it was taken in base."""
    return abs(fill.gross - fill.total) + fill.gross - fill.amount * fill.price


def _risk_taken(trade: Trade, ordered: Ordered, rules: Rules) -> Decimal | None:
    """The loss at the stop as it stood when the position was entered."""
    entry = _average_entry(ordered)
    if entry is None:
        return None
    risk = assess(trade, fee=rules.fee, fee_model=rules.fee_model, reference=entry)
    return risk.loss_at_stop


def _unprotected_since(walk: Walk) -> datetime | None:
    if walk.trade.status != "stop_loss_in_progress":
        return None
    times = [event.time for event in walk.events if event.kind == "stop_unprotected"]
    return times[-1] if times else None
