"""Orders that add or reduce funds, in one turn; the exits follow the size of the position."""

from decimal import Decimal

from msgspec.structs import replace

from smartplan.sandbox.exits import place_exits
from smartplan.sandbox.trade import Adjustment
from smartplan.sandbox.turn import Turn


def adjust(turn: Turn) -> Turn:
    """The turn after every open adjustment had its chance."""
    for order in turn.trade.adjustments:
        if order.open and turn.trade.active and turn.trade.entered:
            turn = _try(turn, order)
    return turn


def _try(turn: Turn, order: Adjustment) -> Turn:
    adds = order.purpose == "add_funds"
    if order.order_type == "market" or order.price is None:
        return _fill(turn, order, turn.entry_fill if adds else turn.exit_fill)
    market = turn.entry_price if adds else turn.exit_price
    buys = adds == turn.trade.long
    if not (market <= order.price if buys else market >= order.price):
        return turn.then(_with(turn, replace(order, status="order_placed")).trade)
    # Marketable when placed: the book's better price; resting: its own.
    return _fill(turn, order, market if order.status == "idle" else order.price)


def _fill(turn: Turn, order: Adjustment, price: Decimal) -> Turn:
    done = _with(turn, replace(order, status="finished", closed_at=turn.tick.time))
    if order.purpose == "add_funds":
        trade = done.enter(order.id, order.units, price, "add_funds")
    else:
        trade = done.leave(order.id, min(order.units, turn.trade.remaining), price, "reduce_funds")
    kind = "funds_added" if order.purpose == "add_funds" else "funds_reduced"
    return place_exits(done.then(trade, turn.event(kind, price=price, units=order.units)))


def _with(turn: Turn, order: Adjustment) -> Turn:
    orders = tuple(order if known.id == order.id else known for known in turn.trade.adjustments)
    return turn.then(replace(turn.trade, adjustments=orders))
