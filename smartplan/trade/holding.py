"""What of a live trade is held: the units in hand, what they have cost, what has been realised.

Once something is filled, risk is that of what is held, not of what was bought: ``entered −
closed`` units at ``entered_total / entered_amount`` each. The average that the entity shows is
rounded to the tick, which may be off by more than a fee; it is taken only where the totals do not
say. What was closed is realised, and at risk no more.

Units are base units or contracts, the cost is a price (quote per base), money is in quote currency,
of inverse contracts in the coin.
"""

from decimal import Decimal

from smartplan.trade.contract import Contract
from smartplan.trade.model import LiveTrade, Trade
from smartplan.trade.position import average_entry, coins, remaining
from smartplan.trade.profit import HeldPart, realised_profit
from smartplan.trade.rounding import exact
from smartplan.trade.wire import decimal_or_none, status_of, table

_ZERO = Decimal(0)
_WAITS = frozenset({"created", "waiting_position"})
_OVER = frozenset({"finished", "cancelled", "failed", "panic_sold"})
_APART = Decimal(2)
"""Totals and average that differ by more than a tick can do speak of different units."""


@exact
def held_part(live: LiveTrade, contract: Contract) -> HeldPart | None:
    """``None`` before anything is filled."""
    if not live.entered:
        return None
    return HeldPart(
        units=remaining(live),
        cost=cost_price(live, contract),
        entered=live.entered_amount,
        waiting=_waiting(live),
        commission=_commission(live),
        realised=realised(live, contract) if live.closed_amount > 0 else None,
    )


def held_of(
    trade: Trade, paid: Decimal | None, live: LiveTrade | None, contract: Contract
) -> HeldPart | None:
    """What is held of a position for which ``paid`` was paid; ``None`` where nothing was."""
    if paid is None:
        return None
    held = held_part(live, contract) if live is not None else None
    return held or HeldPart(units=trade.position.units, cost=paid)


@exact
def cost_price(live: LiveTrade, contract: Contract) -> Decimal | None:
    """What a unit of the position has cost (a short: brought), as a price, to the last digit."""
    average = average_entry(live)
    if not contract.known or not live.entered or not live.entered_total:
        return average
    paid = contract.price(live.entered_total / contract.amount(live.entered_amount))
    if not average or average / _APART < paid < average * _APART:
        return paid
    return average


@exact
def realised(live: LiveTrade, contract: Contract) -> Decimal | None:
    """P/L of the part that is closed, after commissions; ``None`` where it cannot be told."""
    if not contract.known or not live.entered:
        return None
    totals: tuple[Decimal, Decimal] | None = (live.entered_total, live.closed_total)
    if contract.inverse:
        totals = coins(live, contract)
    if totals is None or not totals[0]:
        return None
    return realised_profit(
        contract.side(live.trade.side),
        entered_amount=contract.amount(live.entered_amount),
        entered_total=totals[0],
        closed_amount=contract.amount(live.closed_amount),
        closed_total=totals[1],
    )


def _waiting(live: LiveTrade) -> Decimal:
    """What the entry has still to fill: its fee may be missing in what was filled, never more."""
    data = table(live.raw.get("data")) or {}
    status = status_of(live.raw.get("position"))
    done = data.get("base_position_step_finished") is True or status in _OVER
    if live.status not in _WAITS or done or live.trade.skip_enter_step:
        return _ZERO
    return max(live.trade.position.units - live.entered_amount, _ZERO)


def _commission(live: LiveTrade) -> Decimal | None:
    fee = decimal_or_none((table(live.raw.get("data")) or {}).get("commission"))
    return fee if fee is not None and 0 <= fee < 1 else None
