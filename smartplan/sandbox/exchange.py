"""The embedded exchange: accounts, markets and trades behind the calls of the service."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from pathlib import Path
from threading import RLock

from smartplan.sandbox.book import Book, FileShelf, MemoryShelf, Quote
from smartplan.sandbox.catalog import ACCOUNTS, PAIRS, Account, Pair
from smartplan.sandbox.decimals import ONE
from smartplan.sandbox.entity import CANCELABLE, CLOSABLE, EDITABLE, View, entity
from smartplan.sandbox.fields import Fields
from smartplan.sandbox.lifecycle import ask, due, settle
from smartplan.sandbox.limits import check_limits
from smartplan.sandbox.listing import page_of, read_page, read_query
from smartplan.sandbox.markets import account_json, rates_json
from smartplan.sandbox.profit import profit_in_quote, profit_percent
from smartplan.sandbox.refusal import Refusal, invalid, not_allowed, not_found
from smartplan.sandbox.trade import Tick, Trade
from smartplan.sandbox.turn import ARITHMETIC, Rules, Turn
from smartplan.sandbox.validation import read_create, read_note, read_update

Json = dict[str, object]
Body = Mapping[str, object]
SETTLE_SECONDS = 0.4


@dataclass(frozen=True, slots=True)
class Received:
    """A request the exchange saw; never its headers."""

    method: str
    path: str
    body: str


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Exchange:
    """The sandbox's state and rules; every call of the service is a method.

    ``state`` is the JSON file it lives in (``None``: memory only); ``clock`` answers UTC times;
    ``settle_delay`` is how many seconds pass until a request is carried out. Methods answer what
    the service would (plain JSON values) or raise ``Refusal``; a state file that cannot be read
    raises ``ServiceError``.
    """

    def __init__(
        self,
        state: Path | None = None,
        *,
        accounts: Iterable[Account] = ACCOUNTS,
        pairs: Iterable[Pair] = PAIRS,
        clock: Callable[[], datetime] = utc_now,
        settle_delay: float = SETTLE_SECONDS,
    ) -> None:
        self._accounts = {account.id: account for account in accounts}
        self._pairs = {(pair.market_code, pair.name): pair for pair in pairs}
        self._clock = clock
        self._delay = timedelta(seconds=settle_delay)
        self._shelf = FileShelf(state) if state else MemoryShelf()
        self._guard = RLock()
        self.log: list[Received] = []
        with self._open():
            pass

    def now(self) -> datetime:
        """The exchange's time."""
        return self._clock()

    def reset(self) -> None:
        """Forget every trade and price, even those of a file that cannot be read."""
        with self._guard:
            self._shelf.clear()

    @contextmanager
    def _open(self) -> Iterator[Book]:
        with self._guard, self._shelf.open() as book, localcontext(ARITHMETIC):
            now = self.now()
            for trade in [trade for trade in book.trades.values() if due(trade, now)]:
                book.put(settle(self._turn(book, trade)).trade)
            yield book

    # Smart trades

    def create(self, body: Body) -> Json:
        """POST /v2/smart_trades."""
        with self._open() as book:
            now = self.now()
            trade = read_create(body, now)
            account, pair = self._market_of(trade)
            check_limits(trade, account, pair, self._tick(book, pair))
            accepted = ask(_numbered(trade, book), "create", now, self._delay)
            return self._show(book, book.put(accepted))

    def get(self, trade_id: int) -> Json:
        """GET /v2/smart_trades/{id}."""
        with self._open() as book:
            return self._show(book, _find(book, trade_id))

    def list_trades(self, parameters: Mapping[str, str]) -> list[Json]:
        """GET /v2/smart_trades: a bare array."""
        query = read_query(parameters)
        with self._open() as book:

            def profit(trade: Trade) -> tuple[Decimal, Decimal]:
                account, pair = self._market_of(trade)
                tick = self._tick(book, pair)
                in_quote = profit_in_quote(trade, tick, account.fee)
                return in_quote, profit_percent(trade, tick, account.fee)

            page = page_of(book.trades.values(), query, profit)
            return [self._show(book, trade) for trade in page]

    def update(self, trade_id: int, body: Body) -> Json:
        """PATCH /v2/smart_trades/{id}."""
        with self._open() as book:
            trade = _find(book, trade_id)
            if trade.status not in EDITABLE:
                raise not_allowed("Update")
            changed = read_update(body, trade)
            account, pair = self._market_of(trade)
            check_limits(changed, account, pair, self._tick(book, pair))
            asked = ask(_numbered(changed, book), "update", self.now(), self._delay)
            return self._show(book, book.put(asked))

    def cancel(self, trade_id: int) -> Json:
        """DELETE /v2/smart_trades/{id}; a position that was entered stays, without its exits."""
        with self._open() as book:
            # Documented on the cancel page: an unknown trade is a 400 here.
            trade = _find(book, trade_id, status=400)
            if trade.status not in CANCELABLE:
                raise not_allowed("Cancel")
            asked = ask(trade, "cancel", self.now(), self._delay)
            return self._show(book, book.put(replace(asked, status="cancellation_pending")))

    def close_by_market(self, trade_id: int) -> Json:
        """POST /v2/smart_trades/{id}/close_by_market."""
        with self._open() as book:
            trade = _find(book, trade_id)
            if trade.status not in CLOSABLE:
                raise not_allowed("Close by market")
            trade = trade if trade.close_id else replace(trade, close_id=book.take_order_id())
            asked = ask(trade, "close", self.now(), self._delay)
            return self._show(book, book.put(replace(asked, status="panic_sell_pending")))

    def set_note(self, trade_id: int, body: Body) -> Json:
        """POST /v2/smart_trades/{id}/set_note."""
        with self._open() as book:
            trade = _find(book, trade_id)
            fields = Fields(body, "", {})
            note = read_note(fields, required=True)
            if fields.errors:
                raise invalid(fields.errors)
            noted = replace(trade, note=note, updated_at=self.now())
            return self._show(book, book.put(noted))

    # Accounts and markets

    def accounts(self, parameters: Mapping[str, str]) -> list[Json]:
        """GET /ver1/accounts, 100 a page."""
        start, size = read_page(parameters, default=100)
        found = [account_json(account) for account in self._accounts.values()]
        return found[start : start + size]

    def account(self, account_id: int) -> Json:
        """GET /ver1/accounts/{id}."""
        if account_id not in self._accounts:
            raise Refusal(404, "Not found", "Account not found")
        return account_json(self._accounts[account_id])

    def market_pairs(self, market_code: str) -> list[str]:
        """GET /ver1/accounts/market_pairs."""
        return sorted(name for market, name in self._pairs if market == market_code)

    def currency_rates(self, market_code: str, pair: str, *, leverage: bool = False) -> Json:
        """GET /ver1/accounts/currency_rates, or …_with_leverage_data."""
        found = self._pairs.get((market_code, pair))
        if found is None:
            raise Refusal(404, "Not found", "Pair not found")
        with self._open() as book:
            return rates_json(found, _quote(book, found), leverage=leverage)

    # What is behind the calls

    def _market_of(self, trade: Trade) -> tuple[Account, Pair]:
        account = self._accounts.get(trade.account_id)
        if account is None:
            raise Refusal(403, "Forbidden", "Account not owned by current user.")
        pair = self._pairs.get((account.market_code, trade.pair))
        if pair is None:
            raise invalid({"pair": ["is not available on this account"]}, status=422)
        return account, pair

    def _tick(self, book: Book, pair: Pair) -> Tick:
        quote = _quote(book, pair)
        return Tick(self.now(), quote.bid, quote.ask, quote.last)

    def _turn(self, book: Book, trade: Trade) -> Turn:
        account, pair = self._market_of(trade)
        rules = Rules(
            fee=account.fee,
            fee_model=account.fee_model,
            lot_step=pair.lot_step,
            price_step=pair.price_step,
        )
        return Turn(trade, self._tick(book, pair), rules)

    def _show(self, book: Book, trade: Trade) -> Json:
        account, pair = self._market_of(trade)
        usd = self._pairs.get((account.market_code, f"USDT_{pair.quote}"))
        rate = _quote(book, usd).last if usd else ONE
        return entity(View(trade, account, pair, self._tick(book, pair), rate))


def _quote(book: Book, pair: Pair) -> Quote:
    opening = Quote(pair.last, pair.last + pair.spread, pair.last)
    return book.quotes.get(f"{pair.market_code}/{pair.name}", opening)


def _find(book: Book, trade_id: int, *, status: int = 404) -> Trade:
    trade = book.trades.get(trade_id)
    if trade is None:
        raise not_found(status)
    return trade


def _numbered(trade: Trade, book: Book) -> Trade:
    targets = tuple(
        target if target.id else replace(target, id=book.take_order_id())
        for target in trade.targets
    )
    entry, stop = trade.entry, trade.stop
    return replace(
        trade,
        id=trade.id or book.take_trade_id(),
        entry=entry if entry.id else replace(entry, id=book.take_order_id()),
        targets=targets,
        stop=stop if stop is None or stop.id else replace(stop, id=book.take_order_id()),
    )
