"""GET /v2/smart_trades: filters, order and paging of the documented parameters."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from operator import attrgetter

from msgspec import Struct

from smartplan.sandbox.fields import Errors, Fields
from smartplan.sandbox.rejection import invalid
from smartplan.sandbox.trade import ExchangeTrade

TYPES = ("simple_buy", "simple_sell", "smart_sell", "smart_trade", "smart_cover", "smart_buy")
ORDERS = ("created_at", "updated_at", "closed_at", "status", "profit", "profit_percentage")
MAX_PER_PAGE = 100


def _successful(trade: ExchangeTrade) -> bool:
    return not trade.active and trade.status not in ("cancelled", "failed")


# Both spellings of the successful filter are documented, on different pages.
STATUS_FILTERS: Mapping[str, Callable[[ExchangeTrade], bool]] = {
    "all": lambda _: True,
    "active": lambda trade: trade.active,
    "finished": lambda trade: not trade.active,
    "successfully_finished": _successful,
    "successfully_finish": _successful,
    "cancelled": lambda trade: trade.status == "cancelled",
    "failed": lambda trade: trade.status == "failed",
}
# The default order is by status; the service's own ranking is not documented.
STATUS_RANK = (
    "failed",
    "cancelled",
    "panic_sold",
    "stop_loss_finished",
    "finished",
    "cancellation_pending",
    "panic_sell_pending",
    "stop_loss_in_progress",
    "reduce_funds_in_progress",
    "pending_reduce_funds",
    "waiting_targets",
    "waiting_position",
    "created",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Query(Struct, frozen=True, kw_only=True):
    """The parameters of a listing, read and checked."""

    account_id: int | None = None
    pair: str | None = None
    type: str | None = None
    status: str = "all"
    base: str | None = None
    quote: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    order_by: str = "status"
    descending: bool = True
    start: int = 0
    per_page: int = 10


def read_query(parameters: Mapping[str, str], cap: int | None = None) -> Query:
    """The listing parameters; raises ``Rejection`` (400) for what is not documented.

    ``cap`` is the most rows a page has, whatever was asked.
    """
    errors: Errors = {}
    fields = Fields(parameters, "", errors)
    start, per_page = _page(fields, default=10, cap=cap)
    direction = fields.text("order_direction", required=False) or "desc"
    if direction.lower() not in ("asc", "desc"):
        fields.fail("must be one of: asc, desc", "order_direction")
    query = Query(
        account_id=fields.integer("account_id", required=False),
        pair=fields.text("pair", required=False),
        type=fields.choice("type", TYPES, required=False),
        status=fields.choice("status", tuple(STATUS_FILTERS), required=False) or "all",
        base=fields.text("base", required=False),
        quote=fields.text("quote", required=False),
        since=_read_time(fields, "from"),
        until=_read_time(fields, "to"),
        order_by=fields.choice("order_by", ORDERS, required=False) or "status",
        descending=direction.lower() == "desc",
        start=start,
        per_page=per_page,
    )
    if errors:
        raise invalid(errors)
    return query


def read_page(parameters: Mapping[str, str], *, default: int) -> tuple[int, int]:
    """Where a page starts and how long it is; raises ``Rejection`` (400)."""
    fields = Fields(parameters, "", {})
    page = _page(fields, default=default)
    if fields.errors:
        raise invalid(fields.errors)
    return page


def _page(fields: Fields, *, default: int, cap: int | None = None) -> tuple[int, int]:
    page = fields.integer("page", required=False) or 1
    per_page = fields.integer("per_page", required=False) or default
    if per_page > MAX_PER_PAGE:
        fields.fail(f"must be less than or equal to {MAX_PER_PAGE}", "per_page")
    per_page = min(per_page, cap or per_page)
    return (page - 1) * per_page, per_page


def _read_time(fields: Fields, key: str) -> datetime | None:
    text = fields.text(key, required=False)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fields.fail("must be a time", key)
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def page_of(
    trades: Iterable[ExchangeTrade],
    query: Query,
    profit: Callable[[ExchangeTrade], tuple[Decimal, Decimal]],
) -> list[ExchangeTrade]:
    """One page; ``profit`` gives a trade's profit in quote money and in percent."""
    for check in _checks(query):
        trades = filter(check, trades)
    found = sorted(trades, key=_order_key(query.order_by, profit), reverse=query.descending)
    return found[query.start : query.start + query.per_page]


def _checks(query: Query) -> Iterator[Callable[[ExchangeTrade], bool]]:
    """What a trade of the list has to be: what was not asked for costs nothing for any of them."""
    for name in ("account_id", "pair", "type"):
        if (wanted := getattr(query, name)) is not None:
            yield partial(_has, name, wanted)
    if query.base is not None:
        yield lambda trade: trade.pair.partition("_")[2] == query.base
    if query.quote is not None:
        yield lambda trade: trade.pair.partition("_")[0] == query.quote
    if query.status != "all":
        yield STATUS_FILTERS[query.status]
    if (since := query.since) is not None:
        yield lambda trade: trade.created_at >= since
    if (until := query.until) is not None:
        yield lambda trade: trade.created_at <= until


def _has(name: str, wanted: object, trade: ExchangeTrade) -> bool:
    return bool(getattr(trade, name) == wanted)


def _order_key(
    order_by: str, profit: Callable[[ExchangeTrade], tuple[Decimal, Decimal]]
) -> Callable[[ExchangeTrade], tuple[datetime | Decimal | int, int]]:
    if order_by in {"created_at", "updated_at"}:
        return attrgetter(order_by, "id")
    keys: Mapping[str, Callable[[ExchangeTrade], datetime | Decimal | int]] = {
        "closed_at": lambda trade: trade.closed_at or _EPOCH,
        "status": lambda trade: STATUS_RANK.index(trade.status),
        "profit": lambda trade: profit(trade)[0],
        "profit_percentage": lambda trade: profit(trade)[1],
    }
    key = keys[order_by]
    return lambda trade: (key(trade), trade.id)
