"""The 3Commas API as typed methods: one per endpoint, nothing decided, nothing retried.

Every method raises ``Unreachable`` (nothing was sent), ``AnswerLost`` (it may have been executed),
``Rejected`` (it was not executed) or ``RateLimited``. Source: the service's SmartTrade V2 and
Accounts pages. Prices are quote per base, units base units (or contracts).
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Literal, TypeVar, cast

from msgspec import Struct

from smartplan.api import entities
from smartplan.api.entities import Account, ChildOrder, Entity, Rates
from smartplan.api.transport import Query, Transport
from smartplan.errors import AnswerLost
from smartplan.resource import Resource
from smartplan.trade.listing import Listing, read_rows
from smartplan.trade.model import LiveTrade, OrderType
from smartplan.trade.wire import MalformedEntity, decimal_or_none, live_trade

PAGE_SIZE = 100
"""Rows per page: the most one may ask for; the service may give fewer."""

T = TypeVar("T")
OrderBy = Literal["created_at", "updated_at", "closed_at", "status", "profit", "profit_percentage"]
_TRADES = "/v2/smart_trades"
_ACCOUNTS = "/ver1/accounts"


class TradeFilter(Struct, frozen=True, kw_only=True):
    """Which live trades to list; ``None`` leaves a criterion out.

    ``status``: all, active, finished, cancelled, failed … ``created_from`` and ``created_to``
    filter by creation date, in the service's own date text.
    """

    account_id: int | None = None
    pair: str | None = None
    type: str | None = None
    status: str | None = None
    created_from: str | None = None
    created_to: str | None = None
    base: str | None = None
    quote: str | None = None

    def query(self) -> dict[str, str | int]:
        """The criteria as query parameters."""
        criteria = {
            "account_id": self.account_id,
            "pair": self.pair,
            "type": self.type,
            "status": self.status,
            "from": self.created_from,
            "to": self.created_to,
            "base": self.base,
            "quote": self.quote,
        }
        return {key: value for key, value in criteria.items() if value is not None}


EVERY_TRADE = TradeFilter(status="all")
ACTIVE_TRADES = TradeFilter(status="active")


class SmartTradeClient(Resource):
    """The endpoints of the service, over one ``Transport``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def transport(self) -> Transport:
        """What it speaks through."""
        return self._transport

    def close(self) -> None:
        """Let go of the connection."""
        self._transport.close()

    # --- smart trades ---------------------------------------------------------------------------

    def list_trades(
        self,
        criteria: TradeFilter = EVERY_TRADE,
        *,
        page: int = 1,
        per_page: int = PAGE_SIZE,
        # A06
        order_by: OrderBy = "created_at",
        order_direction: Literal["asc", "desc"] = "asc",
    ) -> Listing:
        """``GET /v2/smart_trades``: one page, counted from 1, of at most 100 live trades."""
        query = criteria.query() | {
            "order_by": order_by,
            "order_direction": order_direction,
            "page": page,
            "per_page": per_page,
        }
        answer = self._transport.request("GET", _TRADES, query=query)
        return read_rows(_rows("GET", _TRADES, answer))

    def create(self, body: Mapping[str, object]) -> LiveTrade:
        """``POST /v2/smart_trades``: open a smart trade; never safe to repeat.

        ``AnswerLost`` unless the answer is 2xx and an object with an integer id. The new trade is
        ``created`` and not editable for a few seconds.
        """
        return self._one("POST", _TRADES, _created, body=body)

    def get(self, trade_id: int) -> LiveTrade:
        """``GET /v2/smart_trades/{id}``; ``Rejected`` with 404 or 400 when there is none."""
        return self._trade("GET", trade_id)

    def update(self, trade_id: int, body: Mapping[str, object]) -> LiveTrade:
        """``PATCH /v2/smart_trades/{id}``: replace the groups in ``body``."""
        return self._trade("PATCH", trade_id, body=body)

    def cancel(self, trade_id: int) -> LiveTrade | None:
        """``DELETE /v2/smart_trades/{id}``; asynchronous. ``None`` when the answer is a 204.

        Drops the exits: what is filled stays open and unprotected.
        """
        path = f"{_TRADES}/{trade_id}"
        answer = self._transport.request("DELETE", path)
        if answer is None:
            return None
        return self._own(trade_id, "DELETE", path, answer)

    def reduce_funds_limit(self, trade_id: int) -> Decimal:
        """``GET …/reduce_funds_info``: the most units ``reduce_funds`` would take."""
        path = f"{_TRADES}/{trade_id}/reduce_funds_info"
        return self._one("GET", path, _max_reduce_funds)

    def reduce_funds(
        self, trade_id: int, units: Decimal, *, price: Decimal | None = None
    ) -> LiveTrade:
        """``POST …/reduce_funds``: close part of the position, at market or at a limit."""
        return self._trade("POST", trade_id, "/reduce_funds", body=_funds(units, price))

    def add_funds(
        self, trade_id: int, units: Decimal, *, price: Decimal | None = None
    ) -> LiveTrade:
        """``POST …/add_funds``: enlarge the position, at market or at the limit ``price``.

        Not for trades with trailing, and not for simple ones.
        """
        return self._trade("POST", trade_id, "/add_funds", body=_funds(units, price))

    def close_by_market(self, trade_id: int) -> LiveTrade:
        """``POST …/close_by_market``: close the whole position now; asynchronous."""
        return self._trade("POST", trade_id, "/close_by_market")

    def force_start(self, trade_id: int) -> LiveTrade:
        """``POST …/force_start``: enter at market now, whatever the entry waits for."""
        return self._trade("POST", trade_id, "/force_start")

    def force_process(self, trade_id: int) -> LiveTrade:
        """``POST …/force_process``: have the service look at the trade again now."""
        return self._trade("POST", trade_id, "/force_process")

    def set_note(self, trade_id: int, note: str) -> LiveTrade:
        """``POST …/set_note``: replace the note, 1 to 300 characters."""
        return self._trade("POST", trade_id, "/set_note", body={"note": note})

    # --- the orders of a smart trade ------------------------------------------------------------

    def orders(self, trade_id: int) -> tuple[ChildOrder, ...]:
        """``GET …/{id}/trades``: its entry, target, stop and reduce orders."""
        path = f"{_TRADES}/{trade_id}/trades"
        rows = _rows("GET", path, self._transport.request("GET", path))
        return tuple(_read("GET", path, row, entities.child_order) for row in rows)

    def close_order(self, trade_id: int, order_id: int) -> None:
        """``POST …/trades/{order_id}/close_by_market``: execute one target at market now."""
        path = f"{_TRADES}/{trade_id}/trades/{order_id}/close_by_market"
        self._transport.request("POST", path)

    def cancel_order(self, trade_id: int, order_id: int) -> None:
        """``DELETE …/trades/{order_id}``: cancel one order.

        Cancelling the last target *and* the stop cancels the whole smart trade.
        """
        self._transport.request("DELETE", f"{_TRADES}/{trade_id}/trades/{order_id}")

    # --- accounts and markets -------------------------------------------------------------------

    def accounts(self, wanted: Collection[int] = ()) -> tuple[Account, ...]:
        """``GET /ver1/accounts``: every account of the user, or pages until ``wanted`` are found.

        One that cannot be read is left out: nothing is done on an account that is not listed.
        """
        found: dict[int, Account] = {}
        page = 1
        while True:
            query = {"page": page, "per_page": PAGE_SIZE}
            rows = _rows("GET", _ACCOUNTS, self._transport.request("GET", _ACCOUNTS, query=query))
            read = filter(None, map(entities.readable_account, rows))
            fresh = {row.id: row for row in read if row.id not in found}
            found |= fresh
            if not fresh or (wanted and found.keys() >= set(wanted)):
                return tuple(found.values())
            page += 1

    def account(self, account_id: int) -> Account:
        """``GET /ver1/accounts/{id}``."""
        return self._one("GET", f"{_ACCOUNTS}/{account_id}", entities.account)

    def balances(self, account_id: int) -> Mapping[str, Decimal]:
        """``POST /ver1/accounts/{id}/account_table_data``: what is free of each currency.

        It changes nothing, though it is a POST.
        """
        path = f"{_ACCOUNTS}/{account_id}/account_table_data"
        return entities.balances(_rows("POST", path, self._transport.request("POST", path)))

    def market_pairs(self, market_code: str) -> tuple[str, ...]:
        """``GET /ver1/accounts/market_pairs``: the pairs traded on a market; unsigned."""
        path = f"{_ACCOUNTS}/market_pairs"
        query = {"market_code": market_code}
        answer = self._transport.request("GET", path, query=query, signed=False)
        return tuple(str(pair) for pair in _rows("GET", path, answer))

    def rates(self, market_code: str, pair: str) -> Rates:
        """``GET /ver1/accounts/currency_rates``: ticker and limits for smart trades; unsigned."""
        return self._rates("currency_rates", market_code, pair)

    def rates_with_leverage(self, market_code: str, pair: str) -> Rates:
        """``GET …/currency_rates_with_leverage_data``: the same, and the leverage offered."""
        return self._rates("currency_rates_with_leverage_data", market_code, pair)

    def _rates(self, endpoint: str, market_code: str, pair: str) -> Rates:
        query = {"market_code": market_code, "pair": pair, "limit_type": "smart_trade"}
        path = f"{_ACCOUNTS}/{endpoint}"
        read: Callable[[Entity], Rates] = partial(entities.rates, market=market_code)
        return self._one("GET", path, read, query=query, signed=False)

    # --- the service itself ---------------------------------------------------------------------

    def validate(self) -> bool:
        """``GET /ver1/validate``: whether the credentials hold; ``Rejected`` (401) if not."""
        return self._one("GET", "/ver1/validate", lambda answer: answer.get("valid") is True)

    def ping(self) -> None:
        """``GET /ver1/ping``: returns when the service answers; unsigned."""
        self._transport.request("GET", "/ver1/ping", signed=False)

    def server_time(self) -> datetime:
        """``GET /ver1/time``: the service's clock, UTC; unsigned."""
        return self._one("GET", "/ver1/time", _server_time, signed=False)

    # --- shapes ---------------------------------------------------------------------------------

    def _trade(
        self,
        method: str,
        trade_id: int,
        action: str = "",
        *,
        body: Mapping[str, object] | None = None,
    ) -> LiveTrade:
        path = f"{_TRADES}/{trade_id}{action}"
        return self._own(trade_id, method, path, self._transport.request(method, path, body=body))

    def _own(self, trade_id: int, method: str, path: str, answer: object) -> LiveTrade:
        trade = _read(method, path, answer, live_trade)
        if trade.id != trade_id:
            raise AnswerLost(f"{method} {path}: the answer is about another trade, {trade.id}.")
        return trade

    def _one(
        self,
        method: str,
        path: str,
        read: Callable[[Entity], T],
        *,
        query: Query | None = None,
        body: Mapping[str, object] | None = None,
        signed: bool = True,
    ) -> T:
        answer = self._transport.request(method, path, query=query, body=body, signed=signed)
        return _read(method, path, answer, read)


