"""The journal's events for programs, whole: schemas/history.schema.json is the promise."""

from collections.abc import Sequence
from typing import TypedDict

from smartplan.report.appearance import Look
from smartplan.report.envelope import enveloped
from smartplan.state.store import Event


class EventJson(TypedDict):
    """One event; ``data`` as it was written."""

    number: int
    at: str
    run: str
    kind: str
    name: str | None
    round: int | None
    trade_id: int | None
    data: dict[str, object]


def render(events: Sequence[Event], _look: Look) -> str:
    """``{"events": [EventJson…]}`` in its envelope."""
    return enveloped("history", {"events": [event_json(event) for event in events]})


def event_json(event: Event) -> EventJson:
    """One event for programs."""
    return {
        "number": event.number,
        "at": event.at.isoformat(),
        "run": event.run,
        "kind": event.kind.value,
        "name": event.name,
        "round": event.round,
        "trade_id": event.trade_id,
        "data": dict(event.data),
    }
