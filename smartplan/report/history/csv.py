"""The journal's events as a table."""

from collections.abc import Sequence

from smartplan.report.appearance import Look
from smartplan.report.csv import csv_text
from smartplan.report.history.json import event_json
from smartplan.report.history.text import what
from smartplan.state.store import Event

_HEAD = ("number", "at", "run", "kind", "name", "round", "trade_id", "what")


def render(events: Sequence[Event], _look: Look) -> str:
    """One row per event: the JSON's columns, the data in short words."""
    rows = ({**event_json(event), "what": what(event)} for event in events)
    return csv_text(_HEAD, rows, {"number", "round", "trade_id"})
