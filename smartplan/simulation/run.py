"""Plans through histories of prices on the sandbox's engine."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Literal

from smartplan.errors import UsageError
from smartplan.sandbox.branches import Branches
from smartplan.sandbox.history import History, PriceRow, open_history
from smartplan.sandbox.paths import Candle, LiquidationPrice, Walk, trade_from_body
from smartplan.sandbox.refusal import Rejection
from smartplan.sandbox.trade import ExchangeTrade, Tick
from smartplan.sandbox.turn import MarketRules
from smartplan.settings import Settings
from smartplan.simulation.prices import Bar, PriceHistory, Thinning
from smartplan.simulation.result import (
    Ending,
    PricePath,
    Run,
    SimulatedTrade,
    Simulation,
)
from smartplan.simulation.walk import run_of, worth_of
from smartplan.trade.bodies import create_body
from smartplan.trade.contract import BASE_UNITS, Contract
from smartplan.trade.costs import Costs
from smartplan.trade.model import Lifecycle, State, Trade
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.risk import Figures
from smartplan.trade.rounding import MONEY
from smartplan.workflow.reconciliation import contract_of, fee_model_of

NOTHING = timedelta(0)
ANY = Decimal(1)
"""A price for what holds nothing any more."""
CANDLE = 4
"""Prices in a candle's row; a tick has three."""


def open_histories(
    files: Mapping[str, Path],
    trades: Sequence[PlannedTrade],
    *,
    zone: str | None,
    candle_time: Literal["open", "close"],
) -> dict[str, History]:
    """The prices of each pair, not yet read. Raises ``UsageError``: not where no trade has any."""
    if not any(planned.trade.pair in files for planned in trades):
        pairs = ", ".join(sorted({planned.trade.pair for planned in trades})) or "nothing"
        raise UsageError(f"--prices has none for these plans: they trade {pairs}")
    return {
        pair: open_history(file, zone=zone, candle_time=candle_time) for pair, file in files.items()
    }


def engine_rules(settings: Settings, trade: Trade, rules: MarketRules) -> MarketRules:
    """``rules`` with the fees of the trade's account; of contracts none can be taken."""
    whole = contract_of(settings, trade).whole_units
    model = "quote" if whole else fee_model_of(settings, trade)
    return replace(rules, fee=settings.risk.fee, fee_model=model)


def simulate(
    trades: Sequence[PlannedTrade],
    histories: Mapping[str, History],
    rules: Callable[[Trade], MarketRules],
    progress: Callable[[int], None] = lambda _: None,
    contract: Callable[[Trade], Contract] = lambda _: BASE_UNITS,
) -> Simulation:
    """Every trade along the prices of its pair; each file is read once.

    ``rules`` are the engine's for a trade, ``contract`` what its units stand for; ``progress`` is
    told how many characters were read. Raises ``UsageError`` for prices that cannot be read.
    """
    found: dict[str, SimulatedTrade] = {}
    drawn: dict[str, PriceHistory] = {}
    for pair, history in histories.items():
        runners = [
            _Runner(p, rules(p.trade), contract(p.trade)) for p in trades if p.trade.pair == pair
        ]
        if runners:
            drawn[pair] = _through(history, pair, runners, progress)
            end = drawn[pair].end
            found |= {runner.planned.name: runner.result(end) for runner in runners}
    left_out = {p.name: f"no prices for {p.trade.pair}" for p in trades if p.name not in found}
    in_order = tuple(found[p.name] for p in trades if p.name in found)
    return Simulation(in_order, drawn, left_out)


def _through(
    history: History, pair: str, runners: Sequence["_Runner"], progress: Callable[[int], None]
) -> PriceHistory:
    thinning, count = Thinning(), 0
    first: PriceRow | None = None
    last: PriceRow | None = None
    for block in history.blocks():
        progress(block.size)
        if not block.rows:
            continue
        first, last, count = first or block.rows[0], block.rows[-1], count + len(block.rows)
        thinning.extend(_bars(block.rows, history.span))
        for runner in runners:
            runner.meet(block.rows, history.span)
    if first is None or last is None:
        raise UsageError(f"{history.file}: there are no prices in it")
    end = last.time + (history.span or NOTHING)
    return PriceHistory(
        pair=pair,
        file=str(history.file),
        candles=history.span is not None,
        rows=count,
        start=first.time,
        end=end,
        bars=thinning.bars,
    )


def _bars(rows: Sequence[PriceRow], span: timedelta | None) -> list[Bar]:
    if span is None:
        return [Bar(time, last, last, last, last) for time, (_, _, last) in rows]
    return [Bar(time, *prices) for time, prices in rows]


