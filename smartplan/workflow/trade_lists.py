"""Lists of live trades, whoever opened them: filtered, in order, a page or all."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from smartplan.api.client import PAGE_SIZE, OrderBy, TradeFilter
from smartplan.changes.reconcile import snapshot
from smartplan.errors import UsageError
from smartplan.settings import Settings
from smartplan.trade.listing import Listing
from smartplan.trade.model import LiveTrade
from smartplan.trade.wire import decimal_or_none, table
from smartplan.workflow.session import Session

LONGEST_PAGE = PAGE_SIZE
ORDERS = get_args(OrderBy)
_SORTED_BY: Mapping[OrderBy, tuple[str, str]] = {
    "created_at": ("data", "created_at"),
    "updated_at": ("data", "updated_at"),
    "closed_at": ("data", "closed_at"),
    "status": ("status", "type"),
    "profit": ("profit", "usd"),
    "profit_percentage": ("profit", "percent"),
}


class TradeQuery(Struct, frozen=True):
    """Which live trades to list, by every filter the service has; ``account`` by alias or id."""

    account: str | None
    pair: str | None
    type: str | None
    status: str
    base: str | None
    quote: str | None
    created_from: str | None
    created_to: str | None
    order_by: OrderBy
    order_direction: Literal["asc", "desc"]
    page: int
    per_page: int
    all_pages: bool


def list_trades(session: Session, query: TradeQuery) -> Listing:
    """A page of them, or all, in the order asked. Raises ``UsageError`` for an unknown account."""
    criteria = TradeFilter(
        account_id=_account_id(session.settings, query.account),
        pair=query.pair,
        type=query.type,
        status=query.status,
        created_from=query.created_from,
        created_to=query.created_to,
        base=query.base,
        quote=query.quote,
    )
    if query.all_pages:
        return in_order(snapshot.complete(session.client, criteria), query)
    return session.client.list_trades(
        criteria,
        page=query.page,
        per_page=query.per_page,
        order_by=query.order_by,
        order_direction=query.order_direction,
    )


def in_order(listed: Listing, query: TradeQuery) -> Listing:
    """The rows as a page of ``query`` would have them; with equal values by id, as pages have.

    They are read oldest first, the one order in which nothing is missed. How the service ranks
    statuses is not known: they come by their names. Without a value a row counts as the lowest.
    """
    group, key = _SORTED_BY[query.order_by]

    def value(live: LiveTrade) -> tuple[Decimal | str, int]:
        found = (table(live.raw.get(group)) or {}).get(key)
        if group == "profit":
            number = decimal_or_none(found)
            return Decimal("-Infinity") if number is None else number, live.id
        return str(found or ""), live.id

    backwards = query.order_direction == "desc"
    return replace(listed, trades=tuple(sorted(listed.trades, key=value, reverse=backwards)))


def _account_id(settings: Settings, account: str | None) -> int | None:
    if account is None or (account.isascii() and account.isdecimal()):
        return None if account is None else int(account)
    if account not in settings.accounts:
        known = ", ".join(sorted(settings.accounts))
        raise UsageError(f"no account {account} in {settings.environment}", hint=f"known: {known}")
    return settings.accounts[account]
