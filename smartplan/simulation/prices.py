"""The prices of a simulation, thinned out for drawing: a bounded number of bars of any history."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

ENOUGH = 512


class Bar(NamedTuple):
    """Prices of a stretch of time; ``time`` is its start."""

    time: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


def joined(bars: Sequence[Bar]) -> Bar:
    """Bars that follow each other as one."""
    return Bar(
        bars[0].time,
        bars[0].open,
        max([bar.high for bar in bars]),
        min([bar.low for bar in bars]),
        bars[-1].close,
    )


class Thinning:
    """Takes any number of bars and keeps between ``enough`` and twice as many, equally long.

    Nothing is lost of the extremes: a bar that is kept spans those it stands for.
    """

    def __init__(self, enough: int = ENOUGH) -> None:
        self._enough = enough
        self._kept: list[Bar] = []
        self._rest: list[Bar] = []
        self._each = 1

    def extend(self, bars: Sequence[Bar]) -> None:
        """Take bars that follow those before."""
        self._rest.extend(bars)
        while count := min(len(self._rest) // self._each, 2 * self._enough - len(self._kept)):
            size = count * self._each
            taken, self._rest = self._rest[:size], self._rest[size:]
            starts = range(0, size, self._each)
            self._kept += [joined(taken[start : start + self._each]) for start in starts]
            if len(self._kept) == 2 * self._enough:
                halves = zip(self._kept[::2], self._kept[1::2], strict=True)
                self._kept = [joined(pair) for pair in halves]
                self._each *= 2

    @property
    def bars(self) -> tuple[Bar, ...]:
        """What has been kept; the last bar may be shorter than the others."""
        return (*self._kept, joined(self._rest)) if self._rest else tuple(self._kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceHistory:
    """The prices of a pair as they were given: ``rows`` lines, thinned out to ``bars``."""

    pair: str
    file: str
    candles: bool
    rows: int
    start: datetime
    end: datetime
    bars: tuple[Bar, ...] = field(repr=False)
