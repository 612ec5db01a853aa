"""One run against one environment: the client, the journal, the clocks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from smartplan.api.client import ACTIVE_TRADES, SmartTradeClient, TradeFilter
from smartplan.api.entities import Account, Rates
from smartplan.changes.inputs import Memory, View
from smartplan.changes.settle import SETTLE_WINDOW, unknown_creates
from smartplan.errors import Rejected
from smartplan.settings import Settings
from smartplan.state.journal import Journal
from smartplan.state.store import Scope as LockScope
from smartplan.state.store import Store
from smartplan.trade.model import LiveTrade


@dataclass(frozen=True)
class Session:
    """What a use case that talks to the exchange works with; accounts are asked for once.

    ``run`` names the run in the journal; ``settle_window`` is in seconds.
    """

    settings: Settings
    client: SmartTradeClient
    store: Store
    run: str
    now: Callable[[], datetime]
    pause: Callable[[float], None]
    settle_window: float = SETTLE_WINDOW

    @cached_property
    def accounts(self) -> Mapping[int, Account]:
        """The accounts of the key, by id."""
        return {account.id: account for account in self.client.accounts()}

    def rates(self, account_id: int, pair: str) -> Rates | None:
        """The rates and limits of a pair on an account's market: one request each per run."""
        account = self.accounts.get(account_id)
        if account is None or account.market_code is None:
            return None
        key = (account.market_code, pair)
        if key not in self._rates:
            try:
                self._rates[key] = self.client.rates(*key)
            except Rejected:
                self._rates[key] = None
        return self._rates[key]

    @cached_property
    def _rates(self) -> dict[tuple[str, str], Rates | None]:
        return {}

    @property
    def scope(self) -> LockScope:
        """What the lock and the journal of this run are about."""
        return LockScope(self.settings.workspace, self.settings.environment)

    @cached_property
    def journal(self) -> Journal:
        """The journal of this run."""
        return Journal(self.store, self.scope, self.run, now=self.now)

    def memory(self, view: View) -> Memory:
        """What the journal knows, with open creates held against a complete view."""
        trades = {(t.identity.name, t.identity.round): t for t in self.journal.known_trades()}
        return Memory(trades, unknown_creates(self.journal.open_claims(), view))


@dataclass(frozen=True, slots=True)
class ServiceListing:
    """``changes.reading.Listing`` over the client: complete scans."""

    client: SmartTradeClient

    def active(self) -> Sequence[LiveTrade]:
        """Every open trade of the key."""
        return self.client.scan(ACTIVE_TRADES)

    def since(self, day: date | None) -> Sequence[LiveTrade]:
        """Every trade created from ``day`` on."""
        start = day.isoformat() if day is not None else None
        return self.client.scan(TradeFilter(status="all", created_from=start))
