"""The market engine: a trade and a tick in, the trade and what happened out. Pure."""

from decimal import localcontext

from smartplan.sandbox.adjustments import adjust
from smartplan.sandbox.entry import enter
from smartplan.sandbox.lifecycle import conclude
from smartplan.sandbox.stop_loss import guard
from smartplan.sandbox.take_profit import take_profits
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
