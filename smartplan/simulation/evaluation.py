"""A plan started again and again, in variants, on the sandbox's engine."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from smartplan.errors import UsageError
from smartplan.simulation.course import Course
from smartplan.simulation.series import Prices, PriceSeries
from smartplan.simulation.statistics import ZERO, Sample, statistics_of
from smartplan.simulation.study import (
    Found,
    Place,
    ShownStart,
    SimulationSubject,
    VariantResult,
    Walking,
)
from smartplan.simulation.terms import Terms
from smartplan.simulation.thinning import bars_of
from smartplan.simulation.variants import Variant, expected_along, moved_along, varied
from smartplan.trade.model import Lifecycle
from smartplan.trade.rounding import exact

AFTERWARDS = 5
"""Of the time that a trade took this part is shown of what came after it."""


class Part(NamedTuple):
    """Rows of a history: the past that is chosen by, or what is held out."""

    start: int
    stop: int

    def starts(self, every: int | None) -> range:
        """The rows at which the plan is started."""
        return range(self.start, self.stop, every or self.stop - self.start)


class Setting(Struct, frozen=True):
    """What all variants of a trade have in common."""

    subject: SimulationSubject
    terms: Terms
    walking: Walking
    rows: int

    def parts(self) -> tuple[Part, Part | None]:
        """The past, and what is held out. Raises ``UsageError`` where one of them is nothing."""
        share = self.walking.holdout
        if share is None:
            return Part(0, self.rows), None
        cut = self.rows - int(self.rows * share)
        if not 0 < cut < self.rows:
            raise UsageError(f"--holdout: of {self.rows} rows that leaves nothing on one side")
        return Part(0, cut), Part(cut, self.rows)


class Material(NamedTuple):
    """The prices of all variants of a trade."""

    series: PriceSeries
    detail: PriceSeries | None = None


def evaluated(
    setting: Setting, material: Material, variants: Sequence[Variant]
) -> list[VariantResult]:
    """What each variant comes to. Raises ``UsageError`` for one that cannot be."""
    return [with_samples(setting, material, variant).short() for variant in variants]


def with_samples(setting: Setting, material: Material, variant: Variant) -> VariantResult:
    """One variant, with each of its starts."""
    past, held_out = setting.parts()
    return VariantResult(
        variant,
        _found(setting, material, variant, past),
        _found(setting, material, variant, held_out) if held_out is not None else None,
    )


def shown_starts(
    setting: Setting, material: Material, result: VariantResult
) -> tuple[ShownStart, ...]:
    """The worst, the median and the best start of a variant that has its samples."""
    past, held_out = setting.parts()
    part, found = past, result.past
    if held_out is not None and result.held_out is not None:
        part, found = held_out, result.held_out
    starts = list(_subjects(setting, material.series, result.variant, part))
    return tuple(
        _shown(place, found.samples[number], *starts[number], setting, material, part)
        for place, number in _places(found.samples)
    )


def _places(samples: Sequence[Sample]) -> list[tuple[Place, int]]:
    """By R, or by net where not all have one; of few starts the same is not shown twice."""
    filled = [at for at, sample in enumerate(samples) if sample.net is not None and sample.filled]
    by_r = all(samples[at].r is not None for at in filled)
    ranked = sorted(filled, key=lambda at: (samples[at].r if by_r else samples[at].net) or ZERO)
    if len(ranked) == 1:
        return [("only", ranked[0])]
    ends: list[tuple[Place, int]] = [("worst", 0), ("median", (len(ranked) - 1) // 2), ("best", -1)]
    return [(place, ranked[at]) for place, at in ends if ranked and (at or place == "worst")]


def _shown(
    place: Place,
    sample: Sample,
    row: int,
    subject: SimulationSubject,
    setting: Setting,
    material: Material,
    part: Part,
) -> ShownStart:
    series, end = material.series, sample.ended_at
    course = Course(subject, setting.terms, Prices(series, row, part.stop, material.detail))
    over = series.at(end) if end is not None else part.stop
    stop = min(over + (over - row) // AFTERWARDS + 1, part.stop)
    return ShownStart(place, sample, course.result(), bars_of(series.part(row, stop)))


def _found(setting: Setting, material: Material, variant: Variant, part: Part) -> Found:
    series = material.series
    both = [
        Course(
            subject,
            setting.terms,
            Prices(series, row, part.stop, material.detail),
            excursions=False,
        ).samples()
        for row, subject in _subjects(setting, series, variant, part)
    ]
    start, end = series.time(part.start), series.ends(part.stop - 1)
    worst, best = [sample for sample, _ in both], [sample for _, sample in both]
    span = end - start
    return Found(statistics_of(worst, span), statistics_of(best, span), tuple(worst), start, end)


def _subjects(
    setting: Setting, series: PriceSeries, variant: Variant, part: Part
) -> Iterator[tuple[int, SimulationSubject]]:
    """The trade as it would be ordered at each start."""
    subject, walking, step = setting.subject, setting.walking, setting.terms.rules.price_step
    first = series.time(0)
    for row in part.starts(walking.every):
        trade, lifecycle = subject.trade, subject.lifecycle
        market = series.tick(row, end=False).watched(trade.side.opens_at)
        if walking.anchor is not None:
            factor = _factor(market, walking.anchor)
            trade = moved_along(trade, factor, step)
            lifecycle = expected_along(lifecycle, factor)
        lifecycle = _from(lifecycle, series.time(row) - first)
        yield row, SimulationSubject(subject.name, varied(trade, variant, market, step), lifecycle)


@exact
def _factor(market: Decimal, anchor: Decimal) -> Decimal:
    return market / anchor


def _from(lifecycle: Lifecycle, later: timedelta) -> Lifecycle:
    """A plan is valid for as long at each start as it is at the first."""
    if lifecycle.valid_until is None or not later:
        return lifecycle
    return replace(lifecycle, valid_until=lifecycle.valid_until + later)


def in_order(results: Sequence[VariantResult]) -> tuple[VariantResult, ...]:
    """The best of the past first: by mean R, where there is none by mean net; then as listed."""
    return tuple(sorted(results, key=_rank, reverse=True))


def _rank(result: VariantResult) -> tuple[bool, Decimal, Decimal]:
    figures, none = result.past.worst, Decimal("-Infinity")
    has = figures.expectancy is not None
    first = figures.expectancy if has else figures.mean
    return has, none if first is None else first, none if figures.mean is None else figures.mean
