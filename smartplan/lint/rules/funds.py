"""SP8: what the account holds, and what its plans need."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec.structs import replace

from smartplan.diagnostics import Severity
from smartplan.document.scalars import number_text
from smartplan.lint.context import Context
from smartplan.lint.registry import Problem, workspace_rule
from smartplan.trade.model import Side
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.rounding import exact

Purse = tuple[int, str]
"""An account and a currency of it."""


def _purse(trade: PlannedTrade, context: Context) -> Purse | None:
    """What a trade that is to be opened is paid from; ``None`` where nobody can say."""
    plan = trade.trade
    if trade.name not in context.opening or plan.account_id not in context.balances:
        return None
    if plan.leverage is not None:
        # What a coin-margined account lists is another currency.
        listed = plan.quote in context.balances[plan.account_id]
        return (plan.account_id, plan.quote) if listed and not plan.skip_enter_step else None
    buys = plan.side is Side.LONG and not plan.skip_enter_step
    held = plan.skip_enter_step and plan.side is Side.LONG
    sells = plan.side is Side.SHORT and not plan.skip_enter_step
    if buys:
        return plan.account_id, plan.quote
    return (plan.account_id, plan.base) if held or sells else None


def _need(trade: PlannedTrade, purse: Purse, context: Context) -> Decimal | None:
    """How much of the currency; ``None`` where no price is known, nor what a contract is worth."""
    plan, figures = trade.trade, context.figures_of(trade)
    if purse[1] == plan.base and plan.leverage is None:
        return plan.position.units
    rates = context.market.get((plan.account_id, plan.pair))
    if figures.entry_price is None and rates is not None:
        figures = replace(figures, entry_price=rates.ticker.opening(plan.side))
    return figures.known("notional" if plan.leverage is None else "margin")


@workspace_rule("SP804", Severity.WARNING, "practice", grouped_by=_purse)
def too_little_funds(
    trades: Sequence[PlannedTrade], context: Context
) -> Iterator[tuple[PlannedTrade, Problem]]:
    """The account lists less of a currency than the trades that are to be opened need together.

    Only a diff and an apply know what is to be opened: they ask for the balances of those accounts,
    once, unless this rule is ignored in the settings. Fees are not counted.

    Why:
        The service refuses a create that the account cannot pay, in the middle of an apply.

    Bad:
        position: {type: buy, units: {value: 1}, price: {value: 60000}}     # 5000 USDT are free

    Good:
        position: {type: buy, units: {value: 0.08}, price: {value: 60000}}
    """
    needed: dict[Purse, Decimal] = defaultdict(Decimal)
    for trade in trades:
        purse = _purse(trade, context)
        need = _need(trade, purse, context) if purse is not None else None
        if purse is None or need is None:
            continue
        needed[purse] = _plus(needed[purse], need)
        there = context.balances[purse[0]].get(purse[1], Decimal(0))
        if needed[purse] > there:
            total, currency = number_text(needed[purse]), purse[1]
            together = f", {total} with those before it" if needed[purse] != need else ""
            yield (
                trade,
                Problem(
                    ("position", "units", "value"),
                    f"it takes {number_text(need)} {currency}{together}; the account lists"
                    f" {number_text(there)}",
                    "lower the units, or fund the account",
                ),
            )


@exact
def _plus(one: Decimal, other: Decimal) -> Decimal:
    return one + other
