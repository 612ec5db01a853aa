"""Where the exits of a trade stand: at the price they state, or a percent away from the entry.

The entry is the caller's to name: what the plan states, what the market would charge, or what was
paid. Without it (``None``) an exit in percent stands nowhere yet.
"""

from decimal import Decimal

from smartplan.trade.model import Side, StopLoss, TakeProfitStep, Trailing
from smartplan.trade.profit import HUNDRED
from smartplan.trade.rounding import exact

LEAST_TRAILING, MOST_TRAILING = Decimal("0.01"), Decimal(100)
"""Between these percents the service lets an order trail."""


@exact
def target_price(side: Side, step: TakeProfitStep, entry: Decimal | None) -> Decimal | None:
    """Where a target is reached."""
    return _stands(step.price, step.percent, entry, side.sign)


@exact
def stop_trigger(side: Side, stop: StopLoss, entry: Decimal | None) -> Decimal | None:
    """Where a stop loss fires."""
    return _stands(stop.trigger, stop.percent, entry, -side.sign)


@exact
# A14
def worst_close(side: Side, step: TakeProfitStep, entry: Decimal | None) -> Decimal | None:
    """Where a target closes if price turns right where it is reached; a trailing one is past it.

    ``None`` too where the percent it trails by is not known.
    """
    price = target_price(side, step, entry)
    if step.trailing is None or price is None:
        return price
    percent = step.trailing.percent
    return None if percent is None else percent_away(price, -side.sign * abs(percent))


@exact
def worst_entry(side: Side, trigger: Decimal, trailing: Trailing | None) -> Decimal:
    """Where a conditional entry fills at worst: one that trails, if price turns at its trigger."""
    percent = trailing.percent if trailing is not None else None
    return trigger if percent is None else percent_away(trigger, side.sign * abs(percent))


@exact
def percent_away(price: Decimal, percent: Decimal) -> Decimal:
    """The price ``percent`` above another, below it if negative."""
    return price * (1 + percent / HUNDRED)


def _stands(
    stated: Decimal | None, percent: Decimal | None, entry: Decimal | None, sign: int
) -> Decimal | None:
    if stated is not None or percent is None or entry is None:
        return stated
    return percent_away(entry, sign * percent)
