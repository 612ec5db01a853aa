"""Lines with styles as an SVG that looks the same everywhere: a terminal, or a comment."""

import html
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from smartplan.report.foreign_text import width

CELL, LINE, MARGIN = 8.4, 19, 16
_SGR = re.compile(r"\x1b\[([0-9;]*)m")
_CODES = {
    "1": "bold",
    "2": "dim",
    "31": "red",
    "32": "green",
    "33": "yellow",
    "34": "blue",
    "36": "cyan",
}


class Theme(Struct, frozen=True):
    """Colours: of the ground, of plain text, and of each style."""

    ground: str
    edge: str
    text: str
    styles: dict[str, str]


DARK = Theme(
    "#161b22", "#30363d", "#d1d7e0",
    {"red": "#ff7b72", "green": "#56d364", "yellow": "#e3b341", "blue": "#79c0ff",
     "cyan": "#76e3ea", "dim": "#7d8590"},
)  # fmt: skip
LIGHT = Theme(
    "#ffffff", "#d1d9e0", "#1f2328",
    {"red": "#cf222e", "green": "#1a7f37", "yellow": "#9a6700", "blue": "#0969da",
     "cyan": "#1b7c83", "dim": "#59636e"},
)  # fmt: skip

Span = tuple[str, frozenset[str]]
"""A piece of a line, and its styles."""


def spans(line: str) -> list[Span]:
    """A line that was painted for a terminal."""
    found: list[Span] = []
    styles: frozenset[str] = frozenset()
    at = 0
    for code in _SGR.finditer(line):
        found.append((line[at : code.start()], styles))
        codes = [c for c in code[1].split(";") if c]
        styles = frozenset(_CODES[c] for c in codes if c in _CODES)
        at = code.end()
    found.append((line[at:], styles))
    return [span for span in found if span[0]]


def drawing(lines: Sequence[Sequence[Span]], title: str, theme: Theme) -> str:
    """The picture; every piece of text has the width that its characters take on a terminal."""
    columns = max((sum(width(text) for text, _ in line) for line in lines), default=0)
    wide, high = round(columns * CELL + 2 * MARGIN), len(lines) * LINE + 2 * MARGIN
    drawn = [text for number, line in enumerate(lines) for text in _line(line, number, theme)]
    font = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
    size = f'viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"'
    ground = f'fill="{theme.ground}" stroke="{theme.edge}"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-size="14"',
        f'  font-family="{font}">',
        f"<title>{html.escape(title)}</title>",
        f'<rect x="0.5" y="0.5" width="{wide - 1}" height="{high - 1}" rx="8" {ground}/>',
    ]
    return "\n".join([*head, *drawn, "</svg>\n"])


def _line(line: Sequence[Span], number: int, theme: Theme) -> Iterator[str]:
    column, y = 0, MARGIN + number * LINE + 14
    for text, styles in line:
        taken = width(text)
        if text.strip():
            lead = width(text) - width(text.lstrip(" "))
            x, size = MARGIN + (column + lead) * CELL, width(text.strip(" ")) * CELL
            colour = next(
                (theme.styles[s] for s in sorted(styles) if s in theme.styles), theme.text
            )
            weight = ' font-weight="bold"' if "bold" in styles else ""
            yield (
                f'<text x="{x:.1f}" y="{y}" fill="{colour}"{weight} textLength="{size:.1f}"'
                f' xml:space="preserve">{html.escape(text.strip(" "))}</text>'
            )
        column += taken
