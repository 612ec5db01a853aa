"""What is in a file, whatever it is packed in: rows of cells, and the shape they have."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO, NoReturn

from msgspec import Struct
from msgspec.structs import replace

from smartplan.errors import UsageError
from smartplan.simulation.histories.shapes import CANDLES, Shape, headless, of_header
from smartplan.simulation.histories.tables import TableRows

BLOCK_CHARACTERS = 100_000
BLOCK_ROWS = 2_000
LINES_BEFORE = 8
"""How many lines of remarks may stand before a header."""
LARGEST = 4 << 30
"""Bytes that a packed file may come to."""
_SEPARATORS = ",;\t|"


class Contents(Struct, frozen=True):
    """The rows of a file with their shape; ``comma`` says that decimals stand behind a comma."""

    shape: Shape
    rows: Iterator[TableRows]
    comma: bool = False


def contents_of(file: Path, data: bytes, columns: Mapping[str, str]) -> Contents:
    """What a file holds. Raises ``UsageError`` for what is no file of prices."""
    packing = ""
    if data[:2] == b"\x1f\x8b":
        packing, data = "gzip", _unzipped(file, gzip.GzipFile(fileobj=io.BytesIO(data)))
    elif data[:4] == b"PK\x03\x04":
        packing, data = "zip", _member(file, data)
    if data[:4] == b"PAR1" or data[:6] == b"ARROW1" or data[:4] == b"FEA1":
        from smartplan.simulation.histories.arrow import rows_of

        shape, rows = rows_of(file, data, columns)
        return Contents(_packed(shape, packing), rows)
    if data[:1] in {b"[", b"{"} or data.lstrip()[:1] in {b"[", b"{"}:
        return Contents(
            _packed(Shape("ccxt or freqtrade JSON", 0, (1, 2, 3, 4), 6), packing),
            _json_rows(file, data),
        )
    found = _delimited(file, data, columns)
    return Contents(_packed(found.shape, packing), found.rows, found.comma)


def _packed(shape: Shape, packing: str) -> Shape:
    return replace(shape, name=f"{shape.name} in {packing}") if packing else shape


def _unzipped(file: Path, stream: gzip.GzipFile | IO[bytes]) -> bytes:
    try:
        data = stream.read(LARGEST + 1)
    except (OSError, EOFError, zipfile.BadZipFile, ValueError) as error:
        raise UsageError(f"{file}: cannot be unpacked: {error}") from None
    if len(data) > LARGEST:
        raise UsageError(f"{file}: unpacked it has more than {LARGEST >> 30} GiB")
    return data


def _member(file: Path, data: bytes) -> bytes:
    try:
        packed = zipfile.ZipFile(io.BytesIO(data))
        names = [info.filename for info in packed.infolist() if not info.is_dir()]
        if len(names) != 1:
            raise UsageError(
                f"{file}: one file is expected in it, there are {len(names)}",
                hint="unpack it, and name the one that is meant",
            )
        with packed.open(names[0]) as stream:
            return _unzipped(file, stream)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise UsageError(f"{file}: cannot be unpacked: {error}") from None


def _json_rows(file: Path, data: bytes) -> Iterator[TableRows]:
    def refuse(what: str) -> NoReturn:
        raise UsageError(
            f"{file}: {what}", hint="a list of [time, open, high, low, close, volume] is expected"
        )

    try:
        listed = json.loads(data, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        refuse("it begins like JSON, but is none")
    if not isinstance(listed, list):
        refuse("it is JSON, but not a list of candles")
    for start in range(0, len(listed), BLOCK_ROWS):
        some = listed[start : start + BLOCK_ROWS]
        for at, row in enumerate(some, start + 1):
            if not isinstance(row, list) or not len(CANDLES) < len(row) <= len(CANDLES) + 2:
                raise UsageError(f"{file}: entry {at} is no candle: `{str(row)[:60]}`")
        cells = [["" if c is None else str(c) for c in [*row, ""][:6]] for row in some]
        yield TableRows(cells, range(start + 1, start + len(some) + 1), 60 * len(some))


def _delimited(file: Path, data: bytes, columns: Mapping[str, str]) -> Contents:
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    stream = io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace", newline="")
    before = list(islice(stream, LINES_BEFORE))
    separator = _separator(before)
    head = _head(before, separator)
    first = _cells(before[head], separator) if before else []
    shape = headless(first) if not columns else None
    start = head
    if shape is None:
        start = head + 1
        if _stacked(before[head + 1 : head + 3]):
            first, start = ["Date", *first[1:]], head + 3
        shape = of_header(first, file, head + 1, columns)
        if start == head + 3:
            shape = replace(shape, name="Yahoo", local_utc=True)
    lines = chain(before[start:], stream)
    comma = separator == ";" and any("," in line and "." not in line for line in before[start:])
    return Contents(shape, _rows(lines, start + 1, separator), comma)


def _stacked(below: Sequence[str]) -> bool:
    """Whether ticker and time have lines of their own below the header, as yfinance writes them."""
    return [line.partition(",")[0] for line in below] == ["Ticker", "Date"]


def _separator(lines: Sequence[str]) -> str:
    """The sign that parts most of the first lines alike."""
    last = lines[-1] if lines else ""
    return max(_SEPARATORS, key=last.count)


def _head(lines: Sequence[str], separator: str) -> int:
    """Where the header is: the first line with as many cells as the others."""
    widths = [len(_cells(line, separator)) for line in lines]
    if len(widths) < 2 or widths[0] > 1:
        return 0
    return next((at for at, width in enumerate(widths) if width == widths[-1] and width > 1), 0)


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def _rows(lines: Iterable[str], first: int, separator: str) -> Iterator[TableRows]:
    stream, line = iter(lines), first
    while some := list(_enough(stream)):
        size, numbers = sum(map(len, some)), range(line, line + len(some))
        line += len(some)
        filled: Sequence[int] = numbers
        if not all(map(str.strip, some)):
            # Empty lines are nothing to complain about, but they count.
            filled = [at for at, text in zip(numbers, some, strict=True) if text.strip()]
            some = [text for text in some if text.strip()]
        try:
            cells = list(csv.reader(some, delimiter=separator))
        except csv.Error:
            cells = []
        if len(cells) != len(some):  # csv joins lines inside quotes
            cells = [_cells(text, separator) for text in some]
        yield TableRows(cells, filled, size)


def _enough(stream: Iterator[str]) -> Iterable[str]:
    return islice(stream, BLOCK_ROWS)
