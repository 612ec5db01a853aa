"""The prices of a simulation, thinned out for drawing: a bounded number of bars of any history."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from smartplan.simulation.series import PriceSeries

ENOUGH = 1024


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


def bars_of(series: PriceSeries, enough: int = ENOUGH) -> tuple[Bar, ...]:
    """At most ``enough`` bars, equally many rows in each but the last; of ticks the last price.

    Nothing is lost of the extremes: a bar spans the rows it stands for.
    """
    candles = series.span is not None
    opens, highs, lows, closes = series.columns if candles else (series.columns[-1],) * 4
    each = max(1, -(-len(series) // enough))
    return tuple(
        Bar(
            series.time(start),
            series.price(opens[start]),
            series.price(max(highs[start : start + each])),
            series.price(min(lows[start : start + each])),
            series.price(closes[min(start + each, len(series)) - 1]),
        )
        for start in range(0, len(series), each)
    )


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


def drawn(pair: str, file: str, series: PriceSeries) -> PriceHistory:
    """The prices of a series to be drawn."""
    return PriceHistory(
        pair=pair,
        file=file,
        candles=series.span is not None,
        rows=len(series),
        start=series.time(0),
        end=series.ends(-1),
        bars=bars_of(series),
    )
