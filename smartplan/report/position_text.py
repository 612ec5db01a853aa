"""How a live trade stands in words: what it waits for, and where its exits are.

A percent is how far the price has to go: down is negative, for a long as for a short.
"""

from smartplan.document.scalars import percent_text
from smartplan.report.figures import NONE, change, quoted
from smartplan.trade.position import PositionState


def next_text(stands: PositionState) -> str:
    """``entry 60000 (-1.64 %)`` while it waits, then ``66000 (+8.20 %)``, the next target."""
    if stands.waiting:
        return f"entry {quoted(stands.entry)} ({change(stands.entry_move)})"
    if stands.trailing is not None:
        return f"trailing {percent_text(stands.trailing)}"
    if stands.target is None:
        return NONE
    return f"{quoted(stands.target)} ({change(stands.target_move)})"


def stop_text(stands: PositionState) -> str:
    """``55000 (-9.84 %)``; one that trails says so, and where it stands now."""
    if stands.stop is None:
        return NONE
    kind = "trailing " if stands.stop_trails else ""
    return f"{kind}{quoted(stands.stop)} ({change(stands.stop_move)})"
