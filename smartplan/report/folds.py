"""Long lines in the columns that a terminal has: broken where it reads well, never in a command."""

import re
from collections.abc import Iterator

from smartplan.report.foreign_text import width

_STYLE = r"\x1b\[[0-9;]*m"
_BETWEEN = r"(?<= ·)(?= )"
_LISTED = r"(?<=[,.])(?= )"
_SHORT = 30
"""Characters of the longest item of a line that is one list: ``Changes: 1 to create, 0 to …``."""
_WORD = r"(\s*)((?:`[^`]*`|\S)+)"
_DEEPER = 4


def fold(text: str, columns: int | None) -> str:
    """Each line in so many ``columns``, what follows further in; as it is without a terminal.

    Breaks come between figures (`` · ``) where there are any, else between words. What stands in
    backticks is a command to be pasted, and stays in one piece.
    """
    if columns is None:
        return text
    return "\n".join(part for line in text.split("\n") for part in folded(line, columns))


def folded(line: str, columns: int) -> list[str]:
    """The same of one line."""
    if _shown(line) <= columns:
        return [line]
    deeper = min(len(line) - len(line.lstrip(" ")) + _DEEPER, columns // 2)
    done, current = [], ""
    for gap, part in _parts(line, columns - deeper):
        if current.strip() and _shown(current + gap + part) > columns:
            done.append(current.rstrip())
            current = " " * deeper + part
        else:
            current += gap + part
    return [*done, current]


def _parts(line: str, room: int) -> Iterator[tuple[str, str]]:
    """What is kept together, and the blanks before it."""
    listed = re.split(_LISTED, line)
    for figure in listed if max(map(len, listed)) <= _SHORT else re.split(_BETWEEN, line):
        text = figure.lstrip(" ")
        gap = figure[: len(figure) - len(text)]
        if gap and _shown(text) <= room:
            yield gap, text
        else:
            yield from ((word[1], word[2]) for word in re.finditer(_WORD, figure))


def _shown(text: str) -> int:
    return width(re.sub(_STYLE, "", text))
