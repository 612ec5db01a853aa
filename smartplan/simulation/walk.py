"""What the engine's walk of one trade comes to, as a ``Run``."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TypedDict

from msgspec import Struct

from smartplan.sandbox.paths import Walk, outcome_of
from smartplan.sandbox.trade import ENTERING, Fill
from smartplan.sandbox.trade import ExchangeTrade as Ordered
from smartplan.sandbox.turn import MarketEvent, MarketRules
from smartplan.simulation.result import FILLS, Ending, Happened, PricePath, Run, StepResult
from smartplan.simulation.statistics import Sample
from smartplan.simulation.study import SimulationSubject
from smartplan.trade.contract import BASE_UNITS, WAY_OUT, Contract
from smartplan.trade.costs import Costs
from smartplan.trade.model import Side, Trade
from smartplan.trade.profit import cost_of, r_multiple, realised_profit, shown_profit
from smartplan.trade.risk import Figures, assess
from smartplan.trade.rounding import exact

ENTRIES = frozenset({"entry_filled", "position_taken"})
ENDS = frozenset({"stop_filled", "dust_left", "finished", "cancelled", "liquidated"})
"""The events after which nothing is open: dust counts as nothing."""
ZERO = Decimal(0)


class Entered(TypedDict):
    """What was entered, under the names that ``trade.profit`` gives it."""

    entered_amount: Decimal
    entered_total: Decimal


class _Ledger(Struct, frozen=True):
    """What the engine's fills come to in money; ``fee`` is a fraction.

    The engine counts units at their price. Of contracts that is not the money: a linear one is
    worth its size, an inverse one the reciprocal, and pays its fees in the coin.
    """

    contract: Contract
    side: Side
    fee: Decimal

    def total(self, fill: Fill) -> Decimal:
        """What a fill paid or brought, with its commission."""
        if not self.contract.inverse:
            return self.contract.amount(fill.total)
        entering = 1 if fill.purpose in ENTERING else -1
        return self._gross(fill) * (1 + entering * self.contract.side(self.side).sign * self.fee)

    def commission(self, fill: Fill) -> Decimal:
        """What a fill cost."""
        if not self.contract.inverse:
            return self.contract.amount(fill.commission)
        return self._gross(fill) * self.fee

    def entered(self, ordered: Ordered) -> Entered:
        """What was bought, or sold short, as P/L counts it, and what it cost."""
        total = self.contract.amount(ordered.entered_total)
        if self.contract.inverse:
            fills = ordered.fills_for(tuple(ENTERING))
            total = sum(map(self.total, fills), ZERO) if fills else self._held(ordered)
        amount = self.contract.amount(ordered.entered_amount)
        return Entered(entered_amount=amount, entered_total=total)

    def closed(self, ordered: Ordered) -> Decimal:
        """What was closed brought, or cost."""
        leaving = (fill for fill in ordered.fills if fill.purpose not in ENTERING)
        return sum(map(self.total, leaving), ZERO)

    def margin(self, ordered: Ordered) -> Decimal:
        """What was put up for the part that is still open."""
        entry, leverage = ordered.average_entry, ordered.leverage
        if entry is None or leverage is None:
            return ZERO
        return self.contract.value(ordered.remaining, entry) / leverage.value

    def _held(self, ordered: Ordered) -> Decimal:
        """A position that was there already, at the price it was said to have cost."""
        if not ordered.entered_amount:
            return ZERO
        average = ordered.entered_total / ordered.entered_amount
        return self.contract.value(ordered.entered_amount, average)

    def _gross(self, fill: Fill) -> Decimal:
        return self.contract.value(fill.amount, fill.price)


@exact
def run_of(  # a run is made of all of them
    path: PricePath,
    walk: Walk,
    subject: SimulationSubject,
    end: datetime,
    price: Decimal,
    contract: Contract = BASE_UNITS,
) -> Run:
    """The result of a walk, where prices end at ``end`` and leaving then would be at ``price``.

    Of contracts of unknown size no money is told.
    """
    ordered = walk.trade
    entered_at = next((event.time for event in walk.events if event.kind in ENTRIES), None)
    known = _Ledger(contract, subject.trade.side, walk.rules.fee)
    ledger = known if contract.known else None
    events = tuple(_events(walk, ledger))
    left, holds = ordered.remaining, walk.holds
    return Run(
        path=path,
        ending=ending_of(walk, subject),
        status=ordered.status,
        events=events,
        steps=tuple(_steps(ordered)),
        entered_at=entered_at,
        ended_at=_ended_at(walk, end) if entered_at is not None else None,
        entry=ordered.average_entry,
        entered_units=ordered.entered_amount,
        open_units=left if holds else ZERO,
        dust=ZERO if holds or walk.liquidated_at is not None else left,
        cost=ledger.entered(ordered)["entered_total"] if ledger is not None else None,
        realised=_realised_at_last(walk, events, ledger),
        net=_net(ledger, walk, price) if ledger is not None else None,
        fees=sum(map(ledger.commission, ordered.fills), ZERO) if ledger is not None else None,
        risk=_risk_taken(subject.trade, ordered, walk.rules, contract),
        highest=walk.highest,
        lowest=walk.lowest,
        unprotected_since=_unprotected_since(walk),
        liquidated_at=walk.liquidated_at,
        unknown="" if contract.known else WAY_OUT,
    )


@exact
def worth_of(
    walk: Walk, subject: SimulationSubject, contract: Contract, price: Decimal
) -> tuple[Ending, Decimal]:
    """How a walk ended and what it brought, where what is still held is left at ``price``.

    Of contracts of unknown size it is the engine's own figure: good to compare two walks, no money.
    """
    ledger = _Ledger(contract if contract.known else BASE_UNITS, subject.trade.side, walk.rules.fee)
    return ending_of(walk, subject), _net(ledger, walk, price)


@exact
def sample_of(
    walk: Walk,
    subject: SimulationSubject,
    contract: Contract,
    price: Decimal,
    start: datetime,
    end: datetime,
) -> Sample:
    """What became of a walk, told short; money as in ``run_of``."""
    ending, net = worth_of(walk, subject, contract, price)
    entered_at = next((event.time for event in walk.events if event.kind in ENTRIES), None)
    if entered_at is None or not contract.known:
        ended_at = None if entered_at is None else _ended_at(walk, end)
        known = ZERO if entered_at is None else None
        return Sample(start, ending.value, entered_at, ended_at, known, None)
    entry, rules = walk.trade.average_entry, walk.rules
    costs = Costs.one(rules.fee, rules.fee_model)
    risk = Figures(subject.trade, entry, costs, contract).known("loss_at_stop")
    multiple = r_multiple(net, risk)
    return Sample(start, ending.value, entered_at, _ended_at(walk, end), net, multiple)


def _ended_at(walk: Walk, end: datetime) -> datetime:
    return end if walk.holds else walk.trade.closed_at or end


def _realised_at_last(
    walk: Walk, events: tuple[Happened, ...], ledger: "_Ledger | None"
) -> Decimal | None:
    if ledger is None:
        return None
    if walk.liquidated_at is not None:
        return _net(ledger, walk, ZERO)
    return events[-1].realised if events else ZERO


def _net(ledger: _Ledger, walk: Walk, price: Decimal) -> Decimal:
    """What is realised and what is open, at ``price``; dust that cannot be sold counts nothing.

    What is liquidated has lost its margin: that of the part which was still open.
    """
    ordered = walk.trade
    if walk.liquidated_at is not None:
        closed = ledger.contract.amount(ordered.closed_amount)
        return _realised(ledger, ordered, closed, ledger.closed(ordered)) - ledger.margin(ordered)
    contract = ledger.contract
    closed = ordered.closed_amount if walk.holds else ordered.entered_amount
    shown = shown_profit(
        contract.side(ledger.side),
        **ledger.entered(ordered),
        price=contract.price(price),
        commission=ledger.fee,
        closed_amount=contract.amount(closed),
        closed_total=ledger.closed(ordered),
    )
    return shown.volume


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


def _events(walk: Walk, ledger: _Ledger | None) -> Iterator[Happened]:
    """The events with what has been realised by then, fill by fill."""
    fills = iter(walk.trade.fills)
    opened = closed = earned = ZERO
    for event, after in walk.records:
        if event.kind in FILLS and event.units:
            fill = next(fills)
            if fill.purpose in ENTERING:
                opened += fill.amount
            else:
                closed += fill.amount
                earned += ledger.total(fill) if ledger is not None else ZERO
        elif event.kind == "position_taken":
            opened = after.entered_amount
        if ledger is None:
            yield _happened(event, after, None, ZERO)
            continue
        money = ledger.contract.amount(closed)
        realised = _realised(ledger, after, money, earned)
        if event.kind == "liquidated":
            realised = _net(ledger, walk, ZERO)
        ends = event.kind in ENDS and not after.instant
        exposure = ZERO if ends else _exposure(ledger, after, opened - closed)
        yield _happened(event, after, realised, exposure)


def _realised(ledger: _Ledger, after: Ordered, closed: Decimal, earned: Decimal) -> Decimal:
    """P/L of ``closed``, as P/L counts units, which brought ``earned``."""
    return realised_profit(
        ledger.contract.side(ledger.side),
        **ledger.entered(after),
        closed_amount=closed,
        closed_total=earned,
    )


def _exposure(ledger: _Ledger, after: Ordered, units: Decimal) -> Decimal:
    """What units cost that were open after an event, though a later one of its turn closed them."""
    return cost_of(ledger.contract.amount(units), **ledger.entered(after))


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


def _risk_taken(
    trade: Trade, ordered: Ordered, rules: MarketRules, contract: Contract
) -> Decimal | None:
    """The loss at the stop as it stood when the position was entered."""
    entry = ordered.average_entry
    if entry is None:
        return None
    risk = assess(
        trade, fee=rules.fee, fee_model=rules.fee_model, reference=entry, contract=contract
    )
    return risk.loss_at_stop


def _unprotected_since(walk: Walk) -> datetime | None:
    if walk.trade.status != "stop_loss_in_progress":
        return None
    times = [event.time for event in walk.events if event.kind == "stop_unprotected"]
    return times[-1] if times else None
