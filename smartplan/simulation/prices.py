"""The prices of a simulation as they are drawn."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct


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


class PriceHistory(Struct, frozen=True, kw_only=True):
    """The prices of a pair as they were given: ``rows`` lines, thinned out to ``bars``."""

    pair: str
    file: str
    candles: bool
    rows: int
    start: datetime
    end: datetime
    bars: tuple[Bar, ...]
