"""What a workspace has written down of its markets, for lint and templates offline; pure.

Prices are quote per base, lots in units (base units or contracts), totals in quote currency.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import Struct, field

FILE_NAME = "markets.lock.json"
FORMAT = "smartplan-markets-lock"


class PairTerms(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a market takes on a pair; ``None`` where it does not say.

    ``contract_size`` is in base units; ``maintenance`` is a fraction of the position.
    """

    tick: Decimal | None = None
    lot: Decimal | None = None
    min_lot: Decimal | None = None
    min_total: Decimal | None = None
    min_market_total: Decimal | None = None
    contract_size: Decimal | None = None
    maintenance: Decimal | None = None


class LockedAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """The market of an account, when it was asked, and its pairs."""

    market: str
    fetched: datetime
    pairs: Mapping[str, PairTerms] = field(default_factory=dict)


class MarketLock(Struct, frozen=True, forbid_unknown_fields=True):
    """``markets.lock.json``: accounts by environment and alias."""

    format: str = FORMAT
    format_version: int = 1
    environments: Mapping[str, Mapping[str, LockedAccount]] = field(default_factory=dict)

    def of(self, environment: str) -> Mapping[str, LockedAccount]:
        """The accounts of an environment, by alias."""
        return self.environments.get(environment, {})

    def with_accounts(
        self, environment: str, accounts: Mapping[str, LockedAccount]
    ) -> "MarketLock":
        """The same with these accounts of an environment, and no other of it."""
        return MarketLock(environments={**self.environments, environment: accounts})


class TermChange(Struct, frozen=True):
    """What moved of a pair; ``None`` for what was not, or is no more, said."""

    alias: str
    pair: str
    term: str
    before: Decimal | None
    after: Decimal | None


def written_lock(lock: MarketLock) -> str:
    """The text of the file: sorted, a line a figure, so that Git shows what moved."""
    content = msgspec.json.encode(lock, order="sorted")
    return msgspec.json.format(content, indent=2).decode() + "\n"


def term_changes(
    before: Mapping[str, LockedAccount], after: Mapping[str, LockedAccount]
) -> tuple[TermChange, ...]:
    """What moved of pairs that were known before, by alias, pair and term."""
    return tuple(
        TermChange(alias, pair, term, was, now)
        for alias in sorted(before.keys() & after.keys())
        for pair in sorted(before[alias].pairs.keys() & after[alias].pairs.keys())
        for term in PairTerms.__struct_fields__
        if (was := getattr(before[alias].pairs[pair], term))
        != (now := getattr(after[alias].pairs[pair], term))
    )


def new_pairs(
    before: Mapping[str, LockedAccount], after: Mapping[str, LockedAccount]
) -> tuple[tuple[str, str], ...]:
    """Alias and pair of what was not known before."""
    return tuple(
        (alias, pair)
        for alias, account in sorted(after.items())
        for pair in sorted(account.pairs)
        if alias not in before or pair not in before[alias].pairs
    )
