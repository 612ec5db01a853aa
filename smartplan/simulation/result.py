"""What became of trades on a path of prices, and what it adds up to.

Prices quote per base, units in base (or contracts), money in quote currency after fees, times UTC.
The engine that finds it out is the sandbox's; these values know nothing of it, so that reports need
none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, field

from smartplan.simulation.prices import PriceHistory
from smartplan.trade.costs import Costs
from smartplan.trade.model import Trade
from smartplan.trade.profit import in_percent, percent_gained, r_multiple
from smartplan.trade.rounding import exact

FILLS = frozenset({"entry_filled", "take_profit_filled", "stop_filled"})
"""The events that move money."""


class Ending(StrEnum):
    """What became of a trade; the service's own last statuses say less."""

    TAKE_PROFIT = "take_profit"
    STOP_LOSS = "stop_loss"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    EXPIRED = "expired"
    LIQUIDATED = "liquidated"
    OPEN = "open"
    NEVER_ENTERED = "never_entered"


class PricePath(StrEnum):
    """Which of all the ways that prices may take inside candles; ticks stand as they are."""

    TICKS = "ticks"
    WORST = "worst"
    BEST = "best"


class Happened(Struct, frozen=True, kw_only=True):
    """A row of the event table: the trade's status, realised P/L and stop as they are after it.

    ``step`` counts take profit steps from 1; ``exposure`` is what the open position cost.
    """

    time: datetime
    status: str
    event: str
    price: Decimal | None
    units: Decimal | None
    step: int | None
    realised: Decimal | None
    stop: Decimal | None
    exposure: Decimal


class StepResult(Struct, frozen=True, kw_only=True):
    """A take profit step: what was planned and what was filled."""

    number: int
    planned_price: Decimal | None
    volume: Decimal
    planned_units: Decimal | None
    filled_units: Decimal
    filled_price: Decimal | None
    status: str


class Run(Struct, frozen=True, kw_only=True):
    """One trade along one path.

    ``net`` is realised P/L plus what is still open (``open_units``) at the last price, both after
    fees and ``funding``, what holding it has cost (``None``: not counted); dust that cannot be sold
    counts nothing. ``risk`` is the loss at the stop as of the entry.
    ``highest`` and ``lowest`` are the extreme prices while the position was open. Of contracts of
    unknown size all money is ``None``, and ``unknown`` says so. ``liquidated_at`` is the estimated
    price at which the exchange took the position, whose margin is then what was lost.
    """

    path: PricePath
    ending: Ending
    status: str
    events: tuple[Happened, ...] = ()
    steps: tuple[StepResult, ...] = ()
    entered_at: datetime | None = None
    ended_at: datetime | None = None
    entry: Decimal | None = None
    entered_units: Decimal = Decimal(0)
    open_units: Decimal = Decimal(0)
    dust: Decimal = Decimal(0)
    cost: Decimal | None = Decimal(0)
    realised: Decimal | None = Decimal(0)
    net: Decimal | None = Decimal(0)
    fees: Decimal | None = Decimal(0)
    funding: Decimal | None = None
    risk: Decimal | None = None
    highest: Decimal | None = None
    lowest: Decimal | None = None
    unprotected_since: datetime | None = None
    liquidated_at: Decimal | None = None
    note: str = ""
    unknown: str = ""

    @property
    def time_in_trade(self) -> timedelta | None:
        """From the entry to the end, or to the last price."""
        if self.entered_at is None or self.ended_at is None:
            return None
        return self.ended_at - self.entered_at

    @property
    def percent(self) -> Decimal | None:
        """``net`` in percent of what the position cost."""
        return None if self.net is None else in_percent(self.net, self.cost)

    @property
    def r_multiple(self) -> Decimal | None:
        """``net`` in units of the risk taken; ``None`` without a stop that loses."""
        return None if self.net is None else r_multiple(self.net, self.risk)


class Excursion(Struct, frozen=True):
    """How far the price went one way while the position was open, in percent of the entry."""

    price: Decimal
    percent: Decimal


def excursions(run: Run, trade: Trade) -> tuple[Excursion, Excursion] | None:
    """The greatest adverse and favourable excursion (MAE, MFE); never on the other's side of 0."""
    if run.entry is None or run.highest is None or run.lowest is None:
        return None
    side, entry = trade.side, run.entry
    far = (Excursion(p, percent_gained(side, entry, p)) for p in (run.lowest, run.highest))
    worst, best = sorted(far, key=lambda excursion: excursion.percent)
    return worst, best


