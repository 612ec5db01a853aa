"""A line of ``smartplan doctor``: ``ok``, or what is wrong and what to do."""

from smartplan.api.health import Health
from smartplan.report.appearance import Palette, Style
from smartplan.report.foreign_text import clean

_WIDTH = 16


def health_text(health: Health, palette: Palette) -> str:
    """``ok   store  sqlite:///…``, with the way out below what is wrong."""
    word = palette.paint("ok ", Style.GREEN)
    if not health.ok:
        word = palette.paint("BAD", Style.BOLD, Style.RED)
    line = f"{word}  {clean(health.what).ljust(_WIDTH)}  {clean(health.found)}\n"
    return f"{line}     → {clean(health.way_out)}\n" if health.way_out else line
