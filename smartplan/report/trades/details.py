"""One live trade for people: its figures, its orders."""

from collections.abc import Iterator, Sequence

from smartplan.api.entities import ChildOrder
from smartplan.document.scalars import number_text
from smartplan.report.figures import (
    NONE,
    UNKNOWN,
    amount,
    position_profit,
    quoted,
    service_figures,
)
from smartplan.report.outlook_text import scenario_lines
from smartplan.report.position_text import next_text, stop_text
from smartplan.report.risk_text import risk_line
from smartplan.report.table import columns
from smartplan.trade.contract import Contracts
from smartplan.trade.model import LiveTrade
from smartplan.trade.position import position_of, unprotected
from smartplan.trade.risk import Risk


def details(live: LiveTrade, contracts: Contracts, risk: Risk | None = None) -> str:
    """The figures of one trade, a line each; ``risk`` is what is at stake while it is open."""
    stands, trade = position_of(live, contracts), live.trade
    filled = f"{number_text(stands.filled)} of {number_text(trade.position.units)} {trade.base}"
    rows = [
        ("account", str(trade.account_id)),
        ("filled", f"{filled}, {number_text(stands.remaining)} still held"),
        ("entry", quoted(stands.entry)),
        ("last price", quoted(stands.last)),
        ("next", next_text(stands)),
        ("stop", stop_text(stands)),
        ("P/L", position_profit(stands, trade.quote)),
        *((("money", f"{UNKNOWN}: {stands.unknown}"),) if stands.unknown else ()),
        *service_figures(stands, trade.quote),
        *_risk(risk),
        ("created", live.created_at or NONE),
        ("note", trade.note or NONE),
    ]
    rows += [("⚠", danger) for danger in unprotected(live)]
    return "".join(f"    {line}\n" for line in columns(rows))


def _risk(risk: Risk | None) -> Iterator[tuple[str, str]]:
    if risk is None:
        return
    if risk.realised is not None:
        yield "realised", f"{amount(risk.realised, signed=True)} {risk.quote}"
    yield "risk", risk_line(risk)
    yield from (("", line) for line in scenario_lines(risk))


def orders_table(orders: Sequence[ChildOrder]) -> str:
    """The orders of one trade; what can be cancelled says so."""
    if not orders:
        return "no orders\n"
    head = ("ORDER", "PURPOSE", "TYPE", "STATUS", "TRIGGER", "PRICE", "UNITS", "")
    return "\n".join(columns([head, *map(_order_cells, orders)])) + "\n"


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
