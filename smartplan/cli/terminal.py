"""What is shown on a terminal: colours, and what drawings are made of."""

import os
import sys

from smartplan.report.appearance import PLAIN, UNICODE, Characters, Look, Palette

_NARROWEST = 40
"""Columns below which nothing is folded any more."""


def wants_colour(choice: str = "auto", *, err: bool = False) -> bool:
    """Colour on a terminal unless NO_COLOR; ``--color`` decides over both."""
    if choice != "auto":
        return choice == "always"
    stream = sys.stderr if err else sys.stdout
    return stream.isatty() and not os.environ.get("NO_COLOR")


def look(
    colour: bool, *, whole: bool = False, every_path: bool = False, full_risk: bool = False
) -> Look:
    """How text is shown on stdout: as wide as its terminal, and if ``whole`` as high."""
    if not sys.stdout.isatty():
        return Look(colour, every_path, characters(), full_risk)
    wide, high = _size()
    return Look(colour, every_path, characters(), full_risk, wide, high if whole else None)


def columns(*, err: bool = False) -> int | None:
    """How wide the terminal is; None where there is none."""
    stream = sys.stderr if err else sys.stdout
    return _size(err=err)[0] if stream.isatty() else None


def _size(*, err: bool = False) -> tuple[int, int]:
    """What ``COLUMNS`` and ``LINES`` say, else the terminal; 80 × 24 where neither does."""
    try:
        found = os.get_terminal_size(2 if err else 1)
    except OSError:
        found = os.terminal_size((0, 0))
    said = (os.environ.get("COLUMNS", ""), os.environ.get("LINES", ""))
    wide, high = (int(text) if text.isdecimal() and text.isascii() else 0 for text in said)
    return max(wide or found.columns or 80, _NARROWEST), max(high or found.lines or 24, 1)


def palette() -> Palette:
    """For commands that take no ``--color``."""
    return Palette(wants_colour())


def characters() -> Characters:
    """Line drawing on a terminal that can show it; plain characters in CI, pipes and files."""
    if os.environ.get("CI") or not sys.stdout.isatty():
        return PLAIN
    try:
        UNICODE.sample.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return UNICODE
