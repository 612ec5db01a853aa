"""The journal's events, a line each."""

from smartplan.report.appearance import Look
from smartplan.report.folds import fold
from smartplan.report.foreign_text import clean
from smartplan.report.history import HistoryReport
from smartplan.state.store import Event
from smartplan.times import utc_text


def render(report: HistoryReport, look: Look) -> str:
    """One line per event: when, which run, which trade, what."""
    if not report.events:
        return "The journal is empty.\n"
    return fold("".join(f"{_line(event)}\n" for event in report.events), look.columns)


def _line(event: Event) -> str:
    at = f"{utc_text(event.at)}Z"
    trade = f"{event.name}#{event.round}" if event.name is not None else "-"
    number = f" #{event.trade_id}" if event.trade_id is not None else ""
    return clean(f"{at}  {event.run}  {event.kind:<8}  {trade}{number}  {what(event)}".rstrip())


def what(event: Event) -> str:
    """The short words of an event's data; bodies are in the JSON form."""
    shown = {key: value for key, value in event.data.items() if isinstance(value, str | int)}
    return "  ".join(f"{key}: {value}" for key, value in shown.items())
