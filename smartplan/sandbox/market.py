"""The market engine: a trade and a tick in, the trade and what happened out. Pure.

What the service is asked for it accepts first, and settles a moment after.
"""

from datetime import datetime, timedelta
from decimal import localcontext

from msgspec.structs import replace

from smartplan.sandbox.adjustments import adjust
from smartplan.sandbox.decimals import floor_to
from smartplan.sandbox.entry import FORCED, enter
from smartplan.sandbox.exits import place_exits
from smartplan.sandbox.stop_loss import guard
from smartplan.sandbox.take_profit import close_steps, take_profits
from smartplan.sandbox.trade import ExchangeTrade, Tick
from smartplan.sandbox.turn import ARITHMETIC, MarketRules, Turn


def advance(trade: ExchangeTrade, tick: Tick, rules: MarketRules) -> Turn:
    """One tick, in the documented order: entry, stop loss, take profit 1…n, then status.

    The stop wins a tie. A trade that is over is answered as it was.
    """
    if not trade.active:
        return Turn(trade, tick, rules)
    with localcontext(ARITHMETIC):
        turn = enter(Turn(trade, tick, rules))
        if turn.trade.entered and turn.trade.active:
            turn = guard(turn)
        # A triggered limit stop holds the units: nothing else can sell them.
        if turn.trade.entered and turn.trade.status == "waiting_targets":
            turn = conclude(adjust(take_profits(turn)))
        return turn


def request(trade: ExchangeTrade, pending: str, now: datetime, delay: timedelta) -> ExchangeTrade:
    """The trade with a request accepted that is carried out after ``delay``."""
    return replace(trade, pending=pending, settles_at=now + delay, updated_at=now)


def due(trade: ExchangeTrade, now: datetime) -> bool:
    """Whether what was asked for is to be carried out by now."""
    return trade.settles_at is not None and trade.settles_at <= now


def settle(turn: Turn) -> Turn:
    """The turn after the pending request was carried out.

    Exits do not look at the market here: they wait for the next price.
    """
    pending = turn.trade.pending
    trade = replace(turn.trade, pending=None, settles_at=None, updated_at=turn.tick.time)
    settled = turn.then(trade)
    if pending == "cancel":
        return settled.then(trade.ended("cancelled", turn.tick.time), turn.event("cancelled"))
    if pending == "close":
        return close_position(settled)
    if pending == "orders":
        return _settle_orders(settled)
    if pending == "update" and trade.entered:
        return place_exits(settled)
    if pending == "update":
        entry = replace(trade.entry, status="idle", rises=None, extreme=None)
        settled = turn.then(replace(trade, entry=entry))
    return enter(settled)


def _settle_orders(turn: Turn) -> Turn:
    trade = turn.trade
    if trade.status == "pending_reduce_funds":
        turn = turn.then(replace(trade, status="waiting_targets"))
    return conclude(adjust(close_steps(turn)))


def conclude(turn: Turn) -> Turn:
    """The turn with the trade finished when nothing that could be sold is left of it."""
    trade = turn.trade
    if not trade.active or not trade.entered or not turn.dust:
        return turn
    remaining = trade.remaining
    events = [turn.event("finished")]
    if remaining > 0:
        events.insert(0, turn.event("dust_left", units=remaining))
    return turn.then(trade.ended("finished", turn.tick.time), *events)


def force_entry(trade: ExchangeTrade) -> ExchangeTrade:
    """The trade with its entry to be forced. Only the *position* shows it (seen)."""
    return replace(trade, entry=replace(trade.entry, status=FORCED))


def close_position(turn: Turn) -> Turn:
    """The turn with everything that is left sold (or bought back) at the market."""
    trade = turn.trade
    units = floor_to(trade.remaining, turn.rules.lot_step)
    if units > 0:
        trade = turn.leave(trade.close_id, units, turn.exit_fill, "market_close")
    closed = turn.event("closed_at_market", price=turn.exit_fill, units=units)
    return turn.then(trade.ended("panic_sold", turn.tick.time), closed)
