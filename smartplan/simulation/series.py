"""Prices in order of time, as columns of whole numbers: exact, small, and soon searched."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from functools import cached_property

from msgspec import Struct

from smartplan.sandbox.levels import Band
from smartplan.sandbox.paths import Candle
from smartplan.sandbox.trade import Tick

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CHUNK = 128
"""Rows that are passed in one look, and chunks of them in another."""
_EXACT = Context(prec=60)
Column = Sequence[int]


def column(values: Iterable[int]) -> Column:
    """Numbers in 8 bytes each, where they fit."""
    listed = values if isinstance(values, list) else list(values)
    try:
        return array("q", listed)
    except OverflowError:
        return listed


class PriceSeries:
    """Candles (``open, high, low, close``, lasting ``span``) or ticks (``bid, ask, last``).

    ``times`` are microseconds since 1970, a candle's is when it opens; ``columns`` are prices
    times 10 ** ``decimals``.
    """

    def __init__(
        self, times: Column, columns: Sequence[Column], decimals: int, span: timedelta | None
    ) -> None:
        self.times = times
        self.columns = tuple(columns)
        self.decimals = decimals
        self.span = span

    def __len__(self) -> int:
        return len(self.times)

    def __getstate__(self) -> tuple[Column, tuple[Column, ...], int, timedelta | None]:
        return self.times, self.columns, self.decimals, self.span

    def __setstate__(self, state: tuple[Column, tuple[Column, ...], int, timedelta | None]) -> None:
        self.times, self.columns, self.decimals, self.span = state

    @cached_property
    def lows(self) -> Column:
        """The lowest price of each row."""
        return self.columns[2] if self.span is not None else column(map(min, *self.columns))

    @cached_property
    def highs(self) -> Column:
        """The highest price of each row."""
        return self.columns[1] if self.span is not None else column(map(max, *self.columns))

    @cached_property
    def _towers(self) -> list[tuple[list[int], list[int]]]:
        """The extremes of chunks of rows, and of chunks of chunks."""
        lows, highs, towers = self.lows, self.highs, []
        for _ in range(2):
            starts = range(0, len(lows), CHUNK)
            lows = [min(lows[at : at + CHUNK]) for at in starts]
            highs = [max(highs[at : at + CHUNK]) for at in starts]
            towers.append((lows, highs))
        return towers

    def time(self, row: int) -> datetime:
        """When a row is."""
        return EPOCH + timedelta(microseconds=self.times[row])

    def ends(self, row: int) -> datetime:
        """When a candle closes; of a tick its time."""
        return self.time(row) + (self.span or timedelta())

    def price(self, value: int) -> Decimal:
        """A figure of a column as a price."""
        return Decimal(value).scaleb(-self.decimals, _EXACT)

    def prices(self, row: int) -> tuple[Decimal, ...]:
        """``open, high, low, close`` or ``bid, ask, last``."""
        return tuple(self.price(values[row]) for values in self.columns)

    def candle(self, row: int) -> Candle:
        """A row of candles."""
        opens, high, low, close = self.prices(row)
        return Candle(self.time(row), self.span or timedelta(), opens, high, low, close)

    def tick(self, row: int, *, end: bool = True) -> Tick:
        """The market at a row: of a candle at its close, or at its open."""
        prices = self.prices(row)
        if self.span is not None:
            prices = (prices[-1 if end else 0],) * 3
        return Tick(self.time(row), *prices)

    def at(self, time: datetime) -> int:
        """The first row that is not before a time."""
        return bisect_left(self.times, (time - EPOCH) // MICROSECOND)

    def next_outside(self, band: Band, start: int, stop: int) -> int:
        """The first row from ``start`` on that leaves a band, or ``stop``."""
        if band.lower is not None and not band.lower.is_finite():
            return start
        lower, upper = self._bounds(band)
        row = start
        while row < stop:
            chunk_end = min((row // CHUNK + 1) * CHUNK, stop)
            found = self._in_rows(lower, upper, row, chunk_end)
            if found < chunk_end:
                return found
            row = self._next_chunk(lower, upper, chunk_end // CHUNK) * CHUNK
            if chunk_end == stop:
                break
        return stop

    def extremes(self, start: int, stop: int, series: int | None = None) -> tuple[Decimal, Decimal]:
        """The lowest and the highest price of some rows, or those of one of their columns."""
        if series is not None:
            some = self.columns[series][start:stop]
            return self.price(min(some)), self.price(max(some))
        first, last = -(-start // CHUNK), stop // CHUNK
        if first >= last:
            lows, highs = self.lows[start:stop], self.highs[start:stop]
            return self.price(min(lows)), self.price(max(highs))
        before, after = slice(start, first * CHUNK), slice(last * CHUNK, stop)
        (lowest, highest), _ = self._towers
        low = min((*self.lows[before], *lowest[first:last], *self.lows[after]))
        high = max((*self.highs[before], *highest[first:last], *self.highs[after]))
        return self.price(low), self.price(high)

    def part(self, start: int, stop: int) -> "PriceSeries":
        """Some rows by themselves."""
        columns = [values[start:stop] for values in self.columns]
        return PriceSeries(self.times[start:stop], columns, self.decimals, self.span)

    def rescaled(self, decimals: int) -> "PriceSeries":
        """The same with more decimals."""
        factor = 10 ** (decimals - self.decimals)
        columns = [column([value * factor for value in values]) for values in self.columns]
        return PriceSeries(self.times, columns, decimals, self.span)

    def _bounds(self, band: Band) -> tuple[int, int]:
        nowhere = max(self._towers[1][1], default=0) + 1
        lower, upper = -1, nowhere
        if band.lower is not None:
            lower = int(
                band.lower.scaleb(self.decimals, _EXACT).to_integral_value(ROUND_FLOOR, _EXACT)
            )
        if band.upper is not None:
            upper = int(
                band.upper.scaleb(self.decimals, _EXACT).to_integral_value(ROUND_CEILING, _EXACT)
            )
        return lower, upper

    def _in_rows(self, lower: int, upper: int, row: int, stop: int) -> int:
        lows, highs = self.lows[row:stop], self.highs[row:stop]
        if min(lows) > lower and max(highs) < upper:
            return stop
        both = zip(lows, highs, strict=True)
        return row + next(
            at for at, (low, high) in enumerate(both) if low <= lower or high >= upper
        )

    def _next_chunk(self, lower: int, upper: int, chunk: int) -> int:
        """The first chunk of rows from one on that leaves the bounds, or how many there are."""
        (lows, highs), (lowest, highest) = self._towers
        while chunk < len(lows):
            above, within = divmod(chunk, CHUNK)
            if within == 0 and lowest[above] > lower and highest[above] < upper:
                chunk += CHUNK
                continue
            if lows[chunk] <= lower or highs[chunk] >= upper:
                return chunk
            chunk += 1
        return len(lows)


class Prices(Struct, frozen=True):
    """Rows ``start`` to ``stop`` of a series; ``detail`` has finer candles for some of them."""

    series: PriceSeries
    start: int
    stop: int
    detail: PriceSeries | None = None

    @classmethod
    def all_of(cls, series: PriceSeries, detail: PriceSeries | None = None) -> "Prices":
        """The whole of a series."""
        return cls(series, 0, len(series), detail)

    @property
    def first(self) -> Tick:
        """The market as they begin."""
        return self.series.tick(self.start, end=False)

    @property
    def last(self) -> Tick:
        """The market as they end."""
        return self.series.tick(self.stop - 1)

    @property
    def end(self) -> datetime:
        """When that is."""
        return self.series.ends(self.stop - 1)


def in_order(series: Sequence[PriceSeries]) -> PriceSeries:
    """Series that follow each other as one; all are of the same kind."""
    decimals = max(one.decimals for one in series)
    scaled = [one if one.decimals == decimals else one.rescaled(decimals) for one in series]
    times = column([time for one in scaled for time in one.times])
    width = len(scaled[0].columns)
    columns = [column([v for one in scaled for v in one.columns[at]]) for at in range(width)]
    return PriceSeries(times, columns, decimals, scaled[0].span)
