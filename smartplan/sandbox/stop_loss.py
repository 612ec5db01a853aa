"""The stop loss in one turn: trailing, touch, timeout, market or limit execution, breakeven."""

from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

from smartplan.sandbox.decimals import FINEST, ONE, ceil_to, floor_to
from smartplan.sandbox.trade import ExchangeTrade, StopOrder
from smartplan.sandbox.turn import Turn


def guard(turn: Turn) -> Turn:
    """The turn after the stop loss looked at the market."""
    stop = turn.trade.stop
    if stop is None or not stop.open or stop.trigger is None:
        return turn
    if stop.placed:
        return _rest(turn, stop)
    watched = turn.tick.watched(stop.price_type)
    stop = _follow(turn, stop, watched)
    if stop is not turn.trade.stop:
        turn = turn.then(replace(turn.trade, stop=stop))
    if not _touched(turn.trade, stop, watched):
        return _forget_touch(turn, stop)
    return _touch(turn, stop, watched)


def begin_trailing(stop: StopOrder, price: Decimal) -> StopOrder:
    """The stop with the price its moves count from: where it is armed, it stays at first."""
    if stop.trailing is None or stop.extreme is not None:
        return stop
    return replace(stop, extreme=price)


def _follow(turn: Turn, stop: StopOrder, watched: Decimal) -> StopOrder:
    """The stop shifted by what the price has gained since its best one; it never moves back.

    Entry 200, stop 180: at 205 it is 185. That is how the vendor describes it; no percent counts.
    """
    if stop.trailing is None or stop.trigger is None:
        return stop
    known = watched if stop.extreme is None else stop.extreme
    extreme = max(known, watched) if turn.trade.long else min(known, watched)
    if extreme == stop.extreme:
        return stop
    return replace(stop, extreme=extreme, trigger=stop.trigger + extreme - known)


def _touched(trade: ExchangeTrade, stop: StopOrder, watched: Decimal) -> bool:
    if stop.trigger is None:
        return False
    return watched <= stop.trigger if trade.long else watched >= stop.trigger


def _forget_touch(turn: Turn, stop: StopOrder) -> Turn:
    if stop.touched_at is None:
        return turn
    recovered = replace(turn.trade, stop=replace(stop, touched_at=None))
    return turn.then(recovered, turn.event("stop_timer_reset", price=stop.trigger))


def _touch(turn: Turn, stop: StopOrder, watched: Decimal) -> Turn:
    if stop.timeout is not None:
        since = stop.touched_at or turn.tick.time
        if stop.touched_at is None:
            touched = replace(turn.trade, stop=replace(stop, touched_at=since))
            turn = turn.then(touched, turn.event("stop_timer_started", price=watched))
        if turn.tick.time - since < timedelta(seconds=stop.timeout):
            return turn
    return _trigger(turn.then(turn.trade, turn.event("stop_triggered", price=watched)), stop)


def _trigger(turn: Turn, stop: StopOrder) -> Turn:
    if stop.order_type == "market" or stop.price is None:
        return _execute(turn, stop, turn.exit_fill)
    # A limit order that is marketable when it is placed takes the better price of the book.
    if _reached(turn, stop.price):
        return _execute(turn, stop, turn.exit_price)
    placed = replace(stop, placed=True, status="order_placed")
    waiting = replace(turn.trade, status="stop_loss_in_progress", stop=placed)
    return turn.then(waiting, turn.event("stop_unprotected", price=stop.price))


def _rest(turn: Turn, stop: StopOrder) -> Turn:
    if stop.price is None or not _reached(turn, stop.price):
        return turn
    return _execute(turn, stop, stop.price)


def _reached(turn: Turn, limit: Decimal) -> bool:
    return turn.exit_price >= limit if turn.trade.long else turn.exit_price <= limit


def _execute(turn: Turn, stop: StopOrder, price: Decimal) -> Turn:
    units = floor_to(turn.trade.remaining, turn.rules.lot_step)
    trade = replace(turn.trade, stop=replace(stop, status="finished", placed=False))
    stopped = turn.then(trade)
    if units > 0:
        stopped = turn.then(stopped.leave(stop.id, units, price, "stop_loss"))
    events = [turn.event("stop_filled", price=price, units=units)]
    if stopped.trade.remaining > 0:
        events.append(turn.event("dust_left", units=stopped.trade.remaining))
    return stopped.then(stopped.trade.ended("stop_loss_finished", turn.tick.time), *events)


def move_to_entry(turn: Turn) -> Turn:
    """The turn with a breakeven stop at the entry; it is never moved further away.

    Whether the service counts the fees in is not documented: ``Rules.breakeven_with_fees``.
    """
    trade, stop = turn.trade, turn.trade.stop
    if stop is None or not stop.breakeven or stop.moved_to_entry or stop.trigger is None:
        return turn
    entry = _placeable(_breakeven_price(turn), turn)
    better = max(stop.trigger, entry) if trade.long else min(stop.trigger, entry)
    limit = None if stop.price is None else stop.price + better - stop.trigger
    moved = replace(stop, trigger=better, price=limit, moved_to_entry=True)
    return turn.then(replace(trade, stop=moved), turn.event("stop_moved", price=better))


def _placeable(price: Decimal, turn: Turn) -> Decimal:
    """On the tick, towards the gain; a quotient has more digits than any order can say."""
    step = turn.rules.price_step or FINEST
    return ceil_to(price, step) if turn.trade.long else floor_to(price, step)


def _breakeven_price(turn: Turn) -> Decimal:
    """The average entry, with or without what both commissions take."""
    trade, fee = turn.trade, turn.rules.fee
    average = trade.entered_total / trade.entered_amount
    if turn.rules.breakeven_with_fees:
        return average / (ONE - fee if trade.long else ONE + fee)
    return trade.average_entry or average
