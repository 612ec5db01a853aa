"""What the engine's walk of one trade comes to, as a ``Run``."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from smartplan.sandbox.paths import Walk, outcome_of
from smartplan.sandbox.trade import ENTERING
from smartplan.sandbox.trade import ExchangeTrade as Ordered
from smartplan.sandbox.turn import MarketEvent, MarketRules
from smartplan.simulation.result import FILLS, Ending, Happened, PricePath, Run, StepResult
from smartplan.trade.model import Side, Trade
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.profit import cost_of, realised_profit, shown_profit
from smartplan.trade.risk import assess
from smartplan.trade.rounding import exact

ENTRIES = frozenset({"entry_filled", "position_taken"})
ZERO = Decimal(0)


@exact
def run_of(
    path: PricePath, walk: Walk, planned: PlannedTrade, end: datetime, price: Decimal
) -> Run:
    """The result of a walk, where prices end at ``end`` and leaving then would be at ``price``."""
    ordered = walk.trade
    entered_at = next((event.time for event in walk.events if event.kind in ENTRIES), None)
    events = tuple(_events(walk, planned.trade.side))
    left, fee = ordered.remaining, walk.rules.fee
    return Run(
        path=path,
        ending=_ending(walk, planned),
        status=ordered.status,
        events=events,
        steps=tuple(_steps(ordered)),
        entered_at=entered_at,
        ended_at=(ordered.closed_at or end) if entered_at is not None else None,
        entry=ordered.average_entry,
        entered_units=ordered.entered_amount,
        open_units=left if ordered.active else ZERO,
        dust=ZERO if ordered.active else left,
        cost=ordered.entered_total,
        realised=events[-1].realised if events else ZERO,
        net=_net(planned.trade.side, ordered, fee, price),
        fees=sum((fill.commission for fill in ordered.fills), ZERO),
        risk=_risk_taken(planned.trade, ordered, walk.rules),
        highest=walk.highest,
        lowest=walk.lowest,
        unprotected_since=_unprotected_since(walk),
    )


def _net(side: Side, ordered: Ordered, fee: Decimal, price: Decimal) -> Decimal:
    """What is realised and what is open, at ``price``; dust that cannot be sold counts nothing."""
    shown = shown_profit(
        side,
        entered_amount=ordered.entered_amount,
        entered_total=ordered.entered_total,
        price=price,
        commission=fee,
        closed_amount=ordered.closed_amount if ordered.active else ordered.entered_amount,
        closed_total=ordered.closed_total,
    )
    return shown.volume


def _ending(walk: Walk, planned: PlannedTrade) -> Ending:
    ordered, deadline = walk.trade, planned.lifecycle.valid_until
    if ordered.instant and ordered.entered:
        return Ending.OPEN
    if ordered.status == "cancelled" and not ordered.entered and deadline is not None:
        return Ending.EXPIRED
    return Ending(outcome_of(ordered))


def _events(walk: Walk, side: Side) -> Iterator[Happened]:
    """The events with what has been realised by then, fill by fill."""
    fills = iter(walk.trade.fills)
    closed = earned = ZERO
    for event, after in zip(walk.events, walk.states, strict=True):
        if event.kind in FILLS and event.units:
            fill = next(fills)
            if fill.purpose not in ENTERING:
                closed, earned = closed + fill.amount, earned + fill.total
        yield _happened(event, after, side, closed, earned)


def _happened(
    event: MarketEvent, after: Ordered, side: Side, closed: Decimal, earned: Decimal
) -> Happened:
    entered = {"entered_amount": after.entered_amount, "entered_total": after.entered_total}
    stop = after.stop
    return Happened(
        time=event.time,
        status=after.status,
        event=event.kind,
        price=event.price,
        units=event.units,
        step=event.step,
        realised=realised_profit(side, **entered, closed_amount=closed, closed_total=earned),
        stop=stop.trigger if stop is not None and stop.open else None,
        exposure=cost_of(after.remaining, **entered) if after.active else ZERO,
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


def _risk_taken(trade: Trade, ordered: Ordered, rules: MarketRules) -> Decimal | None:
    """The loss at the stop as it stood when the position was entered."""
    entry = ordered.average_entry
    if entry is None:
        return None
    risk = assess(trade, fee=rules.fee, fee_model=rules.fee_model, reference=entry)
    return risk.loss_at_stop


def _unprotected_since(walk: Walk) -> datetime | None:
    if walk.trade.status != "stop_loss_in_progress":
        return None
    times = [event.time for event in walk.events if event.kind == "stop_unprotected"]
    return times[-1] if times else None
