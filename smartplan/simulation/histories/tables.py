"""TableRows of text to columns of whole numbers: fast where all is well, slow where it is not.

A block of rows is converted at once, and only one that does not fit is looked at cell by cell.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from decimal import Decimal
from operator import le
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from smartplan.errors import UsageError
from smartplan.simulation.histories.moments import NoZoneError, microseconds
from smartplan.simulation.histories.shapes import CANDLES, Shape

HIGHEST = Decimal("1e20")
MOST_DECIMALS = 18
_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?", re.ASCII)


class TableRows(NamedTuple):
    """Rows of cells that follow each other, their line numbers, and their size in characters."""

    cells: Sequence[Sequence[str]]
    lines: Sequence[int]
    size: int = 0


class PriceBlock(NamedTuple):
    """TableRows as numbers: times in microseconds, prices times 10 ** ``decimals``."""

    times: list[int]
    columns: list[list[int]]
    decimals: int
    lines: Sequence[int]
    size: int


class TableReader(Struct, frozen=True):
    """TableRows of one file to blocks. ``comma`` says that decimals stand behind a comma."""

    file: Path
    shape: Shape
    zone: tzinfo | None
    comma: bool = False

    def blocks(self, rows: Iterator[TableRows]) -> Iterator[PriceBlock]:
        """Raises ``UsageError`` naming file and line of what cannot be used."""
        for some in rows:
            if some.cells:
                yield self._block(some)

    def _block(self, rows: TableRows) -> PriceBlock:
        try:
            return self._fast(rows)
        except (ArithmeticError, ValueError, IndexError, OSError):
            self._explain(rows)
            return self._slow(rows)

    def _fast(self, rows: TableRows) -> PriceBlock:
        if set(map(len, rows.cells)) != {self.shape.width}:
            raise ValueError
        table = list(zip(*rows.cells, strict=True))
        prices: list[Sequence[str]] = [table[place] for place in self.shape.prices]
        if self.comma:
            prices = [[cell.replace(",", ".") for cell in cells] for cells in prices]
        return self._made(rows, table[self.shape.time], prices)

    def _slow(self, rows: TableRows) -> PriceBlock:
        cells = [_padded(row, self.shape.width) for row in rows.cells]
        table = list(zip(*cells, strict=True))
        prices = [[self._price(cell) for cell in table[place]] for place in self.shape.prices]
        return self._made(rows, [cell.strip() for cell in table[self.shape.time]], prices)

    def _made(
        self, rows: TableRows, times: Sequence[str], prices: Sequence[Sequence[str]]
    ) -> PriceBlock:
        found = microseconds(times, self._zone)
        columns, decimals = _scaled(prices)
        if not _sane(columns, candles=self.shape.candles):
            raise ValueError
        return PriceBlock(found, columns, decimals, rows.lines, rows.size)

    @property
    def _zone(self) -> tzinfo | None:
        return UTC if self.zone is None and self.shape.local_utc else self.zone

    def _price(self, cell: str) -> str:
        cell = cell.strip()
        return cell.replace(",", ".") if self.comma else cell

    def _explain(self, rows: TableRows) -> None:
        """Raises ``UsageError`` for the first row that cannot be used."""
        for cells, line in zip(rows.cells, rows.lines, strict=True):
            self._check_row(f"{self.file}:{line}:", cells)

    def _check_row(self, at: str, cells: Sequence[str]) -> None:
        shape = self.shape
        if len(cells) <= max(shape.time, *shape.prices) or len(cells) < shape.width - 1:
            raise UsageError(f"{at} {len(cells)} columns are too few, the table has {shape.width}")
        spare = cells[shape.width :]
        if len(spare) > 1 or any(cell.strip() for cell in spare):
            raise UsageError(f"{at} {len(cells)} columns are too many, the table has {shape.width}")
        self._check_time(at, cells[shape.time].strip())
        found = {}
        for name, place in zip(shape.names, shape.prices, strict=True):
            text = self._price(cells[place])
            if not _NUMBER.fullmatch(text) or not 0 < Decimal(text) < HIGHEST:
                raise UsageError(
                    f"{at} {name} is `{text[:40]}`, not a price",
                    hint="a number above 0 such as 61250.5",
                )
            found[name] = Decimal(text)
        _check_prices(at, found)

    def _check_time(self, at: str, text: str) -> None:
        try:
            microseconds([text], self._zone)
        except NoZoneError:
            raise UsageError(
                f"{at} the time {text} has no time zone", hint="name the one it is in: --tz UTC"
            ) from None
        except (ValueError, ArithmeticError, OSError):
            raise UsageError(
                f"{at} ts is `{text[:40]}`, not a time",
                hint="for example 2026-11-22T14:05:00Z, or seconds since 1970",
            ) from None


def _padded(row: Sequence[str], width: int) -> Sequence[str]:
    """A row may end with a separator too many or too few: nothing is read from there."""
    return [*row, *[""] * (width - len(row))][:width]


def _scaled(prices: Sequence[Sequence[str]]) -> tuple[list[list[int]], int]:
    """Prices as whole numbers, and how many decimals they have now."""
    first = prices[0][0]
    decimals = len(first.partition(".")[2])
    alike = re.compile(rf"(?:[0-9]+\.[0-9]{{{decimals}}} )*" if decimals else r"(?:[0-9]+ )*", re.A)
    columns = []
    for cells in prices:
        text = " ".join(cells) + " "
        if not alike.fullmatch(text):
            return _scaled_each(prices)
        columns.append(list(map(int, text.replace(".", "").split(" ")[:-1])))
    return columns, decimals


def _scaled_each(prices: Sequence[Sequence[str]]) -> tuple[list[list[int]], int]:
    if not "".join(map("".join, prices)).isascii() or any("_" in c for cs in prices for c in cs):
        raise ValueError
    numbers = [[Decimal(cell) for cell in cells] for cells in prices]
    decimals = 0
    for column in numbers:
        if not all(number.is_finite() and 0 < number < HIGHEST for number in column):
            raise ValueError
        exponents = [int(number.as_tuple().exponent) for number in column]
        decimals = max(decimals, -min(exponents))
    if decimals > MOST_DECIMALS:
        numbers = [[number.normalize() for number in column] for column in numbers]
        decimals = max(-int(n.as_tuple().exponent) for column in numbers for n in column)
    factor = 10**decimals
    return [[int(number * factor) for number in column] for column in numbers], decimals


def _sane(columns: Sequence[Sequence[int]], *, candles: bool) -> bool:
    if candles:
        opens, highs, lows, closes = columns
        return (
            min(lows) > 0
            and all(map(le, lows, opens))
            and all(map(le, opens, highs))
            and all(map(le, lows, closes))
            and all(map(le, closes, highs))
        )
    bids, asks, lasts = columns
    return min(bids) > 0 and min(lasts) > 0 and all(map(le, bids, asks))


def _check_prices(at: str, prices: Mapping[str, Decimal]) -> None:
    if "bid" in prices and prices["bid"] > prices["ask"]:
        raise UsageError(f"{at} the bid {prices['bid']} is above the ask {prices['ask']}")
    if not all(name in prices for name in CANDLES):
        return
    for name in ("open", "close", "low"):
        if prices[name] > prices["high"]:
            raise UsageError(f"{at} the {name} {prices[name]} is above the high {prices['high']}")
        if prices[name] < prices["low"]:
            raise UsageError(f"{at} the {name} {prices[name]} is below the low {prices['low']}")
