"""Live trades as a table for spreadsheets."""

from smartplan.report.appearance import Look
from smartplan.report.csv import csv_text
from smartplan.report.trades.json import trade_json
from smartplan.trade.listing import Listing

_HEAD = (
    "id", "workspace", "name", "account_id", "pair", "side", "status", "units", "filled",
    "remaining", "entry", "last", "target", "stop", "profit", "profit_percent", "created_at",
    "note",
)  # fmt: skip
_NUMBERS = frozenset(
    {
        "id", "account_id", "units", "filled", "remaining", "entry", "last", "target", "stop",
        "profit", "profit_percent",
    }
)  # fmt: skip


def render(found: Listing, _look: Look) -> str:
    """The JSON's columns. Text a spreadsheet would take for a formula gets an apostrophe.

    What cannot be read has its id, the status ``unreadable`` and, as its note, the reason.
    """
    rows = [trade_json(live, found.contracts) for live in found.trades]
    rows += [{"id": odd.id, "status": "unreadable", "note": odd.why} for odd in found.unreadable]
    return csv_text(_HEAD, rows, _NUMBERS)
