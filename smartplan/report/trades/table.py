"""Live trades for people, a line each."""

from collections.abc import Sequence

from smartplan.document.scalars import number_text
from smartplan.report.appearance import Look
from smartplan.report.changes.text import unreadable_line
from smartplan.report.figures import NONE, position_profit, quoted
from smartplan.report.table import columns
from smartplan.trade.contract import Contracts
from smartplan.trade.listing import Listing
from smartplan.trade.model import LiveTrade
from smartplan.trade.position import position_of

_HEAD = ("ID", "NAME", "PAIR", "SIDE", "STATUS", "FILLED", "ENTRY", "TARGET", "STOP", "P/L", "NOTE")


def render(found: Listing, _look: Look) -> str:
    """One line a trade; what cannot be read below."""
    odd = "".join(f"{unreadable_line(row)}\n" for row in found.unreadable)
    return _table(found.trades, found.contracts) + odd


def _table(trades: Sequence[LiveTrade], contracts: Contracts) -> str:
    if not trades:
        return "no trades\n"
    return "\n".join(columns([_HEAD, *(_cells(live, contracts) for live in trades)])) + "\n"


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
