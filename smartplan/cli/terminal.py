"""What is shown on a terminal: colours, and what drawings are made of."""

import os
import sys

from smartplan.report.appearance import PLAIN, UNICODE, Characters, Palette


def wants_colour(choice: str = "auto", *, err: bool = False) -> bool:
    """Colour on a terminal unless NO_COLOR; ``--color`` decides over both."""
    if choice != "auto":
        return choice == "always"
    stream = sys.stderr if err else sys.stdout
    return stream.isatty() and not os.environ.get("NO_COLOR")


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
