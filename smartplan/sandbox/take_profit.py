"""The take profit steps in one turn: resting limits, market targets, a trailing last step."""

from decimal import Decimal

from msgspec.structs import replace

from smartplan.sandbox.decimals import HUNDRED, ONE, ZERO
from smartplan.sandbox.stop_loss import move_to_entry
from smartplan.sandbox.trade import TargetOrder
from smartplan.sandbox.turn import Turn


def take_profits(turn: Turn) -> Turn:
    """The turn after every open step had its chance, the first one first."""
    for number, target in enumerate(turn.trade.targets, 1):
        if target.open and target.price is not None and turn.trade.remaining > 0:
            turn = _try(turn, target, target.price, number)
    return turn


def close_steps(turn: Turn) -> Turn:
    """The turn with the steps closed that were asked to be closed at the market."""
    for number, target in enumerate(turn.trade.targets, 1):
        if target.status == "panic_sell_pending":
            turn = _fill(turn, target, turn.exit_fill, number, status="panic_sold")
    return turn


def _try(turn: Turn, target: TargetOrder, price: Decimal, number: int) -> Turn:
    if target.order_type == "limit":
        return _fill(turn, target, price, number) if _beyond(turn, turn.exit_price, price) else turn
    watched = turn.tick.watched(target.price_type)
    if target.trailing is not None:
        return _trail(turn, target, price, number)
    return _fill(turn, target, turn.exit_fill, number) if _beyond(turn, watched, price) else turn


def _beyond(turn: Turn, price: Decimal, target: Decimal) -> bool:
    return price >= target if turn.trade.long else price <= target


def _trail(turn: Turn, target: TargetOrder, price: Decimal, number: int) -> Turn:
    watched = turn.tick.watched(target.price_type)
    if target.peak is None:
        if not _beyond(turn, watched, price):
            return turn
        activated = replace(target, status="trailing_activated", peak=watched)
        event = turn.event("trailing_activated", price=watched, step=number)
        return turn.then(turn.trade.with_target(activated), event)
    peak = max(target.peak, watched) if turn.trade.long else min(target.peak, watched)
    if peak != target.peak:
        target = replace(target, peak=peak)
        turn = turn.then(turn.trade.with_target(target))
    level, long = trailing_level(target, long=turn.trade.long), turn.trade.long
    if level is None or (watched > level if long else watched < level):
        return turn
    return _fill(turn, target, turn.exit_fill, number)


# A14
def trailing_level(target: TargetOrder, *, long: bool) -> Decimal | None:
    """Where an activated trailing step closes; ``None`` before it is activated."""
    if target.peak is None or target.trailing is None:
        return None
    distance = target.trailing / HUNDRED
    return target.peak * (ONE - distance if long else ONE + distance)


def _fill(
    turn: Turn, target: TargetOrder, price: Decimal, number: int, *, status: str = "finished"
) -> Turn:
    units = min(target.units or ZERO, turn.trade.remaining)
    trade = turn.trade
    if units > 0:
        waits = target.order_type == "limit" and status == "finished"
        trade = turn.leave(target.id, units, price, "take_profit", waits=waits)
    done = replace(target, status=status, closed_at=turn.tick.time)
    event = turn.event("take_profit_filled", price=price, units=units, step=number)
    return move_to_entry(turn.then(trade.with_target(done), event))
