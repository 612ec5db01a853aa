"""The journal's events as a table."""

from smartplan.report.appearance import Look
from smartplan.report.csv import csv_text
from smartplan.report.history import HistoryReport
from smartplan.report.history.events import what
from smartplan.report.history.json import event_json

_HEAD = ("number", "at", "run", "kind", "name", "round", "trade_id", "what")


def render(report: HistoryReport, _look: Look) -> str:
    """One row per event: the JSON's columns, the data in short words."""
    rows = ({**event_json(event), "what": what(event)} for event in report.events)
    return csv_text(_HEAD, rows, {"number", "round", "trade_id"})
