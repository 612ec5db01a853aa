"""What the service does a moment after it was asked: settling, and the requests that start it."""

from dataclasses import replace
from datetime import datetime, timedelta

from smartplan.sandbox.decimals import floor_to
from smartplan.sandbox.entry import FORCED, enter
from smartplan.sandbox.exits import place_exits
from smartplan.sandbox.trade import Trade
from smartplan.sandbox.turn import Turn


def ask(trade: Trade, pending: str, now: datetime, delay: timedelta) -> Trade:
    """The trade with a request accepted that is carried out after ``delay``."""
    return replace(trade, pending=pending, settles_at=now + delay, updated_at=now)


def due(trade: Trade, now: datetime) -> bool:
    """Whether what was asked for is to be carried out by now."""
    return trade.settles_at is not None and trade.settles_at <= now


def settle(turn: Turn) -> Turn:
    """The turn after the pending request was carried out."""
    pending = turn.trade.pending
    trade = replace(turn.trade, pending=None, settles_at=None, updated_at=turn.tick.time)
    settled = turn.then(trade)
    if pending == "cancel":
        return settled.then(end(trade, "cancelled", turn.tick.time), turn.event("cancelled"))
    if pending == "close":
        return close_position(settled)
    if pending == "update" and trade.entered:
        return place_exits(settled)
    if pending == "update":
        entry = replace(trade.entry, status="idle", rises=None, extreme=None)
        settled = turn.then(replace(trade, entry=entry))
    return enter(settled)


def start(trade: Trade) -> Trade:
    """The trade with its entry to be forced. Only the *position* shows it (seen)."""
    return replace(trade, entry=replace(trade.entry, status=FORCED))


def close_position(turn: Turn) -> Turn:
    """The turn with everything that is left sold (or bought back) at the market."""
    trade = turn.trade
    units = floor_to(trade.remaining, turn.rules.lot_step)
    if units > 0:
        trade = turn.leave(trade.close_id, units, turn.exit_price, "market_close")
    closed = turn.event("closed_at_market", price=turn.exit_price, units=units)
    return turn.then(end(trade, "panic_sold", turn.tick.time), closed)


def end(trade: Trade, status: str, now: datetime) -> Trade:
    """The trade in a terminal status; what could still have filled is cancelled."""
    entry, stop = trade.entry, trade.stop
    if not trade.entered:
        entry = replace(entry, status="cancelled")
    if stop is not None and stop.open:
        stop = replace(stop, status="cancelled")
    return replace(
        trade,
        status=status,
        closed_at=now,
        updated_at=now,
        entry=entry,
        stop=stop,
        pending=None,
        settles_at=None,
        targets=tuple(
            replace(target, status="cancelled") if target.open else target
            for target in trade.targets
        ),
        adjustments=tuple(
            replace(order, status="cancelled") if order.open else order
            for order in trade.adjustments
        ),
    )
