"""Prices over time in characters, with the levels of a trade and its fills."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain, pairwise

from smartplan.report import figures
from smartplan.report.appearance import PLAIN, Characters
from smartplan.report.scale import Level, Scale
from smartplan.simulation.prices import Bar, joined

WIDTH = 64
HEIGHT = 13
WIDEST = 9


def chart(
    bars: Sequence[Bar],
    levels: Sequence[Level],
    fills: Sequence[tuple[datetime, Decimal]],
    characters: Characters = PLAIN,
) -> list[str]:
    """Lines with time from left to right, each level named at its right end."""
    columns = _columns(bars)
    each = max(1, min(WIDEST, WIDTH // len(columns)))
    prices = chain((p for bar in columns for p in (bar.high, bar.low)), (x.price for x in levels))
    scale = Scale.over(prices)
    rows = [[" "] * (len(columns) * each) for _ in range(HEIGHT)]
    names: dict[int, list[str]] = {}
    for level in levels:
        place = scale.place(level.price, HEIGHT)
        rows[place] = [characters.level] * len(rows[place])
        names.setdefault(place, []).append(f"{level.name} {figures.price(level.price)}")
    for number, bar in enumerate(columns):
        for place in range(scale.place(bar.high, HEIGHT), scale.place(bar.low, HEIGHT) + 1):
            rows[place][number * each : (number + 1) * each] = characters.bar * each
    for time, price in fills:
        column = max((n for n, bar in enumerate(columns) if bar.time <= time), default=0)
        rows[scale.place(price, HEIGHT)][column * each + each // 2] = characters.fill
    ends = {0: figures.price(scale.highest), HEIGHT - 1: figures.price(scale.lowest)}
    return [
        "".join(row) + "  " + (", ".join(names[place]) if place in names else ends.get(place, ""))
        for place, row in enumerate(rows)
    ]


def _columns(bars: Sequence[Bar]) -> list[Bar]:
    """As many bars as there are columns for."""
    count = min(WIDTH, len(bars))
    cuts = [number * len(bars) // count for number in range(count + 1)]
    return [joined(bars[start:end]) for start, end in pairwise(cuts)]
