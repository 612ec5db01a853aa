"""Ladders and charts as places on a canvas: integers, from 0, 0 at the top left."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import Struct

from smartplan.report import figures
from smartplan.report.drawings import Drawn
from smartplan.report.levels import Level, Scale, bar_at, stacked, stop_at
from smartplan.simulation.prices import Bar
from smartplan.times import utc_text

LADDER_HEIGHT = 240
CHART_WIDTH = 560
CHART_HEIGHT = 220
LINE = 17
"""The height of a line of text."""


class Mark(Struct, frozen=True):
    """A level at ``y``, with its text at ``label_y`` where it covers no other."""

    y: int
    label_y: int
    price: str
    name: str
    detail: str
    kind: str


class Zone(Struct, frozen=True):
    """The stretch that wins (``target``) or loses (``stop``)."""

    y: int
    height: int
    kind: str


class Ladder(Struct, frozen=True):
    """A ladder of a height."""

    height: int
    marks: tuple[Mark, ...]
    zones: tuple[Zone, ...]


def ladder(levels: Sequence[Level]) -> Ladder | None:
    """The levels to scale; ``None`` where no price is known."""
    if not levels:
        return None
    height = max(LADDER_HEIGHT, LINE * len(levels))
    scale = Scale.over(level.price for level in levels)
    return Ladder(height, _marks(levels, scale, height), _zones(levels, scale, height))


def _marks(levels: Sequence[Level], scale: Scale, height: int) -> tuple[Mark, ...]:
    places = [scale.place(level.price, height) for level in levels]
    labels = stacked(places, LINE, height - 1)
    return tuple(
        Mark(y, label, figures.price(level.price), level.name, level.detail, level.kind)
        for level, y, label in zip(levels, places, labels, strict=True)
    )


def _zones(levels: Sequence[Level], scale: Scale, height: int) -> tuple[Zone, ...]:
    """From the entry to the farthest target, and to the stop."""
    entries = [scale.place(level.price, height) for level in levels if level.kind == "entry"]
    zones = []
    for kind in ("target", "stop"):
        places = [scale.place(level.price, height) for level in levels if level.kind == kind]
        if entries and places:
            far = max(places, key=lambda place: abs(place - entries[0]))
            zones.append(Zone(min(far, entries[0]), abs(far - entries[0]), kind))
    return tuple(zones)


class Dot(Struct, frozen=True):
    """A fill."""

    x: int
    y: int
    title: str


class Chart(Struct, frozen=True):
    """Prices over time: ``ranges`` is an SVG path of highs and lows, ``closes`` of a line.

    ``stop`` is that of a stop that moved, in steps; empty where it stood still.
    """

    width: int
    height: int
    ranges: str
    closes: str
    stop: str
    marks: tuple[Mark, ...]
    dots: tuple[Dot, ...]
    start: str
    end: str


def chart(bars: Sequence[Bar], drawn: Drawn) -> Chart:
    """Bars from left to right with the levels across and a dot for each fill."""
    scale = Scale.of_chart(bars, drawn.levels)

    def x(number: int) -> int:
        return number * (CHART_WIDTH - 1) // max(len(bars) - 1, 1)

    def y(price: Decimal) -> int:
        return scale.place(price, CHART_HEIGHT)

    ranges = (f"M{x(n)} {y(bar.high)}V{y(bar.low)}" for n, bar in enumerate(bars))
    closes = (f"{'L' if n else 'M'}{x(n)} {y(bar.close)}" for n, bar in enumerate(bars))
    dots = (
        Dot(x(bar_at(bars, time)), y(price), f"{title} at {figures.price(price)}")
        for time, price, title in drawn.fills
    )
    return Chart(
        width=CHART_WIDTH,
        height=CHART_HEIGHT,
        ranges="".join(ranges),
        closes="".join(closes),
        stop=_steps((x(number), y(price)) for number, price in stop_at(bars, drawn.stop)),
        marks=_marks(drawn.levels, scale, CHART_HEIGHT),
        dots=tuple(dots),
        start=utc_text(bars[0].time),
        end=utc_text(bars[-1].time),
    )


def _steps(places: Iterable[tuple[int, int]]) -> str:
    """A path through places that goes across before it goes up or down."""
    path, before = "", -1
    for x, y in places:
        path += f"H{x}" if path else f"M{x} {y}"
        if path and y != before and before >= 0:
            path += f"V{y}"
        before = y
    return path
