"""Guard rails: what ``[policy]`` says of a changeset as a whole; pure.

The judgements over single trades are ``trade.policy``'s; here they meet the market, the trades that
are already open, and the size of the changeset.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from smartplan.api.entities import Rates
from smartplan.changes.changeset import (
    Adopt,
    Cancel,
    Changeset,
    Create,
    Railed,
    Replace,
    Unchanged,
    Update,
)
from smartplan.changes.inputs import Desired
from smartplan.diagnostics import format_path
from smartplan.document.scalars import number_text
from smartplan.trade.model import Trade
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.policy import Breach, Level, Limit, Policy, judge, judge_together
from smartplan.trade.risk import Risk, reference_price
from smartplan.trade.ticker import Ticker, fires_at_once, knows_entry, typos

TYPO = "typo"
RULES = frozenset(Policy.__struct_fields__) | {TYPO}
"""Every guard rail: the keys of ``[policy]``, and the prices that look mistyped."""

OVER_ALL_TRADES = frozenset(
    {
        "freeze", "max_creates", "max_updates", "max_cancels", "max_open_trades",
        "max_open_risk", "max_notional_per_quote",
    }
)  # fmt: skip
"""Those that no trade breaks alone."""

Market = Mapping[tuple[int, str], Rates]
"""Rates by (account id, pair), for the trades with something to do."""


def railed(
    changeset: Changeset, desired: Desired, market: Market, policy: Policy
) -> tuple[Railed, ...]:
    """Every guard rail that applying this changeset would break, trade by trade, then all."""
    planned = {trade.name: trade for trade in desired.trades}
    found = [
        _named(action.of.name, breach)
        for action in changeset.actions
        if isinstance(action, Create | Replace | Update)
        for breach in _of_action(
            action, planned[action.of.name], market, policy, changeset.environment
        )
    ]
    together = judge_together(open_risks(changeset), policy)
    found += [_named(None, breach) for breach in (*together, *_size(changeset, policy))]
    return tuple(found)


def _named(name: str | None, breach: Breach) -> Railed:
    return Railed(name, breach.rule, breach.level.value, breach.message)


def _of_action(
    action: Create | Replace | Update,
    planned: PlannedTrade,
    market: Market,
    policy: Policy,
    environment: str,
) -> Iterator[Breach]:
    trade, risk = planned.trade, risk_after(action)
    yield from judge(trade, risk, policy, expect=planned.lifecycle.expect)
    if isinstance(action, Update):
        yield from _widens(action, policy.widen_risk)
        return
    rates = market.get((trade.account_id, trade.pair))
    ticker = ticker_of(rates)
    yield from _fires_at_once(trade, ticker, policy.fires_at_once)
    level = Level.SOFT if environment == "real" else Level.WARN
    for remark in typos(trade, ticker) if ticker is not None else ():
        yield Breach(rule=TYPO, level=level, message=remark.message, path=remark.path)
    yield from _deviates(planned, rates, policy.max_price_deviation)


def _widens(action: Update, level: Level | None) -> Iterator[Breach]:
    wider = [format_path(change.path) for change in action.changes if change.widens_risk]
    if level is not None and wider:
        message = f"its risk is widened: {', '.join(wider)}"
        yield Breach(rule="widen_risk", level=level, message=message)


def risk_after(action: Create | Replace | Update) -> Risk:
    """The risk once the action is done."""
    return action.risk_after if isinstance(action, Update) else action.risk


def open_risks(changeset: Changeset) -> dict[str, Risk]:
    """The risk of every trade of ours that is open once the changeset is applied."""
    risks = dict(changeset.staying)
    for action in changeset.actions:
        if isinstance(action, Create | Replace | Update):
            risks[action.of.name] = risk_after(action)
        elif isinstance(action, Unchanged | Adopt) and action.risk is not None:
            risks[action.of.name] = action.risk
    return risks


def _size(changeset: Changeset, policy: Policy) -> Iterator[Breach]:
    counts: tuple[tuple[str, Limit[int] | None, int], ...] = (
        ("max_creates", policy.max_creates, changeset.count(Create, Replace)),
        ("max_updates", policy.max_updates, changeset.count(Update)),
        ("max_cancels", policy.max_cancels, changeset.count(Cancel, Replace)),
    )
    for rule, limit, number in counts:
        if limit is not None and number > limit.value:
            message = f"{number} in one apply are more than {rule} {limit.value}"
            yield Breach(rule=rule, level=limit.level, message=message)
    opening = changeset.count(Create, Replace, Update)
    if policy.freeze is not None and opening:
        message = "freeze is set: nothing is opened or changed"
        yield Breach(rule="freeze", level=policy.freeze, message=message)


def ticker_of(rates: Rates | None) -> Ticker | None:
    """The prices of a pair, where they are known."""
    return Ticker(rates.bid, rates.ask, rates.last) if rates is not None else None


def _fires_at_once(trade: Trade, ticker: Ticker | None, level: Level | None) -> Iterator[Breach]:
    """A stop or target that the price at entry has crossed already."""
    if level is None:
        return
    rule = "fires_at_once"
    if level.stops and not trade.instant and not knows_entry(trade, ticker):
        message = "the market is not known, so nobody can say whether an exit fires at once"
        yield Breach(rule=rule, level=level, message=message)
    for remark in fires_at_once(trade, ticker) if ticker is not None else ():
        yield Breach(rule=rule, level=level, message=remark.message, path=remark.path)


def _deviates(
    planned: PlannedTrade, rates: Rates | None, limit: Limit[Decimal] | None
) -> Iterator[Breach]:
    if limit is None:
        return
    rule, reference = "max_price_deviation", reference_price(planned.trade)
    if reference is None:
        return
    if rates is None or rates.last is None or rates.last <= 0:
        if limit.level.stops:
            message = f"{rule} cannot be judged: the market is not known"
            yield Breach(rule=rule, level=limit.level, message=message)
        return
    away = abs(reference - rates.last) / rates.last * 100
    if away > limit.value:
        message = (
            f"the entry {number_text(reference)} is {away:.1f} % from the market "
            f"({number_text(rates.last)}), more than {rule} {number_text(limit.value)} %"
        )
        yield Breach(rule=rule, level=limit.level, message=message)
