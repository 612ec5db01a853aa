"""What is listed and nobody can read."""

from smartplan.report.foreign_text import clean
from smartplan.trade.listing import Unreadable


def unreadable_line(row: Unreadable) -> str:
    """A listed row that nobody can read, and why."""
    return f"  {row.called} cannot be read: {clean(row.why)}"
