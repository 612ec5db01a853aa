"""The exits of an entered position in one turn: stop loss first, then take profit steps."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from smartplan.sandbox.decimals import HUNDRED, ONE, ZERO, ceil_to, floor_to
from smartplan.sandbox.stop_loss import begin_trailing
from smartplan.sandbox.trade import StopOrder, TargetOrder
from smartplan.sandbox.turn import Turn


def split_units(amount: Decimal, volumes: Sequence[Decimal], lot: Decimal) -> list[Decimal]:
    """Units per step: floored to the lot, what rounding left over goes to the first step."""
    shares = [floor_to(amount * volume / HUNDRED, lot) for volume in volumes]
    if shares:
        whole = floor_to(amount * sum(volumes, ZERO) / HUNDRED, lot)
        shares[0] += whole - sum(shares, ZERO)
    return shares


def arm(turn: Turn, price: Decimal) -> Turn:
    """The turn with the exits of a position entered at ``price`` in place.

    Percents become prices here, because the service lets them count from the fill.
    """
    trade = turn.trade
    if trade.instant:
        done = replace(trade, status="finished", closed_at=turn.tick.time)
        return turn.then(done, turn.event("finished"))
    targets = tuple(_price_target(turn, target, price) for target in trade.targets)
    stop = _price_stop(turn, trade.stop, price) if trade.stop else None
    if stop is not None and not trade.skip_enter_step:
        stop = begin_trailing(stop, price)
    armed = replace(trade, status="waiting_targets", targets=targets, stop=stop)
    return place_exits(turn.then(armed))


def place_exits(turn: Turn) -> Turn:
    """The turn with open steps sized to the position and their orders placed."""
    trade = turn.trade
    waiting = [target for target in trade.targets if target.open]
    volumes = [target.volume for target in waiting]
    reduced = sum((fill.amount for fill in trade.fills_for(("reduce_funds",))), ZERO)
    shares = split_units(trade.entered_amount - reduced, volumes, turn.rules.lot_step)
    sizes = {target.id: units for target, units in zip(waiting, shares, strict=True)}
    placed = tuple(
        _placed(target, sizes[target.id]) if target.id in sizes else target
        for target in trade.targets
    )
    stop = trade.stop
    if stop is not None and stop.status == "idle":
        stop = replace(stop, status="to_process")
        stop = begin_trailing(stop, turn.tick.watched(stop.price_type))
    return turn.then(replace(trade, targets=placed, stop=stop))


def _placed(target: TargetOrder, units: Decimal) -> TargetOrder:
    if target.status == "trailing_activated":
        return replace(target, units=units)
    status = "order_placed" if target.order_type == "limit" else "to_process"
    return replace(target, units=units, status=status)


def _price_target(turn: Turn, target: TargetOrder, entry: Decimal) -> TargetOrder:
    if target.percent is None:
        return target
    step, long = turn.rules.price_step, turn.trade.long
    price = entry * (ONE + _signed(turn, target.percent))
    return replace(target, price=floor_to(price, step) if long else ceil_to(price, step))


def _price_stop(turn: Turn, stop: StopOrder, entry: Decimal) -> StopOrder:
    if stop.percent is None:
        return stop
    step, long = turn.rules.price_step, turn.trade.long
    trigger = entry * (ONE - _signed(turn, stop.percent))
    return replace(stop, trigger=ceil_to(trigger, step) if long else floor_to(trigger, step))


def _signed(turn: Turn, percent: Decimal) -> Decimal:
    return (percent if turn.trade.long else -percent) / HUNDRED
