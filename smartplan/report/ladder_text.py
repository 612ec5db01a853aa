"""A price ladder in characters: levels from the highest to the lowest, drawn to scale."""

from collections.abc import Sequence
from dataclasses import dataclass

from smartplan.report import figures
from smartplan.report.appearance import Characters
from smartplan.report.foreign_text import width
from smartplan.report.scale import Level, Scale, stacked

HEIGHT = 14


@dataclass(frozen=True, slots=True)
class _Rung:
    price: str
    name: str


def ladder(levels: Sequence[Level], characters: Characters) -> list[str]:
    """One line per step of the scale; levels too close to be told apart stand under each other."""
    if not levels:
        return ["no price is known: a market entry without `lifecycle.expect`"]
    height = max(HEIGHT, len(levels))
    scale = Scale.over(level.price for level in levels)
    places = stacked((scale.place(level.price, height) for level in levels), 1, height - 1)
    rungs = dict(zip(places, map(_rung, levels), strict=True))
    widest = max(width(rung.price) for rung in rungs.values())
    lines = []
    for place in range(places[0], places[-1] + 1):
        rung = rungs.get(place)
        if rung is None:
            lines.append(" " * (widest + 1) + characters.bar)
        else:
            lines.append(f"{rung.price.rjust(widest)} {characters.rung} {rung.name}")
    return lines


def _rung(level: Level) -> _Rung:
    detail = f"  {level.detail}" if level.detail else ""
    return _Rung(figures.price(level.price), f"{level.name}{detail}")
