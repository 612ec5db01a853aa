"""Rows to aligned columns."""

from collections.abc import Sequence

from smartplan.report.foreign_text import clean, width

_GAP = "  "


def fitted(
    rows: Sequence[Sequence[str]],
    most: int | None,
    spare: Sequence[int] = (),
    *,
    right: frozenset[int] = frozenset(),
) -> list[str] | None:
    """The same in ``most`` columns of a terminal: what can be spared goes, the first first.

    ``None`` where even what is left does not fit.
    """
    for dropped in range(len(spare) + 1):
        kept = [at for at in range(len(rows[0])) if at not in spare[:dropped]]
        aligned = frozenset(new for new, at in enumerate(kept) if at in right)
        lines = columns([[row[at] for at in kept] for row in rows], right=aligned)
        if most is None or max(map(width, lines)) <= most:
            return lines
    return None


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
