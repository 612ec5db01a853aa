"""One run against one environment: the client, the journal, the clocks."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from msgspec import Struct, field

from smartplan.api.client import SmartTradeClient
from smartplan.api.entities import Account, Rates
from smartplan.changes.execute.claims import unknown_creates
from smartplan.changes.execute.windows import LISTING_LAG, SETTLE_WINDOW
from smartplan.changes.reconcile.inputs import MarketView, Memory, Prices
from smartplan.errors import Rejected, ServiceError
from smartplan.settings import Settings
from smartplan.state.clocks import Clocks
from smartplan.state.journal import Journal
from smartplan.state.store import LockScope, Store
from smartplan.trade.model import Trade

PRICES_LAST = timedelta(seconds=30)
"""How old prices may be when what was confirmed begins."""


class _Prices(Struct):
    """The market by (market code, pair), and when it was last asked for."""

    rates: dict[tuple[str, str], Rates | None] = field(default_factory=dict)
    asked: datetime | None = None


class Session(Struct, frozen=True, dict=True):
    """What a use case that talks to the exchange works with; accounts are asked for once.

    ``run`` names the run in the journal; ``settle_window`` and ``listing_lag``, by which a list may
    lag behind a create, are in seconds.
    """

    settings: Settings
    client: SmartTradeClient
    store: Store
    run: str
    now: Callable[[], datetime]
    pause: Callable[[float], None]
    settle_window: float = SETTLE_WINDOW
    listing_lag: float = LISTING_LAG
    clocks: Clocks = field(default_factory=Clocks)

    def adapt(self) -> None:
        """Begin as the last check of the service has found it: with the other signatures."""
        forms = self.client.transport.forms
        if forms is not None and "A08" in self.journal.known_false:
            forms.use(1)

    @property
    def lag(self) -> float:
        """Seconds by which lists may lag; a minute where a check has found it to be more."""
        return 60.0 if "A03" in self.journal.known_false else self.listing_lag

    @cached_property
    def accounts(self) -> Mapping[int, Account]:
        """The accounts of the key, by id, as far as those of the environment reach."""
        ours = frozenset(self.settings.accounts.values())
        return {account.id: account for account in self.client.accounts(ours)}

    def balances(self, account_id: int) -> Mapping[str, Decimal] | None:
        """What an account has free, asked for once per run; None where the service does not say.

        Nor where a check has found that it does not tell what a trade can use.
        """
        known = self._balances
        if "A28" in self.journal.known_false:  # A28
            return None
        if account_id not in known:
            try:
                known[account_id] = self.client.balances(account_id)
            except ServiceError:
                known[account_id] = None  # it is for a warning, and stops nothing
        return known[account_id]

    @cached_property
    def _balances(self) -> dict[int, Mapping[str, Decimal] | None]:
        return {}

    def prices(self, trades: Iterable[Trade]) -> Prices:
        """Rates and limits, asked for when they are needed: one request per pair and run.

        None for a pair that is not traded, and where the service does not know the market.
        Leverage is asked for where one of the trades uses it on that pair.
        """
        geared = {self._place(trade) for trade in trades if self._is_geared(trade)}

        def rates_of(trade: Trade) -> Rates | None:
            place, known = self._place(trade), self._prices.rates
            if place is None:
                return None
            if place not in known:
                known[place] = self._ask(*place, leverage=place in geared)
                self._prices.asked = self.now()
            return known[place]

        return rates_of

    def market(self, trades: Iterable[Trade]) -> dict[tuple[int, str], Rates | None]:
        """The same for all of them at once, by (account id, pair).

        What the service does not know the market of is left out.
        """
        listed = [trade for trade in trades if self._place(trade) is not None]
        rates_of = self.prices(listed)
        return {(trade.account_id, trade.pair): rates_of(trade) for trade in listed}

    def pair_rates(self, account: Account, pair: str) -> Rates | None:
        """Rates and limits of a pair on the market of an account, with leverage if it has that.

        None for a pair that is not traded, and where the service does not know the market.
        """
        if account.market_code is None:
            return None
        return self._ask(account.market_code, pair, leverage=account.futures is True)

    def _place(self, trade: Trade) -> tuple[str, str] | None:
        """Market code and pair."""
        account = self.accounts.get(trade.account_id)
        code = account.market_code if account is not None else None
        return None if code is None else (code, trade.pair)

    def _is_geared(self, trade: Trade) -> bool:
        account = self.accounts.get(trade.account_id)
        return trade.leverage is not None and account is not None and account.futures is not False

    def forget_old_prices(self) -> None:
        """Have ``market`` ask again where a person took longer than ``PRICES_LAST`` to confirm.

        A run that nobody had to confirm keeps its prices, however long asking for them took.
        """
        asked = self._prices.asked
        if asked is None or not timedelta(0) <= self.now() - asked <= PRICES_LAST:
            self._prices.rates.clear()

    def _ask(self, market: str, pair: str, *, leverage: bool) -> Rates | None:
        try:
            ask = self.client.rates_with_leverage if leverage else self.client.rates
            return ask(market, pair)
        except Rejected as error:
            if not says_no_such_pair(error):
                raise
            return None

    @cached_property
    def _prices(self) -> "_Prices":
        return _Prices()

    @property
    def scope(self) -> LockScope:
        """What the lock and the journal of this run are about."""
        return LockScope(self.settings.workspace, self.settings.environment)

    @cached_property
    def journal(self) -> Journal:
        """The journal of this run."""
        return Journal(self.store, self.scope, self.run, now=self.now, clocks=self.clocks)

    def memory(self, view: MarketView) -> Memory:
        """What the journal knows, with open creates held against a complete view."""
        trades = {(t.identity.name, t.identity.round): t for t in self.journal.known_trades()}
        return Memory(trades, unknown_creates(self.journal.open_claims(), view))


def says_no_such_pair(error: Rejected) -> bool:
    """The market is the account's own, so what is not found, or not valid, is the pair.

    Documented is a 400 whose ``error`` is ``Unknown pair``.
    """
    if error.status in {400, 422}:
        return error.error.casefold() == "unknown pair" or "pair" in error.attributes
    return error.status == 404
