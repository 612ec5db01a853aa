"""Plans beside their live trades for programs: schemas/status.schema.json is the promise."""

from smartplan.changes.status import Row
from smartplan.report.appearance import Look
from smartplan.report.envelope import enveloped
from smartplan.report.risk_json import heat_json, risk_json
from smartplan.report.status import StatusReport
from smartplan.report.trades.json import position_json, unreadable_json

_FIGURES = "filled remaining entry last target target_distance stop stop_distance"


def render(report: StatusReport, _look: Look) -> str:
    """One JSON object; ``unprotected`` is what ``--check`` judges."""
    watched = report.watched
    content = {
        "workspace": watched.workspace,
        "environment": watched.environment,
        "service": report.service,
        "at": watched.at,
        "unprotected": watched.unprotected,
        "foreign": watched.foreign,
        "unreadable": unreadable_json(watched.unreadable),
        "trades": [_row(row) for row in watched.rows],
        "heat": heat_json(watched.risks, report.equity),
    }
    return enveloped("status", content)


def _row(row: Row) -> dict[str, object]:
    return {
        "name": row.name,
        "planned": row.planned,
        "id": row.trade_id,
        "pair": row.pair,
        "side": row.side,
        "status": row.status,
        "units": row.units,
        **position_json(row.stands, _FIGURES),
        "risk": risk_json(row.risk),
        "dangers": row.dangers,
    }
