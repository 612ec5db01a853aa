"""Guard rails: ``[policy]`` as limits, and pure judgements over trades and their risk by them.

What cannot be computed fails closed for the levels that stop an apply.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fnmatch import fnmatchcase
from typing import Any, Generic, TypeVar

from msgspec import Struct

from smartplan.diagnostics import Path
from smartplan.document.scalars import number_text
from smartplan.settings.keys import Environment
from smartplan.settings.keys import Strictness as Strictness
from smartplan.settings.reading import Rail, Share
from smartplan.trade.contract import UNKNOWN_SIZE, WAY_OUT
from smartplan.trade.model import Expect, Trade
from smartplan.trade.risk import Risk
from smartplan.trade.rounding import exact

Money = Mapping[str, Decimal]
"""An amount per quote currency; a currency that is not listed has no limit that is known."""

_T = TypeVar("_T")


class Limit(Struct, Generic[_T], frozen=True):
    """A limit and what going beyond it does."""

    value: _T
    level: Strictness


class Policy(Struct, frozen=True, kw_only=True):
    """The ``[policy]`` table; ``None`` is a guard rail that is not set.

    Prices deviate in percent; pairs are patterns such as ``USDT_*``. Guard rails over a whole
    changeset (creates, updates, cancels, freeze …) are judged where changesets are.
    """

    require_stop_loss: Strictness | None = None
    market_entry_needs_expect: Strictness | None = None
    fires_at_once: Strictness | None = None
    widen_risk: Strictness | None = None
    freeze: Strictness | None = None
    max_leverage: Limit[Decimal] | None = None
    min_reward_risk: Limit[Decimal] | None = None
    max_price_deviation: Limit[Decimal] | None = None
    max_notional: Limit[Money] | None = None
    max_notional_per_quote: Limit[Money] | None = None
    max_loss_at_stop: Limit[Money] | None = None
    max_open_risk: Limit[Money] | None = None
    allowed_pairs: Limit[tuple[str, ...]] | None = None
    denied_pairs: Limit[tuple[str, ...]] | None = None
    max_open_trades: Limit[int] | None = None
    max_creates: Limit[int] | None = None
    max_updates: Limit[int] | None = None
    max_cancels: Limit[int] | None = None


class Breach(Struct, frozen=True, kw_only=True):
    """A guard rail that a trade, or all trades together, would break.

    ``rule`` is its key in ``[policy]``; ``path`` the place in the trade's body that is to blame.
    ``needs_price``: nothing is known against it but that its entry price is not known yet.
    ``in_money``: it is about money, and ``unsized`` that the size of contracts is what lacks.
    """

    rule: str
    level: Strictness
    message: str
    path: Path = ()
    needs_price: bool = False
    in_money: bool = False
    unsized: bool = False


@exact
def judge(
    trade: Trade, risk: Risk, policy: Policy, *, expect: Expect | None = None
) -> tuple[Breach, ...]:
    """The guard rails that one trade breaks. ``expect`` is that of its plan."""
    return (
        *_pairs(trade, policy),
        *_entry(trade, policy, expect),
        *_leverage(trade, policy),
        *_stop_loss(trade, policy),
        *_notional(trade, risk, policy),
        *_loss(trade, risk, policy),
        *_reward(risk, policy),
    )


@exact
def judge_together(trades: Mapping[str, Risk], policy: Policy) -> tuple[Breach, ...]:
    """The guard rails that all trades together break, given the risk of each by its name."""
    return (
        *_open_trades(trades, policy),
        *_total("max_notional_per_quote", policy.max_notional_per_quote, NOTIONAL, trades),
        *_total("max_open_risk", policy.max_open_risk, LOSS, trades),
    )


def _pairs(trade: Trade, policy: Policy) -> Iterator[Breach]:
    allowed, denied = policy.allowed_pairs, policy.denied_pairs
    if allowed is not None and not _matches(trade.pair, allowed.value):
        message = (
            f"{trade.pair} is none of the allowed pairs ({', '.join(allowed.value) or 'none'})"
        )
        yield Breach(rule="allowed_pairs", level=allowed.level, message=message, path=("pair",))
    if denied is not None and _matches(trade.pair, denied.value):
        message = f"{trade.pair} is a denied pair"
        yield Breach(rule="denied_pairs", level=denied.level, message=message, path=("pair",))


def _matches(pair: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern fits, in capitals or not: a guard rail is no place for a slip."""
    return any(fnmatchcase(pair.upper(), pattern.upper()) for pattern in patterns)


