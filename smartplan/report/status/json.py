"""Plans beside their live trades for programs: schemas/status.schema.json is the promise."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypedDict

from smartplan.changes.status import Row
from smartplan.document.scalars import number_text
from smartplan.report.appearance import Look
from smartplan.report.envelope import decimal_or_null, enveloped
from smartplan.report.status import StatusReport
from smartplan.trade.position import PositionState


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


def render(report: StatusReport, _look: Look) -> str:
    """One JSON object; ``unprotected`` is what ``--check`` judges."""
    watched = report.watched
    content = {
        "workspace": watched.workspace,
        "environment": watched.environment,
        "service": report.service,
        "at": watched.at.isoformat(),
        "unprotected": watched.unprotected,
        "foreign": watched.foreign,
        "unreadable": [{"id": row.id, "why": row.why} for row in watched.unreadable],
        "trades": [_row(row) for row in watched.rows],
    }
    return enveloped("status", content)


def _row(row: Row) -> RowJson:
    stands = row.stands
    shown = stands.profit if stands is not None else None

    def figure(read: Callable[[PositionState], Decimal | None]) -> str | None:
        return None if stands is None else decimal_or_null(read(stands))

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
        "profit": decimal_or_null(shown.volume if shown is not None else None),
        "profit_percent": decimal_or_null(shown.percent if shown is not None else None),
        "dangers": list(row.dangers),
    }
