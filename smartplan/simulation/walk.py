"""What the engine's walk of one trade comes to, as a ``Run``."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import repeat

from smartplan.sandbox.paths import Walk, outcome_of
from smartplan.sandbox.trade import ENTERING
from smartplan.sandbox.trade import ExchangeTrade as Ordered
from smartplan.sandbox.turn import MarketEvent
from smartplan.simulation.bookkeeping import ZERO, Bookkeeping, LastPrice, entry_time
from smartplan.simulation.result import FILLS, Ending, Happened, PricePath, Run, StepResult
from smartplan.simulation.statistics import Sample
from smartplan.simulation.study import SimulationSubject
from smartplan.simulation.terms import Terms
from smartplan.trade.contract import WAY_OUT
from smartplan.trade.model import Trade
from smartplan.trade.profit import Holding, cost_of, r_multiple, realised_profit, shown_profit
from smartplan.trade.risk import entered_at
from smartplan.trade.rounding import exact

ENDS = frozenset({"stop_filled", "dust_left", "finished", "cancelled", "liquidated"})
"""The events after which nothing is open: dust counts as nothing."""


@exact
def run_of(
    path: PricePath, walk: Walk, subject: SimulationSubject, terms: Terms, end: LastPrice
) -> Run:
    """The result of a walk; of contracts of unknown size no money is told."""
    ordered, contract = walk.trade, terms.contract
    entered_at = entry_time(walk)
    known = Bookkeeping.of(terms, subject.trade.side)
    books = known if contract.known else None
    events = tuple(_events(walk, books, end))
    ended_at = _ended_at(walk, end.time)
    left, holds = ordered.remaining, walk.holds
    return Run(
        path=path,
        ending=ending_of(walk, subject),
        status=ordered.status,
        events=events,
        steps=tuple(_steps(ordered)),
        entered_at=entered_at,
        ended_at=ended_at if entered_at is not None else None,
        entry=ordered.average_entry,
        entered_units=ordered.entered_amount,
        open_units=left if holds else ZERO,
        dust=ZERO if holds or walk.liquidated_at is not None else left,
        cost=books.entered(ordered)["entered_total"] if books is not None else None,
        realised=_realised_at_last(walk, events, books, end),
        net=_net(books, walk, end) if books is not None else None,
        fees=sum(map(books.commission, ordered.fills), ZERO) if books is not None else None,
        funding=_funding_told(books, walk, end),
        risk=_risk_taken(subject.trade, ordered, terms),
        highest=walk.highest,
        lowest=walk.lowest,
        unprotected_since=_unprotected_since(walk),
        liquidated_at=walk.liquidated_at,
        unknown="" if contract.known else WAY_OUT,
    )


@exact
def worth_of(
    walk: Walk, subject: SimulationSubject, terms: Terms, end: LastPrice
) -> tuple[Ending, Decimal]:
    """How a walk ended and what it brought.

    Of contracts of unknown size it is the engine's own figure: good to compare two walks, no money.
    """
    return ending_of(walk, subject), _net(Bookkeeping.of(terms, subject.trade.side), walk, end)


@exact
def sample_of(
    walk: Walk, subject: SimulationSubject, terms: Terms, start: datetime, end: LastPrice
) -> Sample:
    """What became of a walk, told short; money as in ``run_of``."""
    ending, net = worth_of(walk, subject, terms, end)
    entered_at = entry_time(walk)
    if entered_at is None or not terms.contract.known:
        ended_at = None if entered_at is None else _ended_at(walk, end.time)
        known = ZERO if entered_at is None else None
        return Sample(start, ending.value, entered_at, ended_at, known, None)
    multiple = r_multiple(net, _risk_taken(subject.trade, walk.trade, terms))
    return Sample(start, ending.value, entered_at, _ended_at(walk, end.time), net, multiple)


def _funding_told(books: Bookkeeping | None, walk: Walk, end: LastPrice) -> Decimal | None:
    """``None`` where it is not counted, or nobody knows."""
    if books is None or books.costs.funding is None:
        return None
    return books.funding(walk, end.time)


def _ended_at(walk: Walk, end: datetime) -> datetime:
    return end if walk.holds else walk.trade.closed_at or end


def _realised_at_last(
    walk: Walk, events: tuple[Happened, ...], books: Bookkeeping | None, end: LastPrice
) -> Decimal | None:
    """With what has been paid for holding since the last event."""
    if books is None or not events:
        return None if books is None else ZERO
    *_, by_then = books.accrued(walk)
    return (events[-1].realised or ZERO) + by_then - books.funding(walk, end.time)


def _net(books: Bookkeeping, walk: Walk, end: LastPrice) -> Decimal:
    """What is realised and what is open, left at the end; dust that cannot be sold is nothing.

    What is liquidated has lost its margin: that of the part which was still open.
    """
    ordered, funding = walk.trade, books.funding(walk, end.time)
    if walk.liquidated_at is not None:
        closed = books.contract.amount(ordered.closed_amount)
        realised = _realised(books, ordered, closed, books.closed(ordered))
        return realised - books.margin(ordered) - funding
    contract, price = books.contract, books.costs.left(books.side, end.price)
    closed = ordered.closed_amount if walk.holds else ordered.entered_amount
    shown = shown_profit(
        contract.side(books.side),
        **books.entered(ordered),
        price=contract.price(price),
        commission=books.costs.taker,
        closed_amount=contract.amount(closed),
        closed_total=books.closed(ordered),
    )
    return shown.volume - funding


def ending_of(walk: Walk, subject: SimulationSubject) -> Ending:
    """What became of the trade."""
    ordered, deadline = walk.trade, subject.lifecycle.valid_until
    if walk.liquidated_at is not None:
        return Ending.LIQUIDATED
    if walk.holds:
        return Ending.OPEN
    if ordered.status == "cancelled" and not ordered.entered and deadline is not None:
        return Ending.EXPIRED
    return Ending(outcome_of(ordered))


def _events(walk: Walk, books: Bookkeeping | None, end: LastPrice) -> Iterator[Happened]:
    """The events with what has been realised by then, fill by fill."""
    fills = iter(walk.trade.fills)
    opened = closed = earned = ZERO
    accrued = books.accrued(walk) if books is not None else repeat(ZERO)
    for (_, event, after, _), funding in zip(walk.records, accrued, strict=False):
        if event.kind in FILLS and event.units:
            fill = next(fills)
            if fill.purpose in ENTERING:
                opened += fill.amount
            else:
                closed += fill.amount
                earned += books.total(fill) if books is not None else ZERO
        elif event.kind == "position_taken":
            opened = after.entered_amount
        if books is None:
            yield _happened(event, after, None, ZERO)
            continue
        money = books.contract.amount(closed)
        realised = _realised(books, after, money, earned) - funding
        if event.kind == "liquidated":
            realised = _net(books, walk, end)
        ends = event.kind in ENDS and not after.instant
        exposure = ZERO if ends else _exposure(books, after, opened - closed)
        yield _happened(event, after, realised, exposure)


def _realised(books: Bookkeeping, after: Ordered, closed: Decimal, earned: Decimal) -> Decimal:
    """P/L of ``closed``, as P/L counts units, which brought ``earned``."""
    return realised_profit(
        books.contract.side(books.side),
        **books.entered(after),
        closed_amount=closed,
        closed_total=earned,
    )


def _exposure(books: Bookkeeping, after: Ordered, units: Decimal) -> Decimal:
    """What units cost that were open after an event, though a later one of its turn closed them."""
    return cost_of(books.contract.amount(units), **books.entered(after))


def _happened(
    event: MarketEvent, after: Ordered, realised: Decimal | None, exposure: Decimal
) -> Happened:
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
        exposure=exposure,
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


def _risk_taken(trade: Trade, ordered: Ordered, terms: Terms) -> Decimal | None:
    """The loss at the stop as it stood when the position was entered, of what that has cost."""
    entry = ordered.average_entry
    if entry is None or not terms.contract.known:
        return None
    figures = entered_at(trade, entry, terms.costs, terms.contract)
    stop = figures.known_exit
    if stop is None:
        return None
    entered = Bookkeeping.of(terms, trade.side).entered(ordered)
    amount, cost = entered["entered_amount"], entered["entered_total"]
    holding = Holding(amount, cost, cost)
    return -holding.profit(figures.side, stop.price, stop.fee)


def _unprotected_since(walk: Walk) -> datetime | None:
    if walk.trade.status != "stop_loss_in_progress":
        return None
    times = [event.time for event in walk.events if event.kind == "stop_unprotected"]
    return times[-1] if times else None
