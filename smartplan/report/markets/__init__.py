"""Markets: what is traded on the accounts, and on what terms."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from smartplan.trade.market_lock import PairTerms
from smartplan.trade.ticker import Ticker


@dataclass(frozen=True, slots=True)
class MarketRow:
    """A pair on the market of an account: what it takes, and its prices."""

    alias: str
    account_id: int
    market: str
    pair: str
    terms: PairTerms
    ticker: Ticker

    @property
    def least(self) -> Decimal | None:
        """The least total of an order."""
        return self.terms.min_total


@dataclass(frozen=True, slots=True)
class MarketsReport:
    """Pairs as a ``service`` shows them at a moment.

    ``more`` fit the ``query``, too, and were not asked about; ``unknown`` are the aliases of
    accounts whose market is not named.
    """

    environment: str
    service: str
    at: datetime
    rows: tuple[MarketRow, ...]
    query: str = ""
    more: int = 0
    unknown: tuple[str, ...] = ()
