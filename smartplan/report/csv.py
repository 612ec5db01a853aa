"""Rows as CSV that no spreadsheet takes for more than text and numbers."""

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from smartplan.report.envelope import plain
from smartplan.report.foreign_text import clean

_FORMULA = frozenset("=+-@\u2212\t\r")
"""What a formula begins with, also in its wide, small and raised forms (NFKC)."""
_NEW_CELL = re.compile(r"(?<=[;|])\s*(?=\S)")
"""Where a spreadsheet of another country, which parts cells by another sign, begins a cell."""


def csv_text(
    columns: Sequence[str],
    rows: Iterable[Mapping[str, object]],
    numbers: Collection[str] = (),
    *,
    decimals: int | None = None,
) -> str:
    """A head and a line a row; ``None`` is empty. Text like a formula gets an apostrophe.

    ``numbers`` are the columns whose values we made ourselves; ``decimals`` as in JSON.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name), name in numbers, decimals) for name in columns])
    return out.getvalue()


def _cell(value: object, number: bool, decimals: int | None) -> str:
    if value is None:
        return ""
    figure = isinstance(value, Decimal | datetime)
    text = clean(plain(value, decimals) if figure else str(value))
    if number:
        return text
    guarded = _NEW_CELL.sub(lambda gap: gap[0] + _guard(text[gap.end() :]), text)
    return _guard(text) + guarded


def _guard(text: str) -> str:
    first = unicodedata.normalize("NFKC", text.lstrip().lstrip("\"'").lstrip()[:1])
    return "'" if first and first in _FORMULA else ""
