"""Plans beside their live trades for programs."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TypedDict

from smartplan.changes.watching import Row, Watched
from smartplan.document.scalars import number_text
from smartplan.trade.standing import Standing

FORMAT_VERSION = 1


class RowJson(TypedDict):
    """One trade; numbers are decimal strings, distances and ``profit_percent`` in percent."""

    name: str
    planned: bool
    id: int | None
    pair: str
    side: str
    status: str
    units: str
    filled: str | None
    remaining: str | None
    entry: str | None
    last: str | None
    target: str | None
    target_distance: str | None
    stop: str | None
    stop_distance: str | None
    profit: str | None
    profit_percent: str | None
    dangers: list[str]


def render(watched: Watched) -> str:
    """One JSON object; ``unprotected`` is what ``--check`` judges."""
    document = {
        "format": "smartplan-status",
        "format_version": FORMAT_VERSION,
        "workspace": watched.workspace,
        "environment": watched.environment,
        "at": watched.at.isoformat(),
        "unprotected": watched.unprotected,
        "foreign": watched.foreign,
        "unreadable": [{"id": row.id, "why": row.why} for row in watched.unreadable],
        "trades": [_row(row) for row in watched.rows],
    }
    return json.dumps(document, indent=2) + "\n"


def _row(row: Row) -> RowJson:
    stands = row.stands
    shown = stands.profit if stands is not None else None

    def figure(read: Callable[[Standing], Decimal | None]) -> str | None:
        return None if stands is None else _text(read(stands))

    return {
        "name": row.name,
        "planned": row.planned,
        "id": row.trade_id,
        "pair": row.pair,
        "side": row.side,
        "status": row.status,
        "units": number_text(row.units),
        "filled": figure(lambda found: found.filled),
        "remaining": figure(lambda found: found.remaining),
        "entry": figure(lambda found: found.entry),
        "last": figure(lambda found: found.last),
        "target": figure(lambda found: found.target),
        "target_distance": figure(lambda found: found.target_distance),
        "stop": figure(lambda found: found.stop),
        "stop_distance": figure(lambda found: found.stop_distance),
        "profit": _text(shown.volume if shown is not None else None),
        "profit_percent": _text(shown.percent if shown is not None else None),
        "dangers": list(row.dangers),
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else number_text(value)
