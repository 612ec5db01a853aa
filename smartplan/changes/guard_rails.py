"""Guard rails: what ``[policy]`` says of a changeset as a whole; pure.

The judgements over single trades are ``trade.policy``'s; here they meet the market, the trades that
are already open, and the size of the changeset.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from smartplan.changes.changeset import (
    Adopt,
    BrokenRail,
    Cancel,
    Changeset,
    Opens,
    Replace,
    Sends,
    Unchanged,
    Update,
    sending,
)
from smartplan.changes.reconcile.inputs import Desired, Prices
from smartplan.diagnostics import Path, format_path
from smartplan.document.scalars import number_text, percent_text
from smartplan.trade.fields import step_path
from smartplan.trade.model import Expect, Trade
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.policy import Breach, Limit, Policy, Strictness, judge, judge_together
from smartplan.trade.risk import Risk
from smartplan.trade.ticker import Ticker, fires_at_once, knows_entry, placed_price, typos

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


class TradeAfter(Struct, frozen=True, kw_only=True):
    """A trade as something leaves it, planned or by hand: what guard rails are held against.

    ``concerns`` tells which fields that bears on, ``wider`` are those that widen its risk.
    ``eases``: it does nothing but reduce the risk, and no limit holds that up. ``expect`` is that
    of its plan, None by hand.
    """

    name: str
    trade: Trade
    risk: Risk
    held: bool
    concerns: Callable[[Path], bool] = lambda _: True
    wider: tuple[Path, ...] = ()
    eases: bool = False
    expect: Expect | None = None


def broken_rails(
    changeset: Changeset, desired: Desired, prices: Prices, policy: Policy
) -> tuple[BrokenRail, ...]:
    """Every guard rail that applying this changeset would break, trade by trade, then all."""
    planned = {trade.name: trade for trade in desired.trades}
    found: list[BrokenRail] = []
    for action in sending(changeset):
        prospect = _prospect(action, planned[action.of.name])
        rates = prices(prospect.trade)
        ticker = rates.ticker if rates is not None else None
        found += _named(prospect, _of_trade(prospect, ticker, policy))
        found += _named(prospect, _of_entry(prospect, ticker, policy, changeset.environment))
    grows = any(_enlarges(action) for action in sending(changeset))
    together = judge_together(open_risks(changeset), policy) if grows else ()
    found += _named(None, (*together, *_size(changeset, policy)))
    return tuple(found)


def broken_by_hand(
    prospect: TradeAfter, others: Mapping[str, Risk], ticker: Ticker | None, policy: Policy
) -> tuple[BrokenRail, ...]:
    """The same for one trade that a person acts on; ``others`` are open beside it."""
    if prospect.eases:
        return tuple(_named(prospect, _crossed(prospect, ticker, policy.fires_at_once)))
    together = judge_together({**others, prospect.name: prospect.risk}, policy)
    # The number of open trades stays what it is.
    over_all = [breach for breach in together if breach.rule != "max_open_trades"]
    if policy.freeze is not None:
        message = "freeze is set: nothing is done that enlarges a risk"
        over_all.append(Breach(rule="freeze", level=policy.freeze, message=message))
    return (*_named(prospect, _of_trade(prospect, ticker, policy)), *_named(None, over_all))


def _named(prospect: TradeAfter | None, breaches: Iterable[Breach]) -> Iterator[BrokenRail]:
    name = prospect.name if prospect is not None else None
    return (BrokenRail(name, b.rule, b.level.value, b.message) for b in breaches)


def _prospect(action: Sends, planned: PlannedTrade) -> TradeAfter:
    name, expect = action.of.name, planned.lifecycle.expect
    if not isinstance(action, Update):
        return TradeAfter(
            name=name, trade=planned.trade, risk=action.risk, held=False, expect=expect
        )
    return TradeAfter(
        name=name,
        trade=action.after,
        risk=action.risk_after,
        held=action.held,
        concerns=action.concerns,
        wider=tuple(change.path for change in action.changes if change.widens_risk),
        eases=not _enlarges(action)
        and grows(action.risk_after, action.risk_before, "loss_at_stop"),
        expect=expect,
    )


def _enlarges(action: Sends) -> bool:
    if not isinstance(action, Update):
        return True
    return action.widens_risk or grows(action.risk_before, action.risk_after, "notional")


def grows(before: Risk, after: Risk, figure: Literal["notional", "loss_at_stop"]) -> bool:
    """Whether a figure rises; unknown after known counts as more, known after unknown as less."""
    was, becomes = getattr(before, figure), getattr(after, figure)
    return bool(was is not None and (becomes is None or becomes > was))


def _of_trade(prospect: TradeAfter, ticker: Ticker | None, policy: Policy) -> Iterator[Breach]:
    if not prospect.eases:
        found = judge(prospect.trade, prospect.risk, policy, expect=prospect.expect)
        # What is held enters no more.
        entered = prospect.held
        yield from (b for b in found if not (entered and b.rule == "market_entry_needs_expect"))
    if prospect.wider and policy.widen_risk is not None:
        wider = ", ".join(map(format_path, prospect.wider))
        message = f"its risk is widened: {wider}"
        yield Breach(rule="widen_risk", level=policy.widen_risk, message=message)
    yield from _crossed(prospect, ticker, policy.fires_at_once)


def _of_entry(
    prospect: TradeAfter, ticker: Ticker | None, policy: Policy, environment: str
) -> Iterator[Breach]:
    """What is said of the prices that are typed into a plan."""
    level = Strictness.SOFT if environment == "real" else Strictness.WARN
    for remark in typos(prospect.trade, ticker) if ticker is not None else ():
        if prospect.concerns(remark.path):
            yield Breach(rule=TYPO, level=level, message=remark.message, path=remark.path)
    if not prospect.held and prospect.concerns(("position", "price", "value")):
        yield from _deviates(prospect, ticker, policy.max_price_deviation)


def risk_after(action: Sends) -> Risk:
    """The risk once the action is done."""
    return action.risk_after if isinstance(action, Update) else action.risk


def open_risks(changeset: Changeset) -> dict[str, Risk]:
    """The risk of every trade of ours that is open once the changeset is applied."""
    risks = dict(changeset.staying)
    for action in changeset.actions:
        if isinstance(action, Sends):
            risks[action.of.name] = risk_after(action)
        elif isinstance(action, Unchanged | Adopt) and action.risk is not None:
            risks[action.of.name] = action.risk
    return risks


def _size(changeset: Changeset, policy: Policy) -> Iterator[Breach]:
    counts: tuple[tuple[str, Limit[int] | None, int], ...] = (
        ("max_creates", policy.max_creates, changeset.count(Opens)),
        ("max_updates", policy.max_updates, changeset.count(Update)),
        ("max_cancels", policy.max_cancels, changeset.count(Cancel, Replace)),
    )
    for rule, limit, number in counts:
        if limit is not None and number > limit.value:
            message = f"{number} in one apply are more than {rule} {limit.value}"
            yield Breach(rule=rule, level=limit.level, message=message)
    opening = changeset.count(Sends)
    if policy.freeze is not None and opening:
        message = "freeze is set: nothing is opened or changed"
        yield Breach(rule="freeze", level=policy.freeze, message=message)


def _crossed(
    prospect: TradeAfter, ticker: Ticker | None, level: Strictness | None
) -> Iterator[Breach]:
    """A stop or target that the price has crossed already: at entry, or now for what is held."""
    if level is None:
        return
    rule, trade, held = "fires_at_once", prospect.trade, prospect.held
    if level.stops and _has_exits(prospect) and not _knows_price(prospect, ticker):
        message = "the market is not known, so nobody can say whether an exit fires at once"
        yield Breach(rule=rule, level=level, message=message)
    for remark in fires_at_once(trade, ticker, held=held) if ticker is not None else ():
        if prospect.concerns(remark.path):
            yield Breach(rule=rule, level=level, message=remark.message, path=remark.path)


def _has_exits(prospect: TradeAfter) -> bool:
    """Whether it is about any exit at all: what is left alone was taken long ago."""
    trade, concerns = prospect.trade, prospect.concerns
    targets = any(concerns(step_path(index)) for index in range(len(trade.take_profit)))
    return not trade.instant and (targets or concerns(("stop_loss",)))


def _knows_price(prospect: TradeAfter, ticker: Ticker | None) -> bool:
    if not prospect.held:
        return knows_entry(prospect.trade, ticker)
    return ticker is not None and ticker.opening(prospect.trade.side) is not None


def _deviates(
    prospect: TradeAfter, ticker: Ticker | None, limit: Limit[Decimal] | None
) -> Iterator[Breach]:
    if limit is None:
        return
    rule, reference = "max_price_deviation", placed_price(prospect.trade)
    if reference is None:
        return
    last = ticker.last if ticker is not None else None
    if last is None or last <= 0:
        if limit.level.stops:
            message = f"{rule} cannot be judged: the market is not known"
            yield Breach(rule=rule, level=limit.level, message=message)
        return
    away = abs(reference - last) / last * 100
    if away > limit.value:
        message = (
            f"the entry {number_text(reference)} is {away:.1f} % from the market "
            f"({number_text(last)}), more than {rule} {percent_text(limit.value)}"
        )
        yield Breach(rule=rule, level=limit.level, message=message)
