"""The embedded exchange: every call of the service is a method."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from smartplan.sandbox.book import Book, Quote
from smartplan.sandbox.catalog import ACCOUNTS, PAIRS, ExchangeAccount, Pair
from smartplan.sandbox.children import children_json
from smartplan.sandbox.decimals import decimal_text
from smartplan.sandbox.entry import fill_entry
from smartplan.sandbox.fields import Fields
from smartplan.sandbox.limits import GROUPS, check_limits
from smartplan.sandbox.listing import page_of, read_page, read_query
from smartplan.sandbox.market import advance, force_entry, request, settle
from smartplan.sandbox.markets import account_json, balance_json, rates_json
from smartplan.sandbox.orders import (
    cancel_child,
    close_child,
    max_reduction,
    read_adjustment,
    with_addition,
    with_reduction,
)
from smartplan.sandbox.profit import profit_percent
from smartplan.sandbox.rejection import Rejection, invalid, not_allowed, not_found, unknown_pair
from smartplan.sandbox.request_log import RequestLog
from smartplan.sandbox.statuses import CANCELABLE, CLOSABLE, EDITABLE, OPEN_ORDER
from smartplan.sandbox.trade import ExchangeTrade, Tick
from smartplan.sandbox.validation import read_create, read_note, read_update
from smartplan.sandbox.venue import Venue
from smartplan.sandbox.worth import profit_worth
from smartplan.times import utc_now

Json = dict[str, object]
Body = Mapping[str, object]
SETTLE_SECONDS = 0.4


class Exchange:
    """The sandbox's state and rules.

    ``state`` is the JSON file it lives in (``None``: memory only); ``clock`` answers UTC times;
    ``settle_delay`` is how many seconds pass until a request is carried out; ``balances`` is what
    accounts have free, by id and currency, ample where nothing is said. Calls answer what
    the service would (plain JSON values) or raise ``Rejection``; a state file that cannot be read
    raises ``ServiceError``. ``log`` has every request an application over it has received.
    """

    def __init__(
        self,
        state: Path | None = None,
        *,
        accounts: Iterable[ExchangeAccount] = ACCOUNTS,
        pairs: Iterable[Pair] = PAIRS,
        clock: Callable[[], datetime] = utc_now,
        settle_delay: float = SETTLE_SECONDS,
        balances: Mapping[int, Mapping[str, Decimal]] | None = None,
    ) -> None:
        self._venue = Venue(
            state, accounts=accounts, pairs=pairs, clock=clock, settle_delay=settle_delay
        )
        self._venue.free = balances or {}
        self.now = clock
        self.log = RequestLog()
        with self._venue.open():
            pass

    def reset(self) -> None:
        """Forget every trade and price."""
        self._venue.clear()

    # Smart trades

    def create(self, body: Body) -> Json:
        """POST /v2/smart_trades."""
        with self._venue.open() as book:
            trade = read_create(body, self.now())
            account, pair = self._venue.market_of(trade)
            check_limits(trade, account, pair, self._venue.tick(book, pair))
            return self._accept(book, _numbered(trade, book), "create")

    def get(self, trade_id: int) -> Json:
        """GET /v2/smart_trades/{id}."""
        with self._venue.open() as book:
            return self._venue.show(book, _find(book, trade_id))

    def list_trades(
        self, parameters: Mapping[str, str], lag: float = 0, cap: int | None = None
    ) -> list[Json]:
        """GET /v2/smart_trades: a bare array. ``lag`` hides what is younger (seconds).

        A page has ``cap`` rows at most, whatever was asked.
        """
        query = read_query(parameters, cap)
        newest = self.now() - timedelta(seconds=lag)
        with self._venue.open() as book:

            def profit(trade: ExchangeTrade) -> tuple[Decimal, Decimal]:
                account, pair = self._venue.market_of(trade)
                tick = self._venue.tick(book, pair)
                gained = profit_worth(pair, trade, tick, account.fee)
                return gained, profit_percent(pair, trade, tick, account.fee)

            known = (trade for trade in book.trades.values() if trade.created_at <= newest)
            page = page_of(known, query, profit)
            return [self._venue.show(book, trade) for trade in page]

    def update(self, trade_id: int, body: Body) -> Json:
        """PATCH /v2/smart_trades/{id}."""
        with self._venue.open() as book:
            trade = self._ready(book, trade_id)
            _require(trade.status in EDITABLE, "Update")
            changed = read_update(body, trade)
            account, pair = self._venue.market_of(trade)
            # An entered position is not placed again: what is echoed of it is not judged.
            sent = GROUPS & body.keys() - ({"position"} if trade.entered else set())
            check_limits(changed, account, pair, self._venue.tick(book, pair), sent)
            return self._accept(book, _numbered(changed, book), "update")

    def cancel(self, trade_id: int) -> Json:
        """DELETE /v2/smart_trades/{id}; a position that was entered stays, without its exits."""
        with self._venue.open() as book:
            # Documented on the cancel page: an unknown trade is a 400 here.
            trade = self._ready(book, trade_id, status=400)
            _require(trade.status in CANCELABLE, "Cancel")
            return self._accept(book, replace(trade, status="cancellation_pending"), "cancel")

    def close_by_market(self, trade_id: int) -> Json:
        """POST /v2/smart_trades/{id}/close_by_market."""
        with self._venue.open() as book:
            trade = self._ready(book, trade_id)
            _require(trade.status in CLOSABLE, "Close by market")
            closing = replace(
                trade,
                status="panic_sell_pending",
                close_id=trade.close_id or book.take_order_id(),
            )
            return self._accept(book, closing, "close")

    def force_start(self, trade_id: int) -> Json:
        """POST /v2/smart_trades/{id}/force_start: enter at the market."""
        with self._venue.open() as book:
            trade = self._ready(book, trade_id)
            _require(trade.active and trade.entry.status in OPEN_ORDER, "Force start")
            return self._accept(book, force_entry(trade), "enter")

    def force_process(self, trade_id: int) -> Json:
        """POST /v2/smart_trades/{id}/force_process: look at the market now."""
        with self._venue.open() as book:
            trade = _find(book, trade_id)
            _require(trade.active, "Force process")
            return self._venue.show(book, self._meet_market(book, trade))

    def set_note(self, trade_id: int, body: Body) -> Json:
        """POST /v2/smart_trades/{id}/set_note."""
        with self._venue.open() as book:
            trade = _find(book, trade_id)
            fields = Fields(body, "", {})
            note = read_note(fields, required=True)
            if fields.errors:
                raise invalid(fields.errors)
            noted = replace(trade, note=note, updated_at=self.now())
            return self._venue.show(book, book.put(noted))

    # Funds and child orders

    def reduce_funds_info(self, trade_id: int) -> Json:
        """GET /v2/smart_trades/{id}/reduce_funds_info."""
        with self._venue.open() as book:
            trade = _find(book, trade_id)
            most = max_reduction(trade, self._market(book, trade)[0].lot_step)
            return {"max_reduce_funds_amount": decimal_text(most)}

    def reduce_funds(self, trade_id: int, body: Body) -> Json:
        """POST /v2/smart_trades/{id}/reduce_funds."""
        with self._venue.open() as book:
            trade = self._ready(book, trade_id)
            asked = replace(read_adjustment(body), id=book.take_order_id())
            pair, tick = self._market(book, trade)
            return self._accept(book, with_reduction(trade, asked, pair, tick), "orders")

    def add_funds(self, trade_id: int, body: Body) -> Json:
        """POST /v2/smart_trades/{id}/add_funds."""
        with self._venue.open() as book:
            trade = self._ready(book, trade_id)
            asked = replace(read_adjustment(body), id=book.take_order_id())
            pair, tick = self._market(book, trade)
            return self._accept(book, with_addition(trade, asked, pair, tick), "orders")

    def children(self, trade_id: int) -> list[Json]:
        """GET /v2/smart_trades/{id}/trades."""
        with self._venue.open() as book:
            return children_json(self._venue.view(book, _find(book, trade_id)))

    def close_child(self, trade_id: int, order_id: int) -> Json:
        """POST /v2/smart_trades/{id}/trades/{order_id}/close_by_market."""
        with self._venue.open() as book:
            trade = self._ready(book, trade_id)
            _require(trade.status in CANCELABLE, "Close by market")
            closing = close_child(trade, order_id)
            return self._accept(book, closing, "orders")

    def cancel_child(self, trade_id: int, order_id: int) -> Json:
        """DELETE /v2/smart_trades/{id}/trades/{order_id}."""
        with self._venue.open() as book:
            trade = self._ready(book, trade_id)
            _require(trade.status in CANCELABLE, "Cancel")
            left = cancel_child(trade, order_id, self.now())
            if left.status == "cancellation_pending":
                return self._accept(book, left, "cancel")
            return self._venue.show(book, book.put(left))

    # Accounts and markets

    def accounts(self, parameters: Mapping[str, str]) -> list[Json]:
        """GET /ver1/accounts, 100 a page."""
        start, size = read_page(parameters, default=100)
        found = [account_json(account) for account in self._venue.accounts.values()]
        return found[start : start + size]

    def account(self, account_id: int) -> Json:
        """GET /ver1/accounts/{id}."""
        found = self._venue.accounts.get(account_id)
        if found is None:
            raise Rejection(404, "Not found", "Account not found")
        return account_json(found)

    def balances(self, account_id: int) -> list[Json]:
        """POST /ver1/accounts/{id}/account_table_data."""
        self.account(account_id)
        return [balance_json(account_id, *row) for row in self._venue.balances(account_id)]

    def market_pairs(self, market_code: str) -> list[str]:
        """GET /ver1/accounts/market_pairs."""
        return sorted(name for market, name in self._venue.pairs if market == market_code)

    def currency_rates(self, market_code: str, pair: str, *, leverage: bool = False) -> Json:
        """GET /ver1/accounts/currency_rates, or …_with_leverage_data."""
        found = self._venue.pairs.get((market_code, pair))
        if found is None:
            raise unknown_pair()
        with self._venue.open() as book:
            return rates_json(found, self._venue.quote(book, found), leverage=leverage)

    # Moving the market, which the service has no call for

    def tick(
        self,
        pair: str,
        price: Decimal,
        *,
        bid: Decimal | None = None,
        ask: Decimal | None = None,
    ) -> list[Json]:
        """Move a pair to a price on every market that has it; answers the trades that changed.

        Without ``bid`` and ``ask`` all three prices are the same. What was asked for before is
        settled first, at the old price. Raises ``Rejection``: 404 for an unknown pair, 400 for
        prices that are not positive or a bid above the ask.
        """
        quote = Quote(bid or price, ask or price, price)
        if min(quote.bid, quote.ask, price) <= 0 or quote.bid > quote.ask:
            raise invalid({"price": ["is invalid"]})
        markets = [found for (_, name), found in self._venue.pairs.items() if name == pair]
        if not markets:
            raise Rejection(404, "Not found", "Pair not found")
        with self._venue.open() as book:
            trades = [t for t in book.trades.values() if t.pair == pair and t.active]
            settled = [self._settle(book, trade) for trade in trades]
            for market in markets:
                book.set_quote(f"{market.market_code}/{pair}", quote)
            moved = [self._meet_market(book, trade) for trade in settled]
            changed = [now for now, before in zip(moved, trades, strict=True) if now != before]
            return [self._venue.show(book, trade) for trade in changed]

    def fill(self, trade_id: int) -> Json:
        """Fill a waiting entry at its own price, wherever the market is."""
        with self._venue.open() as book:
            trade = self._settle(book, _find(book, trade_id))
            _require(trade.status == "waiting_position", "Fill")
            filled = fill_entry(self._venue.turn(book, trade)).trade
            return self._venue.show(book, book.put(filled))

    # What the calls have in common

    def _accept(self, book: Book, trade: ExchangeTrade, pending: str) -> Json:
        accepted = request(trade, pending, self.now(), self._venue.delay)
        return self._venue.show(book, book.put(accepted))

    def _ready(self, book: Book, trade_id: int, *, status: int = 404) -> ExchangeTrade:
        """The trade, with an update still under way finished: the next request builds on it."""
        trade = _find(book, trade_id, status=status)
        return self._settle(book, trade) if trade.status in EDITABLE else trade

    def _settle(self, book: Book, trade: ExchangeTrade) -> ExchangeTrade:
        if trade.pending is None:
            return trade
        return book.put(settle(self._venue.turn(book, trade)).trade)

    def _meet_market(self, book: Book, trade: ExchangeTrade) -> ExchangeTrade:
        turn = self._venue.turn(book, self._settle(book, trade))
        moved = advance(turn.trade, turn.tick, turn.rules)
        if moved.trade == turn.trade:
            return turn.trade
        return book.put(replace(moved.trade, updated_at=turn.tick.time))

    def _market(self, book: Book, trade: ExchangeTrade) -> tuple[Pair, Tick]:
        _, pair = self._venue.market_of(trade)
        return pair, self._venue.tick(book, pair)


def _require(allowed: bool, what: str) -> None:
    if not allowed:
        raise not_allowed(what)


def _find(book: Book, trade_id: int, *, status: int = 404) -> ExchangeTrade:
    trade = book.trades.get(trade_id)
    if trade is None:
        raise not_found(status)
    return trade


def _numbered(trade: ExchangeTrade, book: Book) -> ExchangeTrade:
    numbered = trade.numbered(book.take_order_id)
    return numbered if numbered.id else replace(numbered, id=book.take_trade_id())
