"""Live trades as a table, as JSON and as CSV."""

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypedDict

from smartplan.api.entities import ChildOrder
from smartplan.document.scalars import number_text
from smartplan.report.changes.text import unreadable_line
from smartplan.report.csv import csv_text
from smartplan.report.figures import NONE, amount, change, quoted
from smartplan.report.table import columns
from smartplan.trade.listed import Listed
from smartplan.trade.model import LiveTrade
from smartplan.trade.standing import standing, unprotected

FORMAT_VERSION = 1


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


def table(found: Listed) -> str:
    """One line a trade, for people; what cannot be read below."""
    odd = "".join(f"{unreadable_line(row)}\n" for row in found.unreadable)
    return _table(found.trades) + odd


def _table(trades: Sequence[LiveTrade]) -> str:
    if not trades:
        return "no trades\n"
    head = (
        "ID",
        "NAME",
        "PAIR",
        "SIDE",
        "STATUS",
        "FILLED",
        "ENTRY",
        "TARGET",
        "STOP",
        "P/L",
        "NOTE",
    )
    return _lines([head, *(_cells(live) for live in trades)])


def _cells(live: LiveTrade) -> tuple[str, ...]:
    stands, trade = standing(live), live.trade
    shown = stands.profit
    profit = NONE
    if shown is not None:
        profit = f"{amount(shown.volume, signed=True)} {trade.quote} ({change(shown.percent)})"
    return (
        str(live.id),
        f"{live.marker.workspace}/{live.marker.name}" if live.marker else NONE,
        trade.pair,
        str(trade.side),
        live.status,
        f"{number_text(stands.filled)}/{number_text(trade.position.units)}",
        quoted(stands.entry),
        quoted(stands.target),
        quoted(stands.stop),
        profit,
        trade.note,
    )


def details(live: LiveTrade) -> str:
    """The figures of one trade, a line each."""
    stands, trade = standing(live), live.trade
    shown = stands.profit
    filled = f"{number_text(stands.filled)} of {number_text(trade.position.units)} {trade.base}"
    rows = [
        ("account", str(trade.account_id)),
        ("filled", f"{filled}, {number_text(stands.remaining)} still held"),
        ("entry", quoted(stands.entry)),
        ("last price", quoted(stands.last)),
        ("next target", f"{quoted(stands.target)} ({change(stands.target_distance)})"),
        ("stop", f"{quoted(stands.stop)} ({change(stands.stop_distance)})"),
        ("P/L", f"{amount(shown.volume, signed=True)} {trade.quote}" if shown else NONE),
        ("created", live.created_at or NONE),
        ("note", trade.note or NONE),
    ]
    rows += [("⚠", danger) for danger in unprotected(live)]
    return "".join(f"    {line}\n" for line in columns(rows))


def as_json(found: Listed) -> str:
    """``{"format": "smartplan-trades", "trades": [TradeJson…], "unreadable": [{id, why}…]}``."""
    document = {
        "format": "smartplan-trades",
        "format_version": FORMAT_VERSION,
        "trades": [trade_json(live) for live in found.trades],
        "unreadable": [{"id": row.id, "why": row.why} for row in found.unreadable],
    }
    return json.dumps(document, indent=2) + "\n"


def trade_json(live: LiveTrade) -> TradeJson:
    """One trade for programs."""
    stands, trade, marker = standing(live), live.trade, live.marker
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
        "entry": _text(stands.entry),
        "last": _text(stands.last),
        "target": _text(stands.target),
        "stop": _text(stands.stop),
        "profit": _text(shown.volume if shown is not None else None),
        "profit_percent": _text(shown.percent if shown is not None else None),
        "created_at": live.created_at,
        "note": trade.note,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else number_text(value)


def as_csv(found: Listed) -> str:
    """The JSON's columns. Text a spreadsheet would take for a formula gets an apostrophe.

    What cannot be read has its id, the status ``unreadable`` and, as its note, the reason.
    """
    rows: list[Mapping[str, object]] = [dict(trade_json(live)) for live in found.trades]
    rows += [{"id": odd.id, "status": "unreadable", "note": odd.why} for odd in found.unreadable]
    return csv_text(list(TradeJson.__annotations__), rows, _NUMBERS)


_NUMBERS = frozenset(
    {
        "id", "account_id", "units", "filled", "remaining", "entry", "last", "target", "stop",
        "profit", "profit_percent",
    }
)  # fmt: skip


def orders_table(orders: Sequence[ChildOrder]) -> str:
    """The orders of one trade; what can be cancelled says so."""
    if not orders:
        return "no orders\n"
    head = ("ORDER", "PURPOSE", "TYPE", "STATUS", "TRIGGER", "PRICE", "UNITS", "")
    return _lines([head, *(_order_cells(order) for order in orders)])


def _order_cells(order: ChildOrder) -> tuple[str, ...]:
    def shown(key: str) -> str:
        value = order.raw.get(key)
        return NONE if value is None else str(value)

    return (
        str(order.id),
        order.purpose,
        order.order_type or NONE,
        order.status,
        quoted(order.trigger_price),
        shown("order_price"),
        shown("initial_amount"),
        "can be cancelled" if order.cancelable else "",
    )


def raw_json(value: object) -> str:
    """The service's own answer, indented; decimals as strings, so that nothing is rounded."""
    return json.dumps(value, indent=2, default=_plain) + "\n"


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return number_text(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _lines(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(columns(rows)) + "\n"


FORMATS: Mapping[str, Callable[[Listed], str]] = {
    "table": table,
    "json": as_json,
    "csv": as_csv,
}
"""A renderer of live trades by the name of its format."""
