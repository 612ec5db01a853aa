"""Prices to places: what every drawing of prices shares."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from smartplan.trade.rounding import exact


@dataclass(frozen=True, slots=True)
class Level:
    """A price that matters, and what it is called: ``entry``, ``TP1``, ``SL``."""

    name: str
    price: Decimal
    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """From ``lowest`` at the bottom to ``highest`` at the top, evenly."""

    lowest: Decimal
    highest: Decimal

    @classmethod
    def over(cls, prices: Iterable[Decimal]) -> "Scale":
        """The scale that shows all of some prices; there must be one."""
        listed = list(prices)
        return cls(min(listed), max(listed))

    @exact
    def place(self, price: Decimal, size: int) -> int:
        """How far from the top, in steps of ``size`` from 0 to ``size - 1``."""
        if self.highest == self.lowest:
            return (size - 1) // 2
        from_top = (self.highest - price) / (self.highest - self.lowest)
        return int((from_top * (size - 1)).to_integral_value())


def stacked(places: Iterable[int], gap: int, last: int) -> list[int]:
    """Places in order moved apart to ``gap``, as little as it takes, none beyond ``last``."""
    moved: list[int] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap) if moved else place)
    limit = last
    for index in range(len(moved) - 1, -1, -1):
        moved[index] = min(moved[index], limit)
        limit = moved[index] - gap
    return moved
