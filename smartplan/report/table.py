"""Rows to aligned columns."""

from collections.abc import Sequence

from smartplan.report.foreign_text import clean, width

_GAP = "  "


def columns(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> list[str]:
    """One line a row, cleaned; the columns whose numbers are in ``right`` end on one line."""
    cleaned = [[clean(cell) for cell in row] for row in rows]
    count = max(map(len, cleaned), default=0)
    widths = [
        max((width(row[at]) for row in cleaned if at < len(row)), default=0) for at in range(count)
    ]
    return [_line(row, widths, right) for row in cleaned]


def _line(row: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    cells = []
    for at, cell in enumerate(row):
        blank = " " * (widths[at] - width(cell))
        cells.append(blank + cell if at in right else cell + blank)
    return _GAP.join(cells).rstrip()