class _Runner:
    """A planned trade on every way that prices may have taken."""

    def __init__(self, planned: PlannedTrade, rules: MarketRules, contract: Contract) -> None:
        self.planned = planned
        self._rules = rules
        self._contract = contract
        self._branches: Branches | None = None
        self._note = ""
        self._given_up = False
        self._candles = False
        self._last: PriceRow | None = None

    def meet(self, rows: Sequence[PriceRow], span: timedelta | None) -> None:
        """The next rows; the trade is opened at the first of all."""
        if self._last is None:
            self._start(rows[0], candles=span is not None)
        self._last = rows[-1]
        if self._branches is None:
            return
        deadline, lasts = self.planned.lifecycle.valid_until, span or NOTHING
        if deadline is not None and not self._given_up and rows[-1].time + lasts >= deadline:
            self._given_up = True
            cut = bisect_left(rows, deadline, key=attrgetter("time"))
            split = cut and rows[cut - 1].time + lasts > deadline
            self._feed(self._branches, rows[: cut - 1 if split else cut], span)
            if split and span is not None:
                self._branches.last_candle(_candle(rows[cut - 1], span), deadline)
            else:
                self._branches.give_up(deadline)
            rows = rows[cut:]
        self._feed(self._branches, rows, span)

    def _start(self, row: PriceRow, *, candles: bool) -> None:
        trade, lifecycle = self.planned.trade, self.planned.lifecycle
        self._note = _not_opened(lifecycle, row.time, _market(row, 0).watched(trade.side.opens_at))
        if self._note:
            return
        try:
            ordered = trade_from_body(create_body(trade, trade.note), row.time)
        except Rejection as refusal:
            said = refusal.body.get("error_attributes", refusal.body["error_description"])
            raise UsageError(f"{self.planned.name}: the exchange would refuse it: {said}") from None
        liquidation = liquidation_price(trade, self._rules, self._contract)
        walk = Walk(ordered, self._rules, liquidation)
        self._candles = candles
        self._branches = Branches(walk, self._worth)

    def _worth(self, walk: Walk) -> tuple[str, Decimal]:
        return worth_of(walk, self.planned, self._contract, ANY)

    def _feed(self, branches: Branches, rows: Sequence[PriceRow], span: timedelta | None) -> None:
        if not rows or not branches.walks:
            return
        if span is None:
            for time, (bid, ask, last) in rows:
                branches.tick(Tick(time, bid, ask, last))
            return
        lowest = min([row.prices[2] for row in rows])
        highest = max([row.prices[1] for row in rows])
        # Most days nothing happens: a stretch without events costs one look.
        if branches.quiet.holds(lowest, highest):
            branches.see(lowest, highest)
            return
        for row in rows:
            low, high = row.prices[2], row.prices[1]
            if branches.quiet.holds(low, high):
                branches.see(low, high)
            else:
                branches.candle(_candle(row, span))

    def result(self, end: datetime) -> SimulatedTrade:
        """What became of it, given when the prices end."""
        planned, branches = self.planned, self._branches
        if self._last is None or branches is None:
            ending = _ending_unopened(planned.lifecycle)
            run = Run(path=PricePath.TICKS, ending=ending, status="not created", note=self._note)
            return SimulatedTrade(planned.name, planned.trade, (run,))
        price = _market(self._last, -1).watched(planned.trade.side.closes_at)
        labels = (PricePath.WORST, PricePath.BEST) if self._candles else (PricePath.TICKS,)
        runs = tuple(
            run_of(path, walk, planned, end, price, self._contract)
            for path, walk in zip(labels, self._ends(branches, price), strict=False)
        )
        return SimulatedTrade(planned.name, planned.trade, runs, branches.thinned)

    def _ends(self, branches: Branches, price: Decimal) -> list[Walk]:
        """The worst way, and the best one where it is another; the first of equals."""
        found: dict[tuple[Ending, Decimal], Walk] = {}
        for walk in (*branches.ended, *branches.walks):
            found.setdefault(worth_of(walk, self.planned, self._contract, price), walk)
        in_order = sorted(found, key=itemgetter(1))
        ends = in_order if len(in_order) == 1 else (in_order[0], in_order[-1])
        return [found[end] for end in ends]


def _not_opened(lifecycle: Lifecycle, now: datetime, price: Decimal) -> str:
    """Why apply would not have created it at the first price; empty if it would."""
    if lifecycle.state is not State.OPEN:
        return f"the plan says `state: {lifecycle.state}`: nothing is opened"
    if lifecycle.valid_until is not None and lifecycle.valid_until <= now:
        return "`valid_until` is before the first price: nothing is opened"
    expect = lifecycle.expect
    if expect is not None:
        with localcontext(MONEY):
            away = abs(price - expect.price) / expect.price * 100
        if away > expect.within:
            return f"the first price {price} is not within `expect`: nothing is opened"
    return ""


def _ending_unopened(lifecycle: Lifecycle) -> Ending:
    if lifecycle.state is not State.OPEN:
        return Ending.CANCELLED
    return Ending.NEVER_ENTERED if lifecycle.expect is not None else Ending.EXPIRED


def _market(row: PriceRow, end: Literal[0, -1]) -> Tick:
    """The prices of a tick, or of a candle at one end of it."""
    prices = row.prices if len(row.prices) < CANDLE else (row.prices[end],) * 3
    return Tick(row.time, *prices)


def _candle(row: PriceRow, span: timedelta) -> Candle:
    opens, high, low, close = row.prices
    return Candle(row.time, span, opens, high, low, close)


def liquidation_price(
    trade: Trade, rules: MarketRules, contract: Contract
) -> LiquidationPrice | None:
    """Where the exchange would close a position, as far as that can be estimated."""
    leverage = trade.leverage
    if leverage is None or leverage.type == "cross" or not contract.known:
        return None
    known: dict[Decimal | None, Decimal | None] = {}

    def price(ordered: ExchangeTrade) -> Decimal | None:
        entry = ordered.average_entry
        if entry not in known:
            costs = Costs.one(rules.fee, rules.fee_model)
            known[entry] = Figures(trade, entry, costs, contract).known("liquidation")
        return known[entry]

    return price
