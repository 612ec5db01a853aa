"""The entry order in one turn: market, limit, conditional, trailing, or a position already held."""

from decimal import Decimal

from msgspec.structs import replace

from smartplan.sandbox.decimals import HUNDRED, ONE, ZERO
from smartplan.sandbox.exits import arm
from smartplan.sandbox.trade import EntryOrder
from smartplan.sandbox.turn import Turn

FORCED = "panic_sell_pending"
"""The position status ``force_start`` leaves: entered at market on the next occasion."""


def enter(turn: Turn) -> Turn:
    """The turn after the entry had its chance; nothing changes once the position is entered."""
    trade, entry = turn.trade, turn.trade.entry
    if trade.entered:
        return turn
    if trade.skip_enter_step:
        return _take_over(turn)
    if entry.order_type == "market" or entry.status == FORCED:
        return _fill(turn, turn.entry_fill)
    if entry.status == "trailing_activated":
        return _trail(turn, entry)
    if entry.status == "order_placed":
        return _rest(turn, entry)
    if entry.order_type == "limit":
        return _place(turn, entry)
    return _await_trigger(turn, entry)


def fill_entry(turn: Turn) -> Turn:
    """The turn with a waiting entry filled at its own price, wherever the market is."""
    entry = turn.trade.entry
    return _fill(turn, entry.price or entry.trigger or turn.entry_price)


def _take_over(turn: Turn) -> Turn:
    entry = turn.trade.entry
    price = entry.price or turn.entry_price
    held = replace(
        turn.trade,
        entry=replace(entry, status="smart_sell"),
        entered_amount=entry.units,
        entered_total=entry.units * price,
    )
    taken = turn.event("position_taken", price=price, units=entry.units)
    return arm(turn.then(held, taken), price)


def _place(turn: Turn, entry: EntryOrder) -> Turn:
    placed = turn.then(
        replace(turn.trade, status="waiting_position", entry=replace(entry, status="order_placed")),
        turn.event("entry_placed", price=entry.price, units=entry.units),
    )
    # A limit order that is marketable when it is placed takes the better price of the book.
    return _fill(placed, turn.entry_price) if _reached(turn, entry) else placed


def _rest(turn: Turn, entry: EntryOrder) -> Turn:
    if not _reached(turn, entry) or entry.price is None:
        return turn
    return _fill(turn, entry.price, waits=True)


def _reached(turn: Turn, entry: EntryOrder) -> bool:
    if entry.price is None:
        return False
    if turn.trade.long:
        return turn.tick.ask <= entry.price
    return turn.tick.bid >= entry.price


def _await_trigger(turn: Turn, entry: EntryOrder) -> Turn:
    watched = turn.tick.watched(entry.trigger_type)
    trigger = entry.trigger if entry.trigger is not None else watched
    if entry.rises is None:
        entry = replace(entry, rises=watched < trigger, status="to_process")
        turn = turn.then(replace(turn.trade, status="waiting_position", entry=entry))
    if watched < trigger if entry.rises else watched > trigger:
        return turn
    if entry.trailing is not None:
        activated = replace(entry, status="trailing_activated", extreme=watched)
        return turn.then(
            replace(turn.trade, entry=activated),
            turn.event("entry_trailing_activated", price=watched),
        )
    turn = turn.then(turn.trade, turn.event("entry_triggered", price=watched))
    if entry.conditional_type == "limit":
        return _place(turn, entry)
    return _fill(turn, turn.entry_fill)


def _trail(turn: Turn, entry: EntryOrder) -> Turn:
    watched = turn.tick.watched(entry.trigger_type)
    known, long = watched if entry.extreme is None else entry.extreme, turn.trade.long
    extreme = min(known, watched) if long else max(known, watched)
    level = trailing_entry_level(entry, extreme)
    fires = watched >= level if long else watched <= level
    turn = turn.then(replace(turn.trade, entry=replace(entry, extreme=extreme)))
    return _fill(turn, turn.entry_fill) if fires else turn


# A14
def trailing_entry_level(entry: EntryOrder, extreme: Decimal) -> Decimal:
    """Where an activated trailing entry fills."""
    distance = (entry.trailing or ZERO) / HUNDRED
    return extreme * (ONE + distance if entry.type == "buy" else ONE - distance)


def _fill(turn: Turn, price: Decimal, *, waits: bool = False) -> Turn:
    entry = turn.trade.entry
    entered = turn.enter(entry.id, entry.units, price, "position", waits=waits)
    entered = replace(entered, entry=replace(entry, status="finished"))
    filled = turn.event("entry_filled", price=price, units=entry.units)
    return arm(turn.then(entered, filled), price)
