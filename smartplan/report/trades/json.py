"""Live trades for programs: schemas/trades.schema.json is the promise."""

from collections.abc import Iterable

from smartplan.report.appearance import Look
from smartplan.report.envelope import enveloped
from smartplan.trade.contract import Contracts
from smartplan.trade.listing import Listing, Unreadable
from smartplan.trade.model import LiveTrade
from smartplan.trade.position import PositionState, position_of


def render(found: Listing, _look: Look) -> str:
    """``{"trades": […], "unreadable": [{id, why}…]}`` in its envelope."""
    content = {
        "trades": [trade_json(live, found.contracts) for live in found.trades],
        "unreadable": unreadable_json(found.unreadable),
    }
    return enveloped("trades", content)


def trade_json(live: LiveTrade, contracts: Contracts) -> dict[str, object]:
    """One trade for programs; ``None`` where the answer does not say."""
    trade, marker = live.trade, live.marker
    return {
        "id": live.id,
        "workspace": marker.workspace if marker is not None else None,
        "name": marker.name if marker is not None else None,
        "account_id": trade.account_id,
        "pair": trade.pair,
        "side": str(trade.side),
        "status": live.status,
        "units": trade.position.units,
        **position_json(position_of(live, contracts), "filled remaining entry last target stop"),
        "created_at": live.created_at,
        "note": trade.note,
    }


def unreadable_json(rows: Iterable[Unreadable]) -> list[dict[str, object]]:
    """What is listed and nobody can read."""
    return [{"id": row.id, "why": row.why} for row in rows]


def position_json(stands: PositionState | None, figures: str) -> dict[str, object]:
    """These figures of a position, by their names, and its P/L; distances are in percent.

    What ends with ``_computed`` is ours; without that it is the service's own where it names one.
    """
    shown = stands.profit if stands is not None else None
    ours = stands.computed if stands is not None else None
    return {
        **{name: getattr(stands, name, None) for name in figures.split()},
        "profit": shown.volume if shown is not None else None,
        "profit_percent": shown.percent if shown is not None else None,
        "profit_computed": ours.volume if ours is not None else None,
        "total": getattr(stands, "total", None),
        "total_computed": getattr(stands, "total_computed", None),
        "margin": getattr(stands, "margin", None),
        "margin_computed": getattr(stands, "margin_computed", None),
        "liquidation_price": getattr(stands, "liquidation", None),
        "liquidation_price_computed": getattr(stands, "liquidation_computed", None),
    }
