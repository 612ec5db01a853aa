"""Live trades for people, a line each."""

from collections.abc import Sequence

from smartplan.document.scalars import number_text
from smartplan.report.appearance import Look
from smartplan.report.figures import NONE, position_profit, quoted
from smartplan.report.folds import fold
from smartplan.report.table import columns, fitted
from smartplan.report.unreadable_text import unreadable_line
from smartplan.trade.contract import Contracts
from smartplan.trade.listing import Listing
from smartplan.trade.model import LiveTrade
from smartplan.trade.position import position_of

_HEAD = ("ID", "NAME", "PAIR", "SIDE", "STATUS", "FILLED", "ENTRY", "TARGET", "STOP", "P/L", "NOTE")


_SPARE = tuple(
    _HEAD.index(title) for title in ("NOTE", "FILLED", "SIDE", "ENTRY", "TARGET", "STOP")
)
"""What a narrow terminal does without, the first first."""


def render(found: Listing, look: Look) -> str:
    """One line a trade; what cannot be read below."""
    odd = "".join(f"{unreadable_line(row)}\n" for row in found.unreadable)
    return _table(found.trades, found.contracts, look.columns) + fold(odd, look.columns)


def _table(trades: Sequence[LiveTrade], contracts: Contracts, most: int | None) -> str:
    if not trades:
        return "no trades\n"
    rows = [_HEAD, *(_cells(live, contracts) for live in trades)]
    lines = fitted(rows, most, _SPARE) or columns(rows)
    return "\n".join(lines) + "\n"


def _cells(live: LiveTrade, contracts: Contracts) -> tuple[str, ...]:
    stands, trade = position_of(live, contracts), live.trade
    return (
        str(live.id),
        f"{live.marker.workspace}/{live.marker.name}" if live.marker else NONE,
        trade.pair,
        str(trade.side),
        live.status,
        f"{number_text(stands.filled)}/{number_text(trade.position.units)}",
        quoted(stands.entry),
        quoted(stands.target),
        quoted(stands.stop),
        position_profit(stands, trade.quote),
        trade.note,
    )
