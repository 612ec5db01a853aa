"""Columns of text under each other."""

from collections.abc import Sequence

from smartplan.report.clean import clean, width


def table(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """One line per row, the first being the head; ``right`` are columns of figures."""
    cells = [[clean(cell) for cell in row] for row in rows]
    sizes = [max(map(width, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(_padded(row, sizes, right)).rstrip() for row in cells]


def _padded(row: Sequence[str], sizes: Sequence[int], right: frozenset[int]) -> list[str]:
    padded = []
    for number, (cell, size) in enumerate(zip(row, sizes, strict=True)):
        blank = " " * (size - width(cell))
        padded.append(blank + cell if number in right else cell + blank)
    return padded
