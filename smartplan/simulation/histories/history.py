"""A file of prices as one series: in order, without duplicates, every complaint with its line."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta, tzinfo
from io import SEEK_END, BytesIO
from itertools import chain, islice, pairwise
from operator import lt, sub
from pathlib import Path
from typing import Literal

from msgspec import Struct

from smartplan.errors import UsageError
from smartplan.simulation.histories import cache
from smartplan.simulation.histories.contents import contents_of
from smartplan.simulation.histories.moments import read_zone, unit_of
from smartplan.simulation.histories.shapes import OWN, Shape, named
from smartplan.simulation.histories.tables import PriceBlock, TableReader, TableRows
from smartplan.simulation.series import EPOCH, MICROSECOND, PriceSeries, column, in_order
from smartplan.times import utc_text

CandleTime = Literal["open", "close"]
MINUTE = 60_000_000
ENOUGH_STEPS = 1_000


class FileReading(Struct, frozen=True, kw_only=True):
    """How files are to be read: ``zone`` is meant by times that name none, ``columns`` as typed.

    ``candle_time`` says whether a time is when a candle opens or closes.
    """

    zone: str | None = None
    candle_time: CandleTime = "open"
    columns: str | None = None
    cached: bool = True


class History(Struct, frozen=True):
    """The prices of a file; ``told`` says what it was read as, ``warnings`` what is odd in it."""

    file: Path
    series: PriceSeries
    told: str = ""
    warnings: tuple[str, ...] = ()


def read_history(
    file: Path, reading: FileReading | None = None, progress: Callable[[int], None] = lambda _: None
) -> History:
    """The prices in a file, whatever it is; of one that was read before, as they were kept.

    ``progress`` is told how many characters were read. Raises ``UsageError`` naming file and line.
    """
    reading = reading or FileReading()
    zone = read_zone(reading.zone) if reading.zone else None
    columns = named(reading.columns) if reading.columns else {}
    way = (reading.zone, reading.candle_time, reading.columns)
    try:
        with file.open("rb") as stream:
            # What comes through a pipe comes once.
            content = stream if stream.seekable() else BytesIO(stream.read())
            if reading.cached and (kept := cache.load(cache.key_of(content, way))) is not None:
                progress(content.seek(0, SEEK_END))
                warnings = tuple(warning.format(file=file) for warning in kept.warnings)
                return History(file, kept.series, kept.told, warnings)
            content.seek(0)
            data = content.read()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    history = _read(file, data, zone, reading.candle_time, columns, progress)
    if reading.cached:
        braces = [w.replace(str(file), "{file}") for w in history.warnings]
        key = cache.key_of(BytesIO(data), way)
        cache.keep(key, cache.Kept(history.series, history.told, tuple(braces)))
    return history


def _read(
    file: Path,
    data: bytes,
    zone: tzinfo | None,
    candle_time: CandleTime,
    columns: Mapping[str, str],
    progress: Callable[[int], None],
) -> History:
    found = contents_of(file, data, columns)
    reader = TableReader(file, found.shape, zone, found.comma)
    rows = iter(found.rows)
    first = next((some for some in rows if some.cells), TableRows([], []))
    blocks = []
    for block in reader.blocks(chain([first], rows)):
        progress(block.size)
        blocks.append(block)
    if not blocks:
        raise UsageError(f"{file}: there are no prices in it", hint="one line per tick or candle")
    unit = unit_of(first.cells[0][found.shape.time])
    checked = _Checked(file, found.shape, blocks, candle_time)
    return History(file, checked.series, checked.told(unit), tuple(checked.warnings))


class _Checked:
    """Blocks put in order: turned round, duplicates left out, gaps counted."""

    def __init__(
        self, file: Path, shape: Shape, blocks: Sequence[PriceBlock], candle_time: CandleTime
    ) -> None:
        self._file = file
        self._shape = shape
        self.warnings: list[str] = []
        self._lines = [line for block in blocks for line in block.lines]
        series = in_order([PriceSeries(b.times, b.columns, b.decimals, None) for b in blocks])
        self._times, self._columns = list(series.times), [list(c) for c in series.columns]
        back = sum(step < 0 for step in self._steps())
        self._turned = back > len(self._times) // 2
        if self._turned:
            for values in (self._times, self._lines, *self._columns):
                values.reverse()
        if not all(map(lt, self._times, islice(self._times, 1, None))):
            self._leave_out_duplicates()
        span = self._span() if shape.candles else None
        self._check_order(span)
        if span is not None:
            self._check_gaps(span)
            if candle_time == "close":
                self._times = [time - span for time in self._times]
        lasts = None if span is None else timedelta(microseconds=span)
        columns = [column(values) for values in self._columns]
        self.series = PriceSeries(column(self._times), columns, series.decimals, lasts)

    def told(self, unit: str) -> str:
        """One line of what it is; nothing for our own."""
        if self._shape.name == OWN and not self._turned:
            return ""
        kind = "candles" if self._shape.candles else "ticks"
        count = f"{len(self._times):,} {kind}"
        first, last = (utc_text(self.series.time(row)) for row in (0, -1))
        parts = [self._shape.name, unit, count, "newest first" if self._turned else ""]
        return f"read as {', '.join(filter(None, parts))}, {first} to {last} UTC"

    def _leave_out_duplicates(self) -> None:
        """TableRows that say the same of the same time again; what contradicts is refused later."""
        rows = list(zip(self._times, *self._columns, strict=True))
        again = [at for at, (before, row) in enumerate(pairwise(rows), 1) if before == row]
        if not again or not self._shape.candles:
            return
        count, line = len(again), self._lines[again[0]]
        rest = f", and {count - 1} more" if count > 1 else ""
        self.warnings.append(f"{self._file}:{line}: the same row twice{rest}: left out")
        out = frozenset(again)
        for values in (self._times, self._lines, *self._columns):
            values[:] = [value for at, value in enumerate(values) if at not in out]

    def _steps(self) -> Iterator[int]:
        return map(sub, islice(self._times, 1, None), self._times)

    def _span(self) -> int:
        """The commonest step; of equally common ones the smallest."""
        counted = Counter(step for step in islice(self._steps(), ENOUGH_STEPS) if step > 0)
        if not counted:
            return MINUTE
        return min(counted, key=lambda step: (-counted[step], step))

    def _check_order(self, span: int | None) -> None:
        least = span or 0
        if all(step >= least for step in self._steps()):
            return
        at = next(at for at, step in enumerate(self._steps(), 1) if step < least)
        step = timedelta(microseconds=self._times[at] - self._times[at - 1])
        goes = step < timedelta()
        wrong = "goes back in time" if goes else f"comes {step} after the line before"
        lasts = f", but candles last {timedelta(microseconds=least)}" if least and not goes else ""
        moment = EPOCH + self._times[at] * MICROSECOND
        raise UsageError(
            f"{self._file}:{self._lines[at]}: {utc_text(moment)} UTC {wrong}{lasts}",
            hint="the lines must stand in order of time; local times repeat an hour in autumn",
        )

    def _check_gaps(self, span: int) -> None:
        gaps = [at for at, step in enumerate(self._steps(), 1) if step > span]
        if not gaps:
            return
        missing = timedelta(microseconds=self._times[gaps[0]] - self._times[gaps[0] - 1] - span)
        rest = f", and {len(gaps) - 1} more" if len(gaps) > 1 else ""
        line = self._lines[gaps[0]]
        self.warnings.append(f"{self._file}:{line}: a gap of {missing} before it{rest}")
