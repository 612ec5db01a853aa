"""The journal's events for programs, whole: schemas/history.schema.json is the promise."""

from smartplan.report.appearance import Look
from smartplan.report.envelope import enveloped
from smartplan.report.history import HistoryReport
from smartplan.state.store import Event

_AS_THEY_ARE = ("number", "at", "run", "kind", "name", "round", "trade_id")


def render(report: HistoryReport, _look: Look) -> str:
    """``{"events": […]}`` in its envelope; ``data`` as it was written."""
    return enveloped("history", {"events": [event_json(event) for event in report.events]})


def event_json(event: Event) -> dict[str, object]:
    """One event for programs."""
    return {**{name: getattr(event, name) for name in _AS_THEY_ARE}, "data": dict(event.data)}
