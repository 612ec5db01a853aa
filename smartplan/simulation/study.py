"""A plan started again and again, in variants: what they come to, in the past and after it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct, field

from smartplan.simulation.prices import Bar, PriceHistory
from smartplan.simulation.result import SimulatedTrade
from smartplan.simulation.statistics import Sample, Statistics
from smartplan.simulation.variants import Variant
from smartplan.trade.costs import Costs
from smartplan.trade.model import Lifecycle, Trade
from smartplan.trade.parse import PlannedTrade

Place = Literal["worst", "median", "best", "only"]
"""Where a start stands among all of them."""
AT_ONCE = Lifecycle()
"""Nothing but the order."""


class SimulationSubject(Struct, frozen=True):
    """What is simulated: a trade of a plan, or a variant of one."""

    name: str
    trade: Trade
    lifecycle: Lifecycle = AT_ONCE

    @classmethod
    def of(cls, planned: PlannedTrade) -> "SimulationSubject":
        """A trade as it is planned."""
        return cls(planned.name, planned.trade, planned.lifecycle)


class Walking(Struct, frozen=True, kw_only=True):
    """Where a plan is started: every ``every`` rows, once where that is ``None``.

    ``anchor`` is the price that the plan's prices were written for: they move along with the market
    from there. ``holdout`` is the share of the rows that nothing is chosen by.
    """

    every: int | None = None
    anchor: Decimal | None = None
    holdout: Decimal | None = None


class Found(Struct, frozen=True):
    """What a part of the history says: figures of the worst way and of the best, the samples."""

    worst: Statistics
    best: Statistics
    samples: tuple[Sample, ...]
    start: datetime
    end: datetime

    def short(self) -> "Found":
        """Without the samples, of which there may be many."""
        return Found(self.worst, self.best, (), self.start, self.end)


class VariantResult(Struct, frozen=True):
    """A variant in the past, and in what was held out of it."""

    variant: Variant
    past: Found
    held_out: Found | None = None

    def short(self) -> "VariantResult":
        """Without the samples."""
        held_out = self.held_out.short() if self.held_out is not None else None
        return VariantResult(self.variant, self.past.short(), held_out)


class ShownStart(Struct, frozen=True):
    """One start among many, to be looked at: ``bars`` are the prices from there to its end."""

    place: Place
    sample: Sample
    simulated: SimulatedTrade
    bars: tuple[Bar, ...]


class TradeStudy(Struct, frozen=True):
    """The variants of a trade, the best of the past first: it alone has its samples.

    ``shown`` are starts of it, of what was held out where something was.
    """

    subject: SimulationSubject
    pair: str
    results: tuple[VariantResult, ...]
    costs: Costs
    shown: tuple[ShownStart, ...] = ()

    @property
    def varied(self) -> bool:
        """Whether there is anything to choose from."""
        return bool(self.results[0].variant)


class Study(Struct, frozen=True):
    """Every trade that had prices; ``left_out`` names the others with the reason."""

    walking: Walking
    trades: tuple[TradeStudy, ...]
    histories: Mapping[str, PriceHistory]
    left_out: Mapping[str, str] = field(default_factory=dict)
