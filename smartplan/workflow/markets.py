"""The markets of the accounts: what is traded there, on what terms, and what is locked of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from smartplan.api.entities import Account, Rates
from smartplan.document.scalars import number_text
from smartplan.errors import UsageError
from smartplan.trade.market_lock import (
    LockedAccount,
    MarketLock,
    PairTerms,
    TermChange,
    new_pairs,
    term_changes,
)
from smartplan.workflow.lint_plans import LintResult
from smartplan.workflow.market_lock import workspace_lock, write_lock
from smartplan.workflow.session import Session


class MarketPair(Struct, frozen=True):
    """A pair on the market of an account, with its rates and limits."""

    alias: str
    account: Account
    pair: str
    rates: Rates

    @property
    def terms(self) -> PairTerms:
        """What is locked of it."""
        return terms_of(self.rates)


class MarketPairs(Struct, frozen=True):
    """The pairs that were asked for; ``more`` fit, too, and were not asked about.

    ``unknown`` are the aliases of accounts whose market the service does not name.
    """

    pairs: tuple[MarketPair, ...]
    more: int = 0
    unknown: tuple[str, ...] = ()


class Locked(Struct, frozen=True):
    """What was written: where, how many pairs, what is new and what has moved since.

    ``gone`` are pairs of the lock that are traded no more, by alias; they were left out.
    """

    file: Path
    pairs: int
    new: tuple[tuple[str, str], ...]
    moved: tuple[TermChange, ...]
    gone: tuple[tuple[str, str], ...]


def terms_of(rates: Rates) -> PairTerms:
    """What is locked of a pair."""
    limits = rates.limits
    said = {
        "tick": limits.price_step,
        "lot": limits.lot_step,
        "min_lot": limits.min_lot_size,
        "min_total": limits.min_total,
        "min_market_total": limits.min_market_total,
        "contract_size": rates.contract_size,
        "maintenance": rates.maintenance,
    }
    # As short as they can be written: a service that says 5.0 for 5 has changed nothing.
    return PairTerms(**{k: Decimal(number_text(v)) for k, v in said.items() if v is not None})


def market_pairs(session: Session, query: str | None, alias: str | None, limit: int) -> MarketPairs:
    """The pairs whose name has ``query`` in it, at most ``limit`` an account: a request each.

    Raises ``UsageError`` for an account there is not.
    """
    found: list[MarketPair] = []
    more, unknown = 0, []
    for name, account in _accounts(session, alias):
        if account.market_code is None:
            unknown.append(name)
            continue
        fitting = _fitting(session.client.market_pairs(account.market_code), query)
        more += max(0, len(fitting) - limit)
        for pair in fitting[:limit]:
            rates = session.pair_rates(account, pair)
            if rates is not None:
                found.append(MarketPair(name, account, pair, rates))
    return MarketPairs(tuple(found), more, tuple(unknown))


def lock_markets(
    session: Session, checked: LintResult, named: Sequence[str], alias: str | None
) -> Locked:
    """Ask about the pairs of the plans, those that are locked and those named, and write it.

    Accounts that were not asked about stay as they are. Raises ``UsageError``.
    """
    settings = session.settings
    lock = workspace_lock(settings) or MarketLock()
    before = lock.of(settings.environment)
    after, gone = dict(before), []
    places = _accounts(session, alias)
    traded: set[str] = set()
    for name, account in places:
        known = frozenset(before[name].pairs) if name in before else frozenset()
        wanted = sorted({*known, *_planned(checked, account.id), *named})
        pairs = {pair: session.pair_rates(account, pair) for pair in wanted}
        kept = {pair: terms_of(rates) for pair, rates in pairs.items() if rates is not None}
        traded.update(kept)
        gone += [(name, pair) for pair in sorted(known - kept.keys())]
        if account.market_code is not None and (kept or name in before):
            after[name] = LockedAccount(account.market_code, session.now(), kept)
    for pair in named:
        if pair not in traded:
            raise _not_traded(pair, places, session)
    if not any(account.pairs for account in after.values()):
        raise UsageError(
            "there is nothing to lock: no plan names a pair that is traded",
            hint="name pairs: `smartplan markets lock USDT_BTC`",
        )
    file = write_lock(settings, lock.with_accounts(settings.environment, after))
    count = sum(len(account.pairs) for account in after.values())
    return Locked(file, count, new_pairs(before, after), term_changes(before, after), tuple(gone))


def locked_pairs(lock: MarketLock | None, environment: str) -> Iterator[str]:
    """Every pair that is locked, for whoever offers them."""
    if lock is not None:
        yield from sorted({p for one in lock.of(environment).values() for p in one.pairs})


def pair_meant(text: str, pairs: Iterable[str]) -> str:
    """The hint at the pair that somebody may have meant: ``BTC`` is ``USDT_BTC``."""
    import difflib

    known, wanted = sorted(pairs), text.upper().replace("/", "_").replace("-", "_")
    turned = "_".join(reversed(wanted.split("_")))
    same = [pair for pair in known if pair in {wanted, turned} or wanted in pair.split("_")[1:]]
    dollars = [pair for pair in same if pair.startswith("USDT_")]
    near = [*dollars, *same, *difflib.get_close_matches(wanted, known, 1)]
    return f"did you mean `{near[0]}`?" if near else "`smartplan markets` lists them"


def _accounts(session: Session, alias: str | None) -> list[tuple[str, Account]]:
    aliases: Mapping[str, int] = session.settings.accounts
    if alias is not None and alias not in aliases:
        listed = ", ".join(sorted(aliases))
        where = session.settings.environment
        raise UsageError(f"no account {alias} in {where}", hint=f"known: {listed}")
    names: Iterable[str] = sorted(aliases) if alias is None else (alias,)
    known = session.accounts
    return [(name, known[aliases[name]]) for name in names if aliases[name] in known]


def _fitting(pairs: Iterable[str], query: str | None) -> list[str]:
    wanted = (query or "").upper()
    return sorted(pair for pair in set(pairs) if wanted in pair.upper())


def _planned(checked: LintResult, account_id: int) -> Iterator[str]:
    return (one.trade.pair for one in checked.trades if one.trade.account_id == account_id)


def _not_traded(pair: str, places: Sequence[tuple[str, Account]], session: Session) -> UsageError:
    listed = {
        known
        for _, account in places
        if account.market_code is not None
        for known in session.client.market_pairs(account.market_code)
    }
    return UsageError(
        f"{pair} is traded on no account of this environment", hint=pair_meant(pair, listed)
    )