def _entry(trade: Trade, policy: Policy, expect: Expect | None) -> Iterator[Breach]:
    level = policy.market_entry_needs_expect
    enters_at_market = trade.position.order_type == "market" and not trade.skip_enter_step
    if level is not None and enters_at_market and expect is None:
        yield Breach(
            rule="market_entry_needs_expect",
            level=level,
            message="a market entry without `lifecycle.expect`: nothing says at which price",
            path=("position", "order_type"),
        )


def _leverage(trade: Trade, policy: Policy) -> Iterator[Breach]:
    limit, leverage = policy.max_leverage, trade.leverage
    if limit is None or leverage is None:
        return
    path: Path = ("leverage", "value")
    if leverage.value is None and limit.level.stops:
        message = "max_leverage cannot be judged: the leverage has no value"
        yield Breach(rule="max_leverage", level=limit.level, message=message, path=path)
    elif leverage.value is not None and leverage.value > limit.value:
        most = number_text(limit.value)
        message = f"leverage {number_text(leverage.value)} is above max_leverage {most}"
        yield Breach(rule="max_leverage", level=limit.level, message=message, path=path)


def _stop_loss(trade: Trade, policy: Policy) -> Iterator[Breach]:
    if policy.require_stop_loss is not None and trade.stop_loss is None:
        yield Breach(
            rule="require_stop_loss",
            level=policy.require_stop_loss,
            message="no stop loss, but require_stop_loss is set",
            path=("stop_loss",),
        )


def _notional(trade: Trade, risk: Risk, policy: Policy) -> Iterator[Breach]:
    limit = policy.max_notional
    if limit is not None:
        path: Path = ("position", "units")
        yield from _within("max_notional", limit, NOTIONAL, trade.quote, risk, path)


def _loss(trade: Trade, risk: Risk, policy: Policy) -> Iterator[Breach]:
    limit, stop = policy.max_loss_at_stop, trade.stop_loss
    if limit is None:
        return
    rule, path = "max_loss_at_stop", ("stop_loss",)
    if stop is not None and stop.timeout is None:
        yield from _within(rule, limit, LOSS, trade.quote, risk, path)
        return
    why = "no stop loss" if stop is None else f"the stop loss waits {stop.timeout} s"
    message = f"the loss is unbounded ({why}), but max_loss_at_stop is set"
    yield Breach(rule=rule, level=limit.level, message=message, path=path)


def _reward(risk: Risk, policy: Policy) -> Iterator[Breach]:
    limit, ratio, loss = policy.min_reward_risk, risk.reward_risk, risk.loss_at_stop
    if limit is None or (loss is not None and loss <= 0):
        return
    rule, path = "min_reward_risk", ("take_profit",)
    if ratio is None:
        yield from _not_judged(rule, limit.level, risk, "reward_risk", path)
    elif ratio < limit.value:
        shown = number_text(ratio.quantize(Decimal("0.01"), ROUND_FLOOR))
        message = f"reward:risk {shown} is below min_reward_risk {number_text(limit.value)}"
        yield Breach(rule=rule, level=limit.level, message=message, path=path)


class _Figure(Struct, frozen=True):
    """A figure in money that limits are about; ``key`` is its name in ``Risk``."""

    key: str
    title: str
    of: Callable[[Risk], Decimal | None]


NOTIONAL = _Figure("notional", "notional", lambda risk: risk.notional)
LOSS = _Figure("loss_at_stop", "loss at stop", lambda risk: risk.loss_at_stop)


def _within(
    rule: str, limit: Limit[Money], figure: _Figure, quote: str, risk: Risk, path: Path
) -> Iterator[Breach]:
    value, most = figure.of(risk), limit.value.get(quote)
    if most is None:
        yield from _no_limit(rule, limit.level, quote, path)
    elif value is None:
        yield from _not_judged(rule, limit.level, risk, figure.key, path)
    elif value > most:
        message = f"{figure.title} {_amount(value)} {quote} is above {rule} {number_text(most)}"
        yield Breach(
            rule=rule, level=limit.level, message=f"{message} {quote}", path=path, in_money=True
        )


