"""One trade through a part of a history on the sandbox's engine, every way that it may take."""

from datetime import datetime
from decimal import Decimal, localcontext
from operator import itemgetter

from smartplan.errors import UsageError
from smartplan.sandbox.branches import Branches
from smartplan.sandbox.paths import LiquidationPrice, Walk, trade_from_body
from smartplan.sandbox.rejection import Rejection
from smartplan.sandbox.trade import ExchangeTrade
from smartplan.simulation.bookkeeping import LastPrice
from smartplan.simulation.result import Ending, PricePath, Run, SimulatedTrade
from smartplan.simulation.series import Prices, PriceSeries
from smartplan.simulation.statistics import ZERO, Sample
from smartplan.simulation.study import SimulationSubject
from smartplan.simulation.terms import Terms
from smartplan.simulation.walk import run_of, sample_of, worth_of
from smartplan.trade.bodies import create_body
from smartplan.trade.liquidation import unknown_because
from smartplan.trade.model import Lifecycle, State, Trade
from smartplan.trade.risk import entered_at
from smartplan.trade.rounding import MONEY


def simulated(subject: SimulationSubject, terms: Terms, prices: Prices) -> SimulatedTrade:
    """What becomes of a trade that is opened at the first of the prices.

    Raises ``UsageError`` where the exchange would refuse it.
    """
    return Course(subject, terms, prices).result()


class Course:
    """A trade on every way through prices; ``excursions`` says that MAE and MFE are wanted."""

    def __init__(
        self,
        subject: SimulationSubject,
        terms: Terms,
        prices: Prices,
        *,
        excursions: bool = True,
    ) -> None:
        self._subject = subject
        self._excursions = excursions
        self._terms = terms
        self._prices = prices
        self._side = subject.trade.side
        self._end = LastPrice(prices.end, prices.last.watched(self._side.closes_at))
        tick = prices.first
        opens_at = tick.watched(self._side.opens_at)
        self._note = _not_opened(subject.lifecycle, tick.time, opens_at)
        self._branches = (
            Branches(self._opened(tick.time), self._worth, weighs=terms.funding is not None)
            if not self._note
            else None
        )

    def _opened(self, time: datetime) -> Walk:
        trade, terms = self._subject.trade, self._terms
        try:
            ordered = trade_from_body(create_body(trade, trade.note), time)
        except Rejection as refusal:
            said = _said(refusal)
            raise UsageError(
                f"{self._subject.name}: the exchange would refuse it: {said}"
            ) from None
        return Walk(ordered, terms.rules, liquidation_price(trade, terms))

    def _worth(self, walk: Walk) -> tuple[str, Decimal]:
        return worth_of(walk, self._subject, self._terms, self._end)

    def result(self) -> SimulatedTrade:
        """What became of it, the worst way and the best one."""
        subject, prices, branches = self._subject, self._prices, self._branches
        if branches is None:
            ending = _ending_unopened(subject.lifecycle)
            run = Run(path=PricePath.TICKS, ending=ending, status="not created", note=self._note)
            return SimulatedTrade(subject.name, subject.trade, (run,), self._terms.costs)
        self._follow(branches)
        candles = prices.series.span is not None
        labels = (PricePath.WORST, PricePath.BEST) if candles else (PricePath.TICKS,)
        runs = tuple(
            run_of(path, walk, subject, self._terms, self._end)
            for path, walk in zip(labels, self._ends(branches), strict=False)
        )
        unknown = unknown_because(subject.trade, self._terms.contract)
        return SimulatedTrade(
            subject.name, subject.trade, runs, self._terms.costs, branches.thinned, unknown
        )

    def samples(self) -> tuple[Sample, Sample]:
        """The worst way and the best, told short: what many starts are counted by."""
        start = self._prices.series.time(self._prices.start)
        if self._branches is None:
            ending = _ending_unopened(self._subject.lifecycle)
            none = Sample(start, ending.value, None, None, ZERO, None)
            return none, none
        self._follow(self._branches)
        found = [
            sample_of(walk, self._subject, self._terms, start, self._end)
            for walk in self._ends(self._branches)
        ]
        return found[0], found[-1]

    def _ends(self, branches: Branches) -> list[Walk]:
        """The worst way, and the best one where it is another; the first of equals."""
        found: dict[tuple[Ending, Decimal], Walk] = {}
        for walk in (*branches.ended, *branches.walks):
            found.setdefault(worth_of(walk, self._subject, self._terms, self._end), walk)
        in_order = sorted(found, key=itemgetter(1))
        ends = in_order if len(in_order) == 1 else (in_order[0], in_order[-1])
        return [found[end] for end in ends]

    def _follow(self, branches: Branches) -> None:
        series, start, stop = self._prices.series, self._prices.start, self._prices.stop
        deadline = self._subject.lifecycle.valid_until
        if deadline is None or series.ends(stop - 1) < deadline:
            self._pass(branches, start, stop)
            return
        cut = min(max(series.at(deadline), start), stop)
        inside = cut > start and series.span is not None and series.ends(cut - 1) > deadline
        self._pass(branches, start, cut - 1 if inside else cut)
        if inside:
            branches.last_candle(series.candle(cut - 1), deadline)
        branches.give_up(deadline)
        self._pass(branches, cut, stop)

    def _pass(self, branches: Branches, row: int, stop: int) -> None:
        """Most days nothing happens: a stretch without events costs one look."""
        series = self._prices.series
        while row < stop and branches.walks:
            there = series.next_outside(branches.quiet, row, stop)
            held = self._excursions and any(walk.holds for walk in branches.walks)
            if there > row and held:
                branches.see(*series.extremes(row, there, self._seen))
            if there < stop:
                self._meet(branches, there)
            row = there + 1

    @property
    def _seen(self) -> int | None:
        """The column of ticks that closes the position."""
        if self._prices.series.span is not None:
            return None
        return 0 if self._side.closes_at == "bid" else 1

    def _meet(self, branches: Branches, row: int) -> None:
        series = self._prices.series
        if series.span is None:
            branches.tick(series.tick(row))
            return
        finer = self._finer(row)
        if finer is None:
            branches.candle(series.candle(row))
            return
        detail, start, stop = finer
        for at in range(start, stop):
            branches.candle(detail.candle(at))

    def _finer(self, row: int) -> tuple[PriceSeries, int, int] | None:
        """The rows of the finer candles that cover a candle from its open to its close."""
        detail, series = self._prices.detail, self._prices.series
        if detail is None or detail.span is None or series.span is None:
            return None
        start, stop = detail.at(series.time(row)), detail.at(series.ends(row))
        if stop - start != series.span // detail.span:
            return None
        return detail, start, stop


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


def liquidation_price(trade: Trade, terms: Terms) -> LiquidationPrice | None:
    """Where the exchange would close a position, as far as that can be estimated."""
    contract = terms.contract
    if trade.leverage is None or unknown_because(trade, contract):
        return None
    known: dict[Decimal | None, Decimal | None] = {}

    def price(ordered: ExchangeTrade) -> Decimal | None:
        entry = ordered.average_entry
        if entry not in known:
            figures = entered_at(trade, entry, terms.costs, contract, terms.maintenance)
            known[entry] = figures.known("liquidation")
        return known[entry]

    return price


def _said(refusal: Rejection) -> str:
    """What the exchange would say, in a line."""
    attributes = refusal.body.get("error_attributes")
    if not isinstance(attributes, dict):
        return str(refusal.body["error_description"])
    return "; ".join(f"{key} {', '.join(map(str, said))}" for key, said in attributes.items())
