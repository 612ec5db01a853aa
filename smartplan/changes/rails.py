"""Guard rails: what ``[policy]`` says of a changeset as a whole; pure.

The judgements over single trades are ``trade.policy``'s; here they meet the market, the trades that
are already open, and the size of the changeset.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from smartplan.api.entities import Rates
from smartplan.changes.changeset import (
    Action,
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
from smartplan.document.scalars import number_text
from smartplan.trade.model import Side, Trade
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.policy import Breach, Level, Limit, Policy, judge, judge_together
from smartplan.trade.profit import percent_stop, percent_target
from smartplan.trade.risk import Risk, reference_price

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
        for breach in _of_action(action, planned[action.of.name], market, policy)
    ]
    together = judge_together(open_risks(changeset.actions), policy)
    found += [_named(None, breach) for breach in (*together, *_size(changeset, policy))]
    return tuple(found)


def _named(name: str | None, breach: Breach) -> Railed:
    return Railed(name, breach.rule, breach.level.value, breach.message)


def _of_action(
    action: Create | Replace | Update, planned: PlannedTrade, market: Market, policy: Policy
) -> Iterator[Breach]:
    trade, risk = planned.trade, risk_after(action)
    yield from judge(trade, risk, policy, expect=planned.lifecycle.expect)
    if isinstance(action, Update):
        return
    rates = market.get((trade.account_id, trade.pair))
    yield from _fires_at_once(trade, rates, policy.fires_at_once)
    yield from _deviates(planned, rates, policy.max_price_deviation)


def risk_after(action: Create | Replace | Update) -> Risk:
    """The risk once the action is done."""
    return action.risk_after if isinstance(action, Update) else action.risk


def open_risks(actions: Iterable[Action]) -> dict[str, Risk]:
    """The risk of every trade that is open once the changeset is applied."""
    risks: dict[str, Risk] = {}
    for action in actions:
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


@dataclass(frozen=True, slots=True)
class _Prices:
    """The ticker, seen from a position: ``close`` is what closing it would get."""

    side: Side
    rates: Rates

    def of(self, kind: str) -> Decimal | None:
        named = {"bid": self.rates.bid, "ask": self.rates.ask, "last": self.rates.last}
        return named[kind] or self.rates.last

    @property
    def opening(self) -> Decimal | None:
        return self.of("ask" if self.side is Side.LONG else "bid")


def _fires_at_once(trade: Trade, rates: Rates | None, level: Level | None) -> Iterator[Breach]:
    """A stop or target that the price at entry has crossed already."""
    if level is None or trade.instant:
        return
    reference = reference_price(trade)
    prices = _Prices(trade.side, rates) if rates is not None else None
    if rates is None or prices is None or prices.opening is None:
        if level.stops and (reference is None or trade.skip_enter_step):
            message = "the market is not known, so nobody can say whether an exit fires at once"
            yield Breach(rule="fires_at_once", level=level, message=message)
        return
    at_market = trade.skip_enter_step or reference is None or _marketable(trade, prices)
    entry = prices.opening if at_market or reference is None else reference
    sign = trade.side.sign
    for name, trigger, kind, target in _exits(trade, entry):
        now = (prices.of(kind) if at_market else entry) or entry
        crossed = (now - trigger) * sign >= 0 if target else (trigger - now) * sign >= 0
        if crossed:
            message = (
                f"the {name} at {number_text(trigger)} would fire at once: "
                f"{'the market is' if at_market else 'the entry is'} at {number_text(now)}"
            )
            yield Breach(rule="fires_at_once", level=level, message=message)


def _marketable(trade: Trade, prices: _Prices) -> bool:
    position = trade.position
    if position.order_type != "limit" or position.price is None or prices.opening is None:
        return False
    return (position.price - prices.opening) * trade.side.sign >= 0


def _exits(trade: Trade, entry: Decimal) -> Iterator[tuple[str, Decimal, str, bool]]:
    """Name, trigger, watched price and whether it is a target, for every exit."""
    for index, step in enumerate(trade.take_profit):
        price = step.price
        if price is None and step.percent is not None:
            price = percent_target(trade.side, entry=entry, percent=step.percent)
        if price is not None:
            yield f"take profit {index + 1}", price, step.price_type, True
    stop = trade.stop_loss
    if stop is not None:
        trigger = stop.trigger
        if trigger is None and stop.percent is not None:
            trigger = percent_stop(trade.side, entry=entry, percent=stop.percent)
        if trigger is not None:
            yield "stop loss", trigger, stop.price_type, False


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
