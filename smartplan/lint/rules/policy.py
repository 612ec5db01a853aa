"""SP6: the guard rails of ``[policy]``, as far as they can be judged offline.

``hard`` is an error that no comment waves through; ``soft`` and ``warn`` are warnings, because the
first can be overridden at apply. What only lacks a market price is left to diff and apply.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from smartplan.diagnostics import Severity
from smartplan.lint.context import Context
from smartplan.lint.registry import EVERY, Problem, also_together, rule, workspace_rule
from smartplan.trade import policy
from smartplan.trade.contract import SET_THE_SIZE
from smartplan.trade.model import State
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.policy import Breach, Policy, Strictness

_NONE_SET = Policy()


def _only(wanted: Policy, rules: Iterable[str]) -> Policy:
    """The policy with these guard rails alone."""
    return replace(_NONE_SET, **{name: getattr(wanted, name) for name in rules})


def _of_trade(trade: PlannedTrade, context: Context, *rules: str) -> Iterable[Problem]:
    return () if context.guard_rails.isdisjoint(rules) else _judged(trade, context, rules)


def _judged(trade: PlannedTrade, context: Context, rules: Iterable[str]) -> Iterator[Problem]:
    if trade.lifecycle.state is not State.OPEN:
        return
    wanted, expect = _only(context.policy, rules), trade.lifecycle.expect
    for breach in policy.judge(trade.trade, context.risk_of(trade), wanted, expect=expect):
        if not breach.needs_price:
            yield _problem(breach, assumed=context.size_is_assumed(trade.trade))


def _of_all(
    trades: Sequence[PlannedTrade], context: Context, *rules: str
) -> Iterator[tuple[PlannedTrade, Problem]]:
    """What all trades break together, said at the last of them."""
    open_trades = [trade for trade in trades if trade.lifecycle.state is State.OPEN]
    if context.guard_rails.isdisjoint(rules) or not open_trades:
        return
    wanted = _only(context.policy, rules)
    risks = {trade.name: context.risk_of(trade) for trade in open_trades}
    assumed = any(context.size_is_assumed(trade.trade) for trade in open_trades)
    for breach in policy.judge_together(risks, wanted):
        if not breach.needs_price:
            yield open_trades[-1], _problem(breach, assumed=assumed)


def _problem(breach: Breach, *, assumed: bool) -> Problem:
    """``assumed``: a unit counts as one of the base currency, and may well be a contract."""
    ways_out: dict[Strictness, str | None] = {
        Strictness.HARD: f"[policy] says hard for {breach.rule}: change the plan",
        Strictness.SOFT: f"apply refuses it without `--override {breach.rule} --reason …`",
        Strictness.ASK: f"apply --yes refuses it without `--override {breach.rule} --reason …`",
        Strictness.WARN: None,
    }
    severity = Severity.ERROR if breach.level is Strictness.HARD else Severity.WARNING
    way_out = ways_out[breach.level]
    if breach.unsized:
        way_out = f"the size of a contract: {SET_THE_SIZE}"
    elif breach.in_money and assumed:
        sized = f"if its units are contracts, say their size: {SET_THE_SIZE}"
        way_out = f"{sized}; else {way_out}" if way_out else sized
    return Problem(breach.path, breach.message, way_out, severity, key=True)


@rule("SP602", Severity.ERROR, "project", binding=True)
def require_stop_loss(trade: PlannedTrade, context: Context) -> Iterable[Problem]:
    """Policy `require_stop_loss`: a trade without a stop loss.

    Why:
        What a position can lose is then bounded by nothing but the account.

    Bad:
        stop_loss: {enabled: false}

    Good:
        stop_loss:
          enabled: true
          order_type: market
          conditional: {price: {value: 55000, type: bid}}
    """
    return _of_trade(trade, context, "require_stop_loss")


@rule("SP603", Severity.ERROR, "project", binding=True)
def max_leverage(trade: PlannedTrade, context: Context) -> Iterable[Problem]:
    """Policy `max_leverage`: a factor above the limit, or one that is not stated.

    Why:
        The factor decides how far the price may move before the exchange closes the position.

    Bad:
        # max_leverage = 5
        leverage: {enabled: true, type: isolated, value: 20}

    Good:
        # max_leverage = 5
        leverage: {enabled: true, type: isolated, value: 5}
    """
    return _of_trade(trade, context, "max_leverage")


@rule("SP604", Severity.ERROR, "project", binding=True)
def max_notional(trade: PlannedTrade, context: Context) -> Iterable[Problem]:
    """Policy `max_notional` of a trade, `max_notional_per_quote` of all trades together.

    Why:
        Units times price is what stands at stake; a digit too many in the units shows here.

    Bad:
        # max_notional = {USDT = 1000}
        position: {type: buy, order_type: limit, units: {value: 0.1}, price: {value: 60000}}

    Good:
        # max_notional = {USDT = 1000}
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
    """
    return _of_trade(trade, context, "max_notional")


@also_together(
    "SP604", grouped_by=lambda _, context: context.policy.max_notional_per_quote and EVERY
)
def max_notional_per_quote(
    trades: Sequence[PlannedTrade], context: Context
) -> Iterator[tuple[PlannedTrade, Problem]]:
    """What all trades of a quote currency break together."""
    return _of_all(trades, context, "max_notional_per_quote")


@rule("SP605", Severity.ERROR, "project", binding=True)
def max_loss_at_stop(trade: PlannedTrade, context: Context) -> Iterable[Problem]:
    """Policy `max_loss_at_stop`: more to lose at the stop than the limit, fees included.

    Without a stop loss, or with one that waits, the loss has no bound.

    Why:
        Losing a fixed small part of the equity a trade is what keeps an account alive.

    Bad:
        # max_loss_at_stop = {USDT = 20}
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        stop_loss: {conditional: {price: {value: 55000, type: bid}}}

    Good:
        # max_loss_at_stop = {USDT = 20}
        position: {type: buy, order_type: limit, units: {value: 0.002}, price: {value: 60000}}
        stop_loss: {conditional: {price: {value: 55000, type: bid}}}
    """
    return _of_trade(trade, context, "max_loss_at_stop")


@workspace_rule(
    "SP606",
    Severity.ERROR,
    "project",
    grouped_by=lambda _, context: context.policy.max_open_risk and EVERY,
    binding=True,
)
def max_open_risk(
    trades: Sequence[PlannedTrade], context: Context
) -> Iterator[tuple[PlannedTrade, Problem]]:
    """Policy `max_open_risk`: what all trades together lose at their stops.

    Why:
        Ten careful trades on one market are one careless trade.

    Bad:
        # max_open_risk = {USDT = 100}, and two trades that lose 60 each

    Good:
        # max_open_risk = {USDT = 100}, and two trades that lose 40 each
    """
    return _of_all(trades, context, "max_open_risk")


@rule("SP607", Severity.ERROR, "project", binding=True)
def min_reward_risk(trade: PlannedTrade, context: Context) -> Iterable[Problem]:
    """Policy `min_reward_risk`: less reward for the risk than the limit, after fees.

    Why:
        At a ratio of 1 more than half of the trades must win, at 2 a third is enough.

    Bad:
        # min_reward_risk = 2
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        take_profit: {steps: [{price: {value: 66000, type: bid}}]}
        stop_loss: {conditional: {price: {value: 55000, type: bid}}}

    Good:
        # min_reward_risk = 2
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        take_profit: {steps: [{price: {value: 72000, type: bid}}]}
        stop_loss: {conditional: {price: {value: 55000, type: bid}}}
    """
    return _of_trade(trade, context, "min_reward_risk")


@rule("SP608", Severity.ERROR, "project", binding=True)
def pairs(trade: PlannedTrade, context: Context) -> Iterable[Problem]:
    """Policy `allowed_pairs` or `denied_pairs`: a pair that may not be traded.

    Why:
        A typo in a pair is another market.

    Bad:
        # allowed_pairs = ["USDT_BTC", "USDT_ETH"]
        pair: USDT_DOGE

    Good:
        # allowed_pairs = ["USDT_BTC", "USDT_ETH"]
        pair: USDT_BTC
    """
    return _of_trade(trade, context, "allowed_pairs", "denied_pairs")


@rule("SP609", Severity.ERROR, "project", binding=True)
def market_entry_needs_expect(trade: PlannedTrade, context: Context) -> Iterable[Problem]:
    """Policy `market_entry_needs_expect`: a market entry that does not say near which price.

    Why:
        A plan can wait long between review and apply. Without a price nothing notices that the
        market has moved meanwhile, and no risk can be computed.

    Bad:
        position: {type: buy, order_type: market, units: {value: 0.01}}

    Good:
        position: {type: buy, order_type: market, units: {value: 0.01}}
        lifecycle: {expect: {price: 60000, within: 1}}
    """
    return _of_trade(trade, context, "market_entry_needs_expect")
