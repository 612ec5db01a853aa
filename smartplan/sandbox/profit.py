"""Profit as the service computes it: what leaving now at the market would bring."""

from decimal import ROUND_HALF_UP, Decimal

from smartplan.sandbox.catalog import Pair
from smartplan.sandbox.decimals import HUNDRED, ZERO, decimal_text
from smartplan.sandbox.trade import ExchangeTrade, Tick
from smartplan.sandbox.worth import entered_worth, profit_worth

CENT = Decimal("0.01")
UNPROFITABLE = frozenset({"cancelled", "failed"})
"""Statuses whose profit the service does not show."""


def has_profit(trade: ExchangeTrade) -> bool:
    """Whether the service shows one: not for cancelled trades, nor for a bare buy or sell."""
    bare = trade.instant and not trade.active
    return trade.entered and not bare and trade.status not in UNPROFITABLE


def profit_percent(pair: Pair, trade: ExchangeTrade, tick: Tick, fee: Decimal) -> Decimal:
    """Profit in percent of what was entered, two decimals."""
    if not has_profit(trade):
        return ZERO
    gained = profit_worth(pair, trade, tick, fee)
    share = gained / entered_worth(pair, trade) * HUNDRED
    return share.quantize(CENT, ROUND_HALF_UP)


def profit_of(
    pair: Pair, trade: ExchangeTrade, tick: Tick, fee: Decimal, usd: Decimal
) -> dict[str, object]:
    """The ``profit`` object; ``usd`` is the value of one unit of the market's money."""
    if not has_profit(trade):
        return {"volume": None, "usd": None, "percent": "0.0"}
    volume = profit_worth(pair, trade, tick, fee)
    return {
        "volume": decimal_text(volume),
        "usd": decimal_text(volume * usd),
        "percent": decimal_text(profit_percent(pair, trade, tick, fee)),
    }
