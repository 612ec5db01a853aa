"""A CSV of prices as blocks of ticks or candles: streamed, checked, every complaint with its line.

Fast accept, slow explain: a block of lines is converted at once, and only one that does not fit is
looked at cell by cell for the message.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from itertools import compress, pairwise
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

from smartplan.errors import UsageError
from smartplan.times import utc_text

TICKS = ("ts", "bid", "ask", "last")
CANDLES = ("ts", "open", "high", "low", "close")
CandleTime = Literal["open", "close"]

BLOCK_CHARACTERS = 100_000
MINUTE = timedelta(minutes=1)
NOTHING = timedelta(0)
HIGHEST = Decimal("1e20")
EARLIEST = 100_000_000
"""Smaller whole numbers are no epoch time: 20260101 is a date in a form that says no zone."""
MILLISECONDS = 100_000_000_000
"""Epoch numbers from here on count milliseconds: as seconds they would mean the year 5138."""

_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})", re.ASCII)


class PriceRow(NamedTuple):
    """One line: when (UTC), and ``bid, ask, last`` or ``open, high, low, close``."""

    time: datetime
    prices: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class PriceBlock:
    """Rows that follow each other in time, and how many characters of the file they took."""

    rows: Sequence[PriceRow]
    size: int


@dataclass(frozen=True, slots=True)
class History:
    """Prices in a file. ``span`` is how long a candle lasts, ``None`` for ticks."""

    file: Path
    span: timedelta | None
    candle_time: CandleTime
    columns: tuple[int, ...]
    zone: tzinfo | None

    def blocks(self) -> Iterator[PriceBlock]:
        """The rows in order of time; a candle's time is when it opens.

        Raises ``UsageError`` naming file and line: no number, no time, times that go backwards,
        a high below the low.
        """
        shift = self.span if self.span and self.candle_time == "close" else NOTHING
        last: datetime | None = None
        for block, numbers in _blocks(self):
            _check_order(self, block.rows, numbers, last)
            if shift:
                moved = [PriceRow(row.time - shift, row.prices) for row in block.rows]
                block = PriceBlock(moved, block.size)
            if block.rows:
                last = block.rows[-1].time + shift
            yield block


def open_history(
    file: Path, *, zone: str | None = None, candle_time: CandleTime = "open"
) -> History:
    """The prices in a CSV of ticks (``ts,bid,ask,last``) or candles (``ts,open,high,low,close``).

    ``zone`` (``UTC``, ``+02:00``, ``Europe/Berlin``) is meant by times that name none;
    ``candle_time`` says whether ``ts`` is when a candle opens or closes. Raises ``UsageError``.
    """
    with _opened(file) as stream:
        header = _cells(stream.readline())
    columns, candles = _layout(header, file)
    history = History(file, None, candle_time, columns, read_zone(zone) if zone else None)
    first = next((block for block, _ in _blocks(history)), None)
    if first is None or not first.rows:
        raise UsageError(f"{file}: there are no prices in it", hint="one line per tick or candle")
    if not candles:
        return history
    times = [row.time for row in first.rows]
    steps = [later - earlier for earlier, later in pairwise(times)]
    span = min((step for step in steps if step > NOTHING), default=MINUTE)
    return History(file, span, candle_time, columns, history.zone)


def read_zone(text: str) -> tzinfo:
    """A time zone by its name or its distance from UTC. Raises ``UsageError``."""
    if text.upper() in {"UTC", "Z"}:
        return UTC
    offset = _OFFSET.fullmatch(text)
    if offset is not None:
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        if ahead < timedelta(hours=24):
            return timezone(-ahead if offset[1] == "-" else ahead)
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise UsageError(
            f"{text} is no known time zone", hint="for example UTC, +02:00 or Europe/Berlin"
        ) from None


def _opened(file: Path) -> TextIO:
    try:
        return file.open(encoding="utf-8-sig", errors="replace", newline="")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None


def _layout(header: Sequence[str], file: Path) -> tuple[tuple[int, ...], bool]:
    """The columns of the prices, with that of the time first, and whether they are candles."""
    names = [name.strip().lower() for name in header]
    for wanted in (CANDLES, TICKS):
        if all(names.count(name) == 1 for name in wanted):
            return tuple(names.index(name) for name in wanted), wanted is CANDLES
    raise UsageError(
        f"{file}:1: its first line must name the columns: "
        f"{','.join(CANDLES)}[,volume] for candles, {','.join(TICKS)} for ticks",
    )


def _blocks(history: History) -> Iterator[tuple[PriceBlock, Sequence[int]]]:
    """Blocks as they stand in the file, with the line number of every row."""
    reader = _RowReader(history.file, history.columns, history.zone)
    with _opened(history.file) as stream:
        stream.readline()
        line = 1
        while lines := stream.readlines(BLOCK_CHARACTERS):
            size, numbers = sum(map(len, lines)), list(range(line + 1, line + len(lines) + 1))
            line += len(lines)
            if not all(map(str.strip, lines)):
                # Empty lines are nothing to complain about, but they count.
                filled = [text.strip() != "" for text in lines]
                lines, numbers = list(compress(lines, filled)), list(compress(numbers, filled))
            yield PriceBlock(reader.rows(lines, numbers), size), numbers


def _check_order(
    history: History, rows: Sequence[PriceRow], numbers: Sequence[int], last: datetime | None
) -> None:
    least = history.span or NOTHING
    for row, number in zip(rows, numbers, strict=True):
        if last is not None and row.time - last < least:
            gap = row.time - last
            wrong = "goes back in time" if gap < NOTHING else f"comes {gap} after the line before"
            lasts = f", but candles last {least}" if least and gap >= NOTHING else ""
            raise UsageError(
                f"{history.file}:{number}: {utc_text(row.time)} UTC {wrong}{lasts}",
                hint="the lines must stand in order of time; local times repeat an hour in autumn",
            )
        last = row.time


@dataclass(frozen=True, slots=True)
class _RowReader:
    """Lines to rows."""

    file: Path
    columns: tuple[int, ...]
    zone: tzinfo | None

    def rows(self, lines: Sequence[str], numbers: Sequence[int]) -> list[PriceRow]:
        try:
            return self._fast(lines)
        except (ArithmeticError, ValueError, IndexError, OSError, csv.Error):
            return [self._slow(line, at) for line, at in zip(lines, numbers, strict=True)]

    def _fast(self, lines: Sequence[str]) -> list[PriceRow]:
        text = "".join(lines)
        # Decimal takes `_` and full-width digits; csv joins lines inside quotes.
        if not text.isascii() or "_" in text:
            raise ValueError
        table = csv.reader(lines)
        convert = self._ticks if len(self.columns) == len(TICKS) else self._candles
        rows = list(convert(table))
        if len(rows) != len(lines):
            raise ValueError
        return rows

    def _candles(self, table: Iterable[Sequence[str]]) -> Iterator[PriceRow]:
        time, a, b, c, d = self.columns
        for cells in table:
            opens, high = Decimal(cells[a]), Decimal(cells[b])
            low, close = Decimal(cells[c]), Decimal(cells[d])
            if not (0 < low <= opens <= high < HIGHEST and low <= close <= high):
                raise ValueError
            yield PriceRow(self._time(cells[time]), (opens, high, low, close))

    def _ticks(self, table: Iterable[Sequence[str]]) -> Iterator[PriceRow]:
        time, a, b, c = self.columns
        for cells in table:
            bid, ask, last = Decimal(cells[a]), Decimal(cells[b]), Decimal(cells[c])
            if not (0 < bid <= ask < HIGHEST and 0 < last < HIGHEST):
                raise ValueError
            yield PriceRow(self._time(cells[time]), (bid, ask, last))

    def _time(self, text: str) -> datetime:
        text = text.strip()
        if text.isdigit():
            number = int(text)
            if number < EARLIEST:
                raise ValueError
            seconds, rest = divmod(number, 1000) if number >= MILLISECONDS else (number, 0)
            return datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=rest)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            if self.zone is None:
                raise _NoZoneError
            moment = moment.replace(tzinfo=self.zone)
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)

    def _slow(self, line: str, number: int) -> PriceRow:
        """The row of one line, or what is wrong with it."""
        at, cells = f"{self.file}:{number}:", _cells(line)
        if len(cells) <= max(self.columns):
            raise UsageError(f"{at} {len(cells)} columns are too few")
        names = TICKS if len(self.columns) == len(TICKS) else CANDLES
        found = {
            name: cells[place].strip() for name, place in zip(names, self.columns, strict=True)
        }
        self._check_time(at, found.pop("ts"))
        for name, text in found.items():
            if not _NUMBER.fullmatch(text) or not 0 < Decimal(text) < HIGHEST:
                raise UsageError(
                    f"{at} {name} is `{text[:40]}`, not a price",
                    hint="a number above 0 such as 61250.5",
                )
        _check_prices(at, {name: Decimal(text) for name, text in found.items()})
        convert = self._ticks if names is TICKS else self._candles
        return next(convert([cells]))

    def _check_time(self, at: str, text: str) -> None:
        try:
            self._time(text)
        except _NoZoneError:
            raise UsageError(
                f"{at} the time {text} has no time zone", hint="name the one it is in: --tz UTC"
            ) from None
        except (ValueError, OverflowError, OSError):
            raise UsageError(
                f"{at} ts is `{text[:40]}`, not a time",
                hint="for example 2026-11-22T14:05:00Z, or seconds since 1970",
            ) from None


class _NoZoneError(ValueError):
    """A local time, and nobody said where."""


def _check_prices(at: str, prices: Mapping[str, Decimal]) -> None:
    if "bid" in prices and prices["bid"] > prices["ask"]:
        raise UsageError(f"{at} the bid {prices['bid']} is above the ask {prices['ask']}")
    for name in ("open", "close", "low"):
        if name in prices and prices[name] > prices["high"]:
            raise UsageError(f"{at} the {name} {prices[name]} is above the high {prices['high']}")
        if name in prices and prices[name] < prices["low"]:
            raise UsageError(f"{at} the {name} {prices[name]} is below the low {prices['low']}")


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []
