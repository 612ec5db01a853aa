"""SP4 and SP6: what is left of a target after fees."""

from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal

from smartplan.diagnostics import Severity
from smartplan.document.scalars import number_text, percent_text
from smartplan.lint.context import Context
from smartplan.lint.keywords import nearest
from smartplan.lint.registry import Problem, rule
from smartplan.lint.rules.geometry import step_price_path
from smartplan.trade.exits import worst_close
from smartplan.trade.model import Side
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.profit import CENT
from smartplan.trade.rounding import round_price

_SHOWN = Decimal("1e-8")


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
    plan, figures = trade.trade, context.figures_of(trade)
    entry, even = figures.entry_price, figures.known("break_even")
    if entry is None or even is None:
        return
    for index, step in enumerate(plan.take_profit):
        if step.price is None or plan.side.reaches(step.price, even):
            continue
        if plan.skip_enter_step or plan.side.reaches(step.price, entry):
            yield Problem(
                step_price_path(index),
                f"the target {number_text(step.price)} loses after fees "
                f"({percent_text(context.costs(plan).taker * 100)} an order)",
                f"the trade breaks even at {breaking_even(even, plan.side)}",
            )


def breaking_even(price: Decimal, side: Side) -> str:
    """To eight decimals, on the side where it does break even."""
    return number_text(round_price(price, _SHOWN, role="breakeven", side=side))


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
    steps = trade.trade.take_profit
    last = steps[-1] if steps else None
    if last is None or last.price is None or last.trailing is None or last.trailing.percent is None:
        return
    even, side = context.figures_of(trade).known("break_even"), trade.trade.side
    if even is None or not side.reaches(last.price, even):
        return
    worst = worst_close(side, last, None)
    if worst is not None and not side.reaches(worst, even):
        yield Problem(
            ("take_profit", "steps", len(steps) - 1, "trailing", "percent"),
            f"this target can close at {nearest(worst, 8)}, beyond the break-even "
            f"{breaking_even(even, side)}: a loss after fees",
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
    ratio = context.figures_of(trade).known("reward_risk")
    if ratio is not None and ratio < context.least_reward_risk:
        yield Problem(
            ("take_profit",),
            # Rounded down, as in every diff: it never looks better than it is.
            f"reward:risk is {number_text(ratio.quantize(CENT, ROUND_FLOOR))} after fees, "
            f"below {number_text(context.least_reward_risk)}",
            "move the targets away, or the stop closer",
            key=True,
        )
