"""A history of any length as a bounded number of bars."""

from smartplan.simulation.prices import Bar, PriceHistory
from smartplan.simulation.series import PriceSeries

ENOUGH = 1024


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
