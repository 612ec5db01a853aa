"""Ladders and charts in characters, drawn to scale; ``canvas`` has them for pages."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from smartplan.report import figures
from smartplan.report.appearance import Characters
from smartplan.report.foreign_text import width
from smartplan.report.levels import Level, Scale, bar_at, stacked, stop_at
from smartplan.simulation.prices import Bar, joined

LADDER_HEIGHT = 14
CHART_WIDTH = 64
CHART_HEIGHT = 13
WIDEST = 9


def ladder(levels: Sequence[Level], characters: Characters) -> list[str]:
    """One line per step of the scale; levels too close to be told apart stand under each other."""
    if not levels:
        return ["no price is known: a market entry without `lifecycle.expect`"]
    height = max(LADDER_HEIGHT, len(levels))
    scale = Scale.over(level.price for level in levels)
    places = stacked((scale.place(level.price, height) for level in levels), 1, height - 1)
    rungs = dict(zip(places, levels, strict=True))
    widest = max(width(figures.price(level.price)) for level in levels)
    lines = []
    for place in range(places[0], places[-1] + 1):
        level = rungs.get(place)
        if level is None:
            lines.append(" " * (widest + 1) + characters.bar)
            continue
        price = figures.price(level.price).rjust(widest)
        detail = f"  {level.detail}" if level.detail else ""
        lines.append(f"{price} {characters.rung} {level.name}{detail}")
    return lines


class Drawn(NamedTuple):
    """What is drawn over prices: levels, fills (when, where, in words), and a stop that moved."""

    levels: Sequence[Level]
    fills: Sequence[tuple[datetime, Decimal, str]]
    stop: Sequence[tuple[datetime, Decimal | None]] = ()


def chart(bars: Sequence[Bar], drawn: Drawn, characters: Characters) -> list[str]:
    """Lines with time from left to right, each level named at its right end."""
    columns, levels = _columns(bars), drawn.levels
    each = max(1, min(WIDEST, CHART_WIDTH // len(columns)))
    scale = Scale.of_chart(columns, levels)
    rows = [[" "] * (len(columns) * each) for _ in range(CHART_HEIGHT)]
    names: dict[int, list[str]] = {}
    for level in levels:
        place = scale.place(level.price, CHART_HEIGHT)
        rows[place] = [characters.level] * len(rows[place])
        names.setdefault(place, []).append(f"{level.name} {figures.price(level.price)}")
    for number, bar in enumerate(columns):
        for place in range(
            scale.place(bar.high, CHART_HEIGHT), scale.place(bar.low, CHART_HEIGHT) + 1
        ):
            rows[place][number * each : (number + 1) * each] = characters.bar * each
    for number, price in stop_at(columns, drawn.stop):
        place = scale.place(price, CHART_HEIGHT)
        rows[place][number * each : (number + 1) * each] = characters.stop * each
    for time, price, _ in drawn.fills:
        column = bar_at(columns, time)
        rows[scale.place(price, CHART_HEIGHT)][column * each + each // 2] = characters.fill
    ends = {0: figures.price(scale.highest), CHART_HEIGHT - 1: figures.price(scale.lowest)}
    return [
        "".join(row) + "  " + (", ".join(names[place]) if place in names else ends.get(place, ""))
        for place, row in enumerate(rows)
    ]


def _columns(bars: Sequence[Bar]) -> list[Bar]:
    """As many bars as there are columns for."""
    count = min(CHART_WIDTH, len(bars))
    cuts = [number * len(bars) // count for number in range(count + 1)]
    return [joined(bars[start:end]) for start, end in pairwise(cuts)]
