"""A track record as a table for spreadsheets, a row a trade."""

from smartplan.changes.track_record import MOVERS
from smartplan.report.appearance import Look
from smartplan.report.csv import csv_text
from smartplan.report.envelope import ENOUGH
from smartplan.report.stats import StatsReport
from smartplan.report.stats.json import closed_json

_TEXTS = ("name", "pair", "tags", "status", "moves")
_MOVED = tuple(f"moved_{who.replace(' ', '_')}" for who in MOVERS)
_HEAD = (
    "id", "name", "pair", "side", "quote", "tags", "status", "opened", "closed", "profit",
    "planned_risk", "r", "planned_entry", "filled_entry", "planned_stop", "filled_exit",
    "entry_slippage", "exit_slippage", "slippage_r", "mae", "mae_r", "mfe",
    "mfe_r", *_MOVED, "moves",
)  # fmt: skip


def render(report: StatsReport, _look: Look) -> str:
    """The JSON's columns of trades; tags with a space between them."""
    rows = []
    for trade in report.record.trades:
        told = closed_json(trade)
        moved = told.pop("moved")
        told["moves"] = " ".join(f"{m.who.replace(' ', '_')}:{m.what}" for m in trade.moves)
        assert isinstance(moved, dict)  # noqa: S101  # as it was made
        told |= {f"moved_{who}": times for who, times in moved.items()}
        rows.append({**told, "tags": " ".join(trade.tags)})
    return csv_text(_HEAD, rows, set(_HEAD) - set(_TEXTS), decimals=ENOUGH)
