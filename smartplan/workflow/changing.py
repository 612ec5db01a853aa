"""Diff and apply: the plans that fit, held against what the exchange has."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, partial

from smartplan.api.answers import attribute_path
from smartplan.api.client import ACTIVE_TRADES, SmartTradeClient, TradeFilter
from smartplan.api.entities import Account
from smartplan.changes import guards
from smartplan.changes.apply import Outcome, Result, apply, verify
from smartplan.changes.changeset import Changeset
from smartplan.changes.reading import Ownership, read
from smartplan.changes.reconcile import Desired, Scope, View, reconcile
from smartplan.diagnostics import format_path
from smartplan.errors import SafetyRefusal, ServiceError
from smartplan.settings import Settings
from smartplan.trade.model import LiveTrade, Trade
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.risk import Risk, assess, reference_price
from smartplan.workflow.checking import Checked


@dataclass(frozen=True)
class Session:
    """One run against one environment; accounts are asked for once."""

    settings: Settings
    client: SmartTradeClient
    now: Callable[[], datetime]
    pause: Callable[[float], None]

    @cached_property
    def accounts(self) -> Mapping[int, Account]:
        """The accounts of the key, by id."""
        return {account.id: account for account in self.client.accounts()}


@dataclass(frozen=True, slots=True)
class _Listing:
    client: SmartTradeClient

    def active(self) -> Sequence[LiveTrade]:
        return self.client.scan(ACTIVE_TRADES)

    def since(self, day: date | None) -> Sequence[LiveTrade]:
        start = day.isoformat() if day is not None else None
        return self.client.scan(TradeFilter(status="all", created_from=start))


def compare(checked: Checked, session: Session) -> Changeset:
    """What apply would do. Raises ``SafetyRefusal`` for accounts of the wrong kind."""
    settings = session.settings
    guards.accounts_fit(settings.environment, settings.accounts, session.accounts)
    names = {trade.name for trade in checked.trades}
    ours = Ownership(settings.workspace, frozenset(settings.accounts.values()))
    view = read(_Listing(session.client), ours, names, settings.since)
    guards.since_covers(settings.since, session.now().date(), filter(ours.owns, view.active))
    last = _prices(checked.trades, ours.names(view.active), session)
    scope = Scope(
        workspace=settings.workspace,
        environment=settings.environment,
        accounts=settings.accounts,
        now=session.now(),
        assess=partial(risk_of, settings),
        since=settings.since,
    )
    desired = Desired(checked.trades, len(checked.plans), checked.known)
    return reconcile(desired, View(view.active, view.ended, last), scope)


def risk_of(settings: Settings, trade: Trade, planned: PlannedTrade) -> Risk:
    """A trade's risk with the fees of its account; leverage pays its fee in quote."""
    alias = settings.alias_of(trade.account_id)
    model = settings.risk.fee_model.get(alias or "")
    return assess(
        trade,
        fee=settings.risk.fee,
        fee_model=model or ("quote" if trade.leverage else "base"),
        reference=reference_price(trade, planned.lifecycle.expect),
    )


def _prices(
    trades: Sequence[PlannedTrade], open_names: frozenset[str], session: Session
) -> dict[tuple[int, str], Decimal]:
    """The last price where a create may depend on it: one request per (market, pair)."""
    asked: dict[tuple[str, str], Decimal | None] = {}
    last: dict[tuple[int, str], Decimal] = {}
    for planned in trades:
        trade = planned.trade
        account = session.accounts.get(trade.account_id)
        market = account.market_code if account is not None else None
        if planned.lifecycle.expect is None or planned.name in open_names or market is None:
            continue
        if (market, trade.pair) not in asked:
            asked[market, trade.pair] = session.client.rates(market, trade.pair).last
        price = asked[market, trade.pair]
        if price is not None:
            last[trade.account_id, trade.pair] = price
    return last


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did, and what the exchange shows afterwards.

    ``after`` is None when that could not be read; ``unread`` says why.
    """

    outcomes: tuple[Outcome, ...]
    after: Changeset | None
    unread: str = ""


def carry_out(
    checked: Checked,
    confirmed: Changeset,
    session: Session,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
) -> Applied:
    """Read again, refuse if it is no longer what was confirmed, act, and verify."""
    if checked.errors:
        raise SafetyRefusal("the plans have errors: nothing was sent", hint="smartplan lint")
    current = compare(checked, session)
    guards.unchanged_since(confirmed, current)
    outcomes: list[Outcome] = []
    for outcome in apply(current.mutations, session.client, pause=session.pause):
        on_outcome(outcome)
        outcomes.append(outcome)
    if not any(outcome.result in {Result.DONE, Result.UNKNOWN} for outcome in outcomes):
        return Applied(tuple(outcomes), current)
    try:
        settled, after = verify(outcomes, partial(compare, checked, session), pause=session.pause)
    except ServiceError as error:
        return Applied(tuple(outcomes), None, str(error))
    return Applied(settled, after)


def complaints(outcome: Outcome, trades: Sequence[PlannedTrade]) -> Iterator[str]:
    """The service's complaints about a body, each traced to the plan's line where it can be."""
    planned = next((trade for trade in trades if trade.name == outcome.action.of.name), None)
    for key, messages in (outcome.attributes or {}).items():
        path = attribute_path(key)
        where = key if path is None else format_path(path)
        if path is not None and planned is not None:
            place = planned.locate(path)
            where = f"{place.file}:{place.line} {where}"
        for message in messages:
            yield f"{where}: {message}"
