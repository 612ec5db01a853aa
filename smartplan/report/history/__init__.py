"""The journal's events as lines for people, JSON lines' array, or CSV."""

import json
from collections.abc import Callable, Mapping, Sequence

from smartplan.report.clean import clean
from smartplan.report.csv import csv_text
from smartplan.state.store import Event

Events = Sequence[Event]


def text(events: Events) -> str:
    """One line per event: when, which run, which trade, what."""
    if not events:
        return "The journal is empty.\n"
    return "".join(f"{_line(event)}\n" for event in events)


def _line(event: Event) -> str:
    at = event.at.strftime("%Y-%m-%d %H:%M:%SZ")
    trade = f"{event.name}#{event.round}" if event.name is not None else "-"
    number = f" #{event.trade_id}" if event.trade_id is not None else ""
    return clean(f"{at}  {event.run}  {event.kind:<8}  {trade}{number}  {_what(event)}".rstrip())


def _what(event: Event) -> str:
    """The short words of an event's data; bodies are in the JSON form."""
    shown = {key: value for key, value in event.data.items() if isinstance(value, str | int)}
    return "  ".join(f"{key}: {value}" for key, value in shown.items())


def as_json(events: Events) -> str:
    """An array of events, whole."""
    listed = [
        {
            "number": event.number,
            "at": event.at.isoformat(),
            "run": event.run,
            "kind": event.kind.value,
            "name": event.name,
            "round": event.round,
            "trade_id": event.trade_id,
            "data": dict(event.data),
        }
        for event in events
    ]
    return json.dumps(listed, indent=2, ensure_ascii=False, default=str) + "\n"


def as_csv(events: Events) -> str:
    """One row per event; no cell begins like a formula."""
    rows = (
        {
            "number": event.number,
            "at": event.at.isoformat(),
            "run": event.run,
            "kind": event.kind.value,
            "name": event.name,
            "round": event.round,
            "trade_id": event.trade_id,
            "what": _what(event),
        }
        for event in events
    )
    return csv_text(_HEAD, rows, {"number", "round", "trade_id"})


_HEAD = ("number", "at", "run", "kind", "name", "round", "trade_id", "what")

FORMATS: Mapping[str, Callable[[Events], str]] = {"text": text, "json": as_json, "csv": as_csv}
