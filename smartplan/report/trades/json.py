"""Live trades for programs: schemas/trades.schema.json is the promise."""

from typing import TypedDict

from smartplan.document.scalars import number_text
from smartplan.report.appearance import Look
from smartplan.report.envelope import decimal_or_null, enveloped
from smartplan.trade.listing import Listing
from smartplan.trade.model import LiveTrade
from smartplan.trade.position import position_of


class TradeJson(TypedDict):
    """A live trade; numbers are decimal strings, ``None`` where the answer does not say."""

    id: int
    workspace: str | None
    name: str | None
    account_id: int
    pair: str
    side: str
    status: str
    units: str
    filled: str
    remaining: str
    entry: str | None
    last: str | None
    target: str | None
    stop: str | None
    profit: str | None
    profit_percent: str | None
    created_at: str | None
    note: str


def render(found: Listing, _look: Look) -> str:
    """``{"trades": [TradeJson…], "unreadable": [{id, why}…]}`` in its envelope."""
    content = {
        "trades": [trade_json(live) for live in found.trades],
        "unreadable": [{"id": row.id, "why": row.why} for row in found.unreadable],
    }
    return enveloped("trades", content)


def trade_json(live: LiveTrade) -> TradeJson:
    """One trade for programs."""
    stands, trade, marker = position_of(live), live.trade, live.marker
    shown = stands.profit
    return {
        "id": live.id,
        "workspace": marker.workspace if marker is not None else None,
        "name": marker.name if marker is not None else None,
        "account_id": trade.account_id,
        "pair": trade.pair,
        "side": str(trade.side),
        "status": live.status,
        "units": number_text(trade.position.units),
        "filled": number_text(stands.filled),
        "remaining": number_text(stands.remaining),
        "entry": decimal_or_null(stands.entry),
        "last": decimal_or_null(stands.last),
        "target": decimal_or_null(stands.target),
        "stop": decimal_or_null(stands.stop),
        "profit": decimal_or_null(shown.volume if shown is not None else None),
        "profit_percent": decimal_or_null(shown.percent if shown is not None else None),
        "created_at": live.created_at,
        "note": trade.note,
    }
