"""Markets: what is traded on the accounts, and on what terms."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from smartplan.trade.market_lock import PairTerms
from smartplan.trade.ticker import Ticker


class MarketRow(Struct, frozen=True):
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


class MarketsReport(Struct, frozen=True):
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