class SimulatedTrade(Struct, frozen=True):
    """A trade of a plan with what became of it: ``runs`` are the worst and the best of all ways.

    It is one run where there is no other. ``costs`` are what it was counted with. ``thinned`` says
    that there were more ways than could be followed: worse and better ones may exist.
    """

    name: str
    trade: Trade
    runs: tuple[Run, ...]
    costs: Costs
    thinned: bool = False

    @property
    def worst(self) -> Run:
        """The run with the lowest result."""
        return self.runs[0]

    @property
    def path_dependent(self) -> bool:
        """Whether the result depends on the way prices took inside the candles."""
        return len(self.runs) > 1

    @property
    def depends_on_timing(self) -> bool:
        """Whether it depends on when prices moved inside the candles, which they do not tell."""
        stop = self.trade.stop_loss
        waits = stop is not None and stop.timeout is not None
        return waits and self.worst.path is not PricePath.TICKS


class MoneyPoint(NamedTuple):
    """A sum of money at a time."""

    time: datetime
    money: Decimal


class Total(Struct, frozen=True):
    """What the trades in one quote currency come to, each at its worst.

    ``peak_exposure`` is the most that open positions have cost at any one time, ``peak_at`` when.
    Nothing of it holds those in ``unsized``, whose contracts are of unknown size. ``funding`` is
    ``None`` where it is counted of none. ``equity`` is what was realised by each event, with what
    is still open at the end; ``exposure`` what open positions had cost then.
    """

    quote: str
    trades: int
    net: Decimal
    fees: Decimal
    peak_exposure: Decimal
    peak_at: datetime | None
    unsized: tuple[str, ...] = ()
    funding: Decimal | None = None
    equity: tuple[MoneyPoint, ...] = ()
    exposure: tuple[MoneyPoint, ...] = ()


class Simulation(Struct, frozen=True):
    """Every trade that had prices; ``left_out`` names the others with the reason."""

    trades: tuple[SimulatedTrade, ...]
    histories: Mapping[str, PriceHistory]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def totals(self) -> tuple[Total, ...]:
        """One per quote currency, in order of their names."""
        quotes = sorted({simulated.trade.quote for simulated in self.trades})
        return tuple(_total(quote, self.trades) for quote in quotes)


@exact
def _total(quote: str, trades: Sequence[SimulatedTrade]) -> Total:
    counted = [simulated for simulated in trades if simulated.trade.quote == quote]
    runs = [simulated.worst for simulated in counted]
    exposure = tuple(_summed((_exposures(run) for run in runs), falls_last=True))
    peak, at = _peak(exposure)
    net = sum((run.net for run in runs if run.net is not None), Decimal(0))
    fees = sum((run.fees for run in runs if run.fees is not None), Decimal(0))
    unsized = tuple(simulated.name for simulated in counted if simulated.worst.net is None)
    funded = [run.funding for run in runs if run.funding is not None]
    funding = sum(funded, Decimal(0)) if funded else None
    equity = tuple(_summed(map(_earnings, runs)))
    return Total(quote, len(runs), net, fees, peak, at, unsized, funding, equity, exposure)


def _exposures(run: Run) -> Iterator[MoneyPoint]:
    return (MoneyPoint(event.time, event.exposure) for event in run.events)


def _earnings(run: Run) -> Iterator[MoneyPoint]:
    for event in run.events:
        yield MoneyPoint(event.time, event.realised or Decimal(0))
    if run.ended_at is not None:
        yield MoneyPoint(run.ended_at, run.net or Decimal(0))


def _summed(
    courses: Iterable[Iterable[MoneyPoint]], *, falls_last: bool = False
) -> Iterator[MoneyPoint]:
    """The sum of several courses, each time that one of them changes.

    ``falls_last``: of what opens and closes at the same moment all was open together.
    """
    changes: list[tuple[datetime, bool, Decimal]] = []
    for course in courses:
        before = Decimal(0)
        for time, money in course:
            change = money - before
            if change:
                changes.append((time, falls_last and change < 0, change))
            before = money
    now = Decimal(0)
    for time, _, change in sorted(changes):
        now += change
        yield MoneyPoint(time, now)


def _peak(exposure: Sequence[MoneyPoint]) -> tuple[Decimal, datetime | None]:
    peak: tuple[Decimal, datetime | None] = (Decimal(0), None)
    for time, money in exposure:
        if money > peak[0]:
            peak = (money, time)
    return peak
