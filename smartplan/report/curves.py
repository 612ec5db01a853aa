"""Curves, histograms and heat maps as places on a canvas, 0 at the top left."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from smartplan.document.scalars import number_text
from smartplan.report import figures
from smartplan.report.levels import Scale
from smartplan.simulation.statistics import Bin, CurvePoint
from smartplan.simulation.study import VariantResult
from smartplan.times import utc_text
from smartplan.trade.rounding import exact

WIDTH, HEIGHT, LOW = 560, 180, 90
HOTTEST = 5
"""Shades of a heat map on each side of nothing."""
AXES = 2


class Curve(Struct, frozen=True):
    """A line over time: ``line`` and ``area`` are SVG paths, ``zero`` is where 0 is."""

    width: int
    height: int
    line: str
    area: str
    zero: int
    highest: str
    lowest: str
    start: str
    end: str


def equity(points: Sequence[CurvePoint], start: datetime, end: datetime) -> Curve | None:
    """What was earned in R, trade by trade, from nothing at the start."""
    return _curve([(start, Decimal(0)), *((point.time, point.r) for point in points)], end, HEIGHT)


def drawdown(points: Sequence[CurvePoint], start: datetime, end: datetime) -> Curve | None:
    """How far the same was below what it had been, downwards."""
    highest, falls = Decimal(0), [(start, Decimal(0))]
    for point in points:
        highest = max(highest, point.r)
        falls.append((point.time, point.r - highest))
    return _curve(falls, end, LOW)


def exposure(
    points: Sequence[tuple[datetime, int]], start: datetime, end: datetime
) -> Curve | None:
    """How many positions were open at once."""
    counted = [(start, Decimal(0)), *((time, Decimal(number)) for time, number in points)]
    return _curve(counted, end, LOW, number_text)


def money(points: Sequence[tuple[datetime, Decimal]], end: datetime) -> Curve | None:
    """A sum over time, in a currency, from nothing at the first point."""
    return _curve(points, end, LOW, figures.gain)


def _curve(
    points: Sequence[tuple[datetime, Decimal]],
    end: datetime,
    height: int,
    told: Callable[[Decimal], str] = figures.ratio,
) -> Curve | None:
    if len(points) == 1:
        return None
    start, values = points[0][0], [value for _, value in points]
    scale, span = Scale.over(values), (end - start).total_seconds() or 1
    places = [
        (int((time - start).total_seconds() / span * (WIDTH - 1)), scale.place(value, height))
        for time, value in points
    ]
    steps = "".join(f"H{x}V{y}" for x, y in places[1:])
    zero = scale.place(Decimal(0), height)
    line = f"M{places[0][0]} {places[0][1]}{steps}H{WIDTH - 1}"
    return Curve(
        WIDTH, height, line, f"{line}V{zero}H0Z", zero, told(scale.highest), told(scale.lowest),
        utc_text(start), utc_text(end),
    )  # fmt: skip


class Column(Struct, frozen=True):
    """A bin of a histogram, ``label`` below it."""

    x: int
    y: int
    width: int
    height: int
    label: str
    trades: int
    tone: str


def columns_of(bins: Sequence[Bin]) -> list[Column]:
    """The bins from left to right."""
    most = max((one.trades for one in bins), default=0)
    if not most:
        return []
    each = WIDTH // len(bins)
    return [
        Column(
            at * each + 1,
            HEIGHT - one.trades * HEIGHT // most,
            each - 2,
            one.trades * HEIGHT // most,
            figures.ratio(one.low),
            one.trades,
            "lose" if one.low < 0 else "win",
        )
        for at, one in enumerate(bins)
    ]


class HeatMap(Struct, frozen=True):
    """Mean R of two figures that vary: a row for each of the first, cells of text and shade."""

    across: str
    down: str
    head: list[str]
    rows: list[tuple[str, list[tuple[str, str, int]]]]


@exact
def heat_map(results: Sequence[VariantResult], *, held_out: bool) -> HeatMap | None:
    """``None`` unless just two figures vary; what is held out is shown instead of the past."""
    if len(results[0].variant) != AXES:
        return None
    cells = {}
    for result in results:
        found = result.held_out if held_out and result.held_out is not None else result.past
        key = tuple(str(distance) for _, distance in result.variant)
        cells[key] = (found.worst.expectancy, found.worst.filled)
    firsts, seconds = (
        sorted({result.variant[axis][1] for result in results}, key=lambda d: d.value)
        for axis in range(AXES)
    )
    most = max((abs(r) for r, _ in cells.values() if r is not None), default=Decimal(0))
    rows = []
    for first in firsts:
        row = []
        for second in seconds:
            r, filled = cells.get((str(first), str(second)), (None, 0))
            text = figures.NONE if r is None else figures.ratio(r)
            row.append((text, _shade(r, most), filled))
        rows.append((str(first), row))
    (down, _), (across, _) = results[0].variant
    return HeatMap(across, down, list(map(str, seconds)), rows)


def _shade(r: Decimal | None, most: Decimal) -> str:
    if r is None or not most or not r:
        return "none"
    step = int(abs(r) * HOTTEST / most)
    return f"{'up' if r > 0 else 'down'}{min(max(step, 1), HOTTEST)}"
