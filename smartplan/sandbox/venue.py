"""The place trades are kept and priced: accounts, pairs, the clock and the shelf with the book."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from pathlib import Path
from threading import RLock

from smartplan.sandbox.book import Book, FileShelf, MemoryShelf, Quote
from smartplan.sandbox.catalog import ExchangeAccount, Pair
from smartplan.sandbox.decimals import ONE
from smartplan.sandbox.entity import entity
from smartplan.sandbox.market import due, settle
from smartplan.sandbox.rejection import Rejection, invalid
from smartplan.sandbox.shown_trade import ShownTrade
from smartplan.sandbox.trade import ExchangeTrade, Tick
from smartplan.sandbox.turn import ARITHMETIC, MarketRules, Turn

PLENTY = Decimal(1_000_000_000)
"""What an account has of a currency where nobody says."""


class Venue:
    """Accounts and markets over a book of trades; see ``Exchange`` for the parameters."""

    def __init__(
        self,
        state: Path | None,
        *,
        accounts: Iterable[ExchangeAccount],
        pairs: Iterable[Pair],
        clock: Callable[[], datetime],
        settle_delay: float,
    ) -> None:
        self.accounts = {account.id: account for account in accounts}
        self.pairs = {(pair.market_code, pair.name): pair for pair in pairs}
        self.now = clock
        self.delay = timedelta(seconds=settle_delay)
        self._shelf = FileShelf(state) if state else MemoryShelf()
        self._guard = RLock()
        self.free: Mapping[int, Mapping[str, Decimal]] = {}

    def balances(self, account_id: int) -> list[tuple[str, Decimal]]:
        """What an account has free: as was said, else plenty of every currency of its pairs."""
        if account_id in self.free:
            return sorted(self.free[account_id].items())
        market = self.accounts[account_id].market_code
        listed = [pair for (code, _), pair in self.pairs.items() if code == market]
        names = {name for pair in listed for name in (pair.quote, pair.base)}
        return [(name, PLENTY) for name in sorted(names)]

    @contextmanager
    def open(self) -> Iterator[Book]:
        """The book, with everything settled that is due, saved on the way out."""
        with self._guard, self._shelf.open() as book, localcontext(ARITHMETIC):
            now = self.now()
            for trade in [trade for trade in book.trades.values() if due(trade, now)]:
                book.put(settle(self.turn(book, trade)).trade)
            yield book

    def clear(self) -> None:
        """Forget every trade and price."""
        with self._guard:
            self._shelf.clear()

    def market_of(self, trade: ExchangeTrade) -> tuple[ExchangeAccount, Pair]:
        """The account and pair of a trade; raises ``Rejection`` (403, 422)."""
        account = self.accounts.get(trade.account_id)
        if account is None:
            raise Rejection(403, "Forbidden", "Account not owned by current user.")
        pair = self.pairs.get((account.market_code, trade.pair))
        if pair is None:
            raise invalid({"pair": ["is not available on this account"]}, status=422)
        return account, pair

    def quote(self, book: Book, pair: Pair) -> Quote:
        """The prices of a market: where it opened, until somebody moves it."""
        opening = Quote(pair.last, pair.last + pair.spread, pair.last)
        return book.quotes.get(f"{pair.market_code}/{pair.name}", opening)

    def tick(self, book: Book, pair: Pair) -> Tick:
        """The market as it is now."""
        quote = self.quote(book, pair)
        return Tick(self.now(), quote.bid, quote.ask, quote.last)

    def turn(self, book: Book, trade: ExchangeTrade) -> Turn:
        """The trade in the light of the market as it is now."""
        account, pair = self.market_of(trade)
        rules = MarketRules(
            fee=account.fee,
            fee_model=account.fee_model,
            lot_step=pair.lot_step,
            price_step=pair.price_step,
        )
        return Turn(trade, self.tick(book, pair), rules)

    def view(self, book: Book, trade: ExchangeTrade) -> ShownTrade:
        """The trade with what is needed to show it."""
        account, pair = self.market_of(trade)
        return ShownTrade(trade, account, pair, self.tick(book, pair), self._in_dollars(book, pair))

    def _in_dollars(self, book: Book, pair: Pair) -> Decimal:
        """What one of the money is worth that trades on a pair are counted in."""
        priced = pair if pair.inverse else self.pairs.get((pair.market_code, f"USDT_{pair.quote}"))
        return self.quote(book, priced).last if priced else ONE

    def show(self, book: Book, trade: ExchangeTrade) -> dict[str, object]:
        """The entity of a trade."""
        return entity(self.view(book, trade))