def _no_limit(rule: str, level: Strictness, quote: str, path: Path = ()) -> Iterator[Breach]:
    if level.stops:
        message = f"{rule} cannot be judged: it names no limit for {quote}"
        yield Breach(rule=rule, level=level, message=message, path=path)


def _not_judged(
    rule: str, level: Strictness, risk: Risk, figure: str, path: Path
) -> Iterator[Breach]:
    if level.stops:
        why = risk.unknown.get(figure, "its figures are not known")
        unsized = why == UNKNOWN_SIZE
        yield Breach(
            rule=rule,
            level=level,
            message=f"{rule} cannot be judged: {WAY_OUT if unsized else why}",
            path=path,
            needs_price=risk.reference is None,
            unsized=unsized,
        )


def _open_trades(trades: Mapping[str, Risk], policy: Policy) -> Iterator[Breach]:
    limit = policy.max_open_trades
    if limit is not None and len(trades) > limit.value:
        message = f"{len(trades)} open trades are more than max_open_trades {limit.value}"
        yield Breach(rule="max_open_trades", level=limit.level, message=message)


def _total(
    rule: str, limit: Limit[Money] | None, figure: _Figure, trades: Mapping[str, Risk]
) -> Iterator[Breach]:
    if limit is None:
        return
    for quote in sorted({risk.quote for risk in trades.values()}):
        of_quote = {name: risk for name, risk in trades.items() if risk.quote == quote}
        most = limit.value.get(quote)
        if most is None:
            yield from _no_limit(rule, limit.level, quote)
            continue
        # A stop in profit is no credit for the risk of another trade.
        known = [max(value, Decimal(0)) for value in map(figure.of, of_quote.values()) if value]
        total = sum(known, Decimal(0))
        if total > most:
            message = f"{figure.title} of all trades {_amount(total)} {quote} is above {rule}"
            message += f" {number_text(most)} {quote}"
            yield Breach(rule=rule, level=limit.level, message=message, in_money=True)
        else:
            yield from _incomplete(rule, limit.level, figure, of_quote)


def _incomplete(
    rule: str, level: Strictness, figure: _Figure, trades: Mapping[str, Risk]
) -> Iterator[Breach]:
    missing = {name: risk for name, risk in trades.items() if figure.of(risk) is None}
    if missing and level.stops:
        unsized = any(risk.unknown.get(figure.key) == UNKNOWN_SIZE for risk in missing.values())
        way_out = f" ({WAY_OUT})" if unsized else ""
        named = f"{figure.title} unknown for {', '.join(missing)}{way_out}"
        yield Breach(
            rule=rule,
            level=level,
            message=f"{rule} cannot be judged: {named}",
            needs_price=all(risk.reference is None for risk in missing.values()),
            unsized=unsized,
        )


def _amount(value: Decimal) -> str:
    """Rounded up, so that what is above a limit never reads as the limit."""
    return number_text(value.quantize(Decimal("1e-8"), ROUND_CEILING))


@exact
def read_policy(
    rails: Mapping[str, Rail], *, equity: Money, environment: Environment = "sandbox"
) -> Policy:
    """The policy of a workspace; ``equity`` is ``[risk] equity``.

    Only ``fires_at_once`` is on by itself: it stops an apply on ``real``; elsewhere a
    person is asked, and a bare ``--yes`` does not do.
    """
    by_itself = Rail(Strictness.SOFT if environment == "real" else Strictness.ASK)
    given = {"fires_at_once": by_itself, **rails}
    return Policy(**{rule: _set(rail, equity) for rule, rail in given.items()})


def _set(rail: Rail, equity: Money) -> Any:
    """A level or a limit, as the field of ``Policy`` wants it."""
    limit = rail.limit
    if limit is None or rail.level is None:
        return rail.level
    if isinstance(limit, Share):
        limit = {quote: amount * limit.percent / 100 for quote, amount in equity.items()}
    return Limit(limit, rail.level)
