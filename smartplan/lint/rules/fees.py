"""SP4 and SP6: what is left of a target after fees."""

from collections.abc import Iterator
from decimal import Decimal

from smartplan.diagnostics import Severity
from smartplan.document.scalars import number_text
from smartplan.lint.context import Context
from smartplan.lint.keywords import nearest
from smartplan.lint.registry import Problem, rule
from smartplan.lint.rules.geometry import step_price_path
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.profit import Fees, break_even, profit, worst_trailing_close
from smartplan.trade.risk import assess, reference_price


def _fees(trade: PlannedTrade, context: Context) -> Fees:
    fees = Fees.each_way(context.fee, context.fee_model(trade.trade.account_id))
    return fees.without_entry() if trade.trade.skip_enter_step else fees


def _wins(trade: PlannedTrade, context: Context, entry: Decimal, close: Decimal) -> bool:
    plan, fees = trade.trade, _fees(trade, context)
    return profit(plan.side, entry=entry, close=close, units=plan.position.units, fees=fees) >= 0


@rule("SP406", Severity.WARNING, "practice")
def target_below_fees(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """A take profit that loses after fees.

    Why:
        Buying and selling both cost; a target nearer than that is a loss with a cheerful name.

    Bad:
        # 0.1 % each way
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        take_profit: {steps: [{price: {value: 60050, type: bid}, …}]}

    Good:
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        take_profit: {steps: [{price: {value: 66000, type: bid}, …}]}
    """
    plan, entry = trade.trade, reference_price(trade.trade, trade.lifecycle.expect)
    if entry is None:
        return
    for index, step in enumerate(plan.take_profit):
        if step.price is None or _wins(trade, context, entry, step.price):
            continue
        if plan.skip_enter_step or plan.side.sign * (step.price - entry) >= 0:
            even = break_even(plan.side, entry=entry, fees=_fees(trade, context))
            yield Problem(
                step_price_path(index),
                f"the target {number_text(step.price)} loses after fees "
                f"({number_text(context.fee * 100)} % an order)",
                f"the trade breaks even at {nearest(even, 8)}",
            )


@rule("SP407", Severity.WARNING, "practice")
def trailing_into_loss(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """A trailing take profit that can close at a loss.

    Why:
        A trailing target sells only after the price has come back by its percent. If it turns
        right at the target, that is where the trade ends.

    Bad:
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        take_profit: {steps: [{price: {value: 61000}, trailing: {enabled: true, percent: 3}, …}]}

    Good:
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        take_profit: {steps: [{price: {value: 66000}, trailing: {enabled: true, percent: 3}, …}]}
    """
    plan, entry = trade.trade, reference_price(trade.trade, trade.lifecycle.expect)
    for index, step in enumerate(plan.take_profit):
        distance = step.trailing.percent if step.trailing is not None else None
        if entry is None or distance is None or step.price is None:
            continue
        worst = worst_trailing_close(plan.side, trigger=step.price, percent=distance)
        if _wins(trade, context, entry, step.price) and not _wins(trade, context, entry, worst):
            yield Problem(
                ("take_profit", "steps", index, "trailing", "percent"),
                f"this target can close at {nearest(worst, 8)}, which loses against "
                f"the entry {number_text(entry)} after fees",
                "trail closer, or from a target farther away",
            )


@rule("SP601", Severity.WARNING, "practice")
def reward_to_risk(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """Reward:risk below 1, after fees.

    The mean of the targets by volume against the stop; a trailing target at its worst close.

    Why:
        Such a trade must win more than half of the time to come out even.

    Bad:
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        take_profit: {steps: [{price: {value: 61000, type: bid}, …}]}
        stop_loss: {conditional: {price: {value: 55000, type: bid}}}

    Good:
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        take_profit: {steps: [{price: {value: 66000, type: bid}, …}]}
        stop_loss: {conditional: {price: {value: 55000, type: bid}}}
    """
    plan = trade.trade
    risk = assess(
        plan,
        fee=context.fee,
        fee_model=context.fee_model(plan.account_id),
        reference=reference_price(plan, trade.lifecycle.expect),
    )
    if risk.reward_risk is not None and risk.reward_risk < context.least_reward_risk:
        yield Problem(
            ("take_profit",),
            f"reward:risk is {nearest(risk.reward_risk, 2)} after fees, "
            f"below {number_text(context.least_reward_risk)}",
            "move the targets away, or the stop closer",
            key=True,
        )
