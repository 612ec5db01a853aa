"""What drawings in the terminal are made of."""

import os
import sys

from smartplan.report.appearance import PLAIN, UNICODE, Characters


def characters() -> Characters:
    """Line drawing on a terminal that can show it; plain characters in CI, pipes and files."""
    if os.environ.get("CI") or not sys.stdout.isatty():
        return PLAIN
    try:
        UNICODE.sample.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return UNICODE