def _rows(method: str, path: str, answer: object) -> list[object]:
    if not isinstance(answer, list):
        raise AnswerLost(f"{method} {path}: a list was expected, {_name(answer)} came.")
    return answer


def _read(method: str, path: str, answer: object, read: Callable[[Entity], T]) -> T:
    if not isinstance(answer, Mapping):
        raise AnswerLost(f"{method} {path}: an object was expected, {_name(answer)} came.")
    try:
        return read(cast("Entity", answer))
    except (ValueError, TypeError, ArithmeticError) as error:
        raise AnswerLost(f"{method} {path}: the answer cannot be read: {error}.") from error


def _name(answer: object) -> str:
    return "nothing" if answer is None else "a list" if isinstance(answer, list) else "a value"


def _funds(units: Decimal, price: Decimal | None) -> dict[str, object]:
    order_type: OrderType = "market" if price is None else "limit"
    body: dict[str, object] = {"order_type": order_type, "units": {"value": units}}
    return body if price is None else body | {"price": {"value": price}}


def _created(answer: Entity) -> LiveTrade:
    """A listing may quote its ids; what stands for a position is taken at its word only."""
    if not isinstance(answer.get("id"), int):
        raise MalformedEntity("no integer id")
    return live_trade(answer)


def _max_reduce_funds(answer: Entity) -> Decimal:
    limit = decimal_or_none(answer.get("max_reduce_funds_amount"))
    if limit is None:
        raise ValueError("it names no max_reduce_funds_amount")
    return limit


def _server_time(answer: Entity) -> datetime:
    seconds = decimal_or_none(answer.get("server_time"))
    if seconds is None:
        raise ValueError("it names no server_time")
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=int(seconds))
