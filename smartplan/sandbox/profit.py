"""Profit as the service computes it: what leaving now at the market would bring."""

from decimal import ROUND_HALF_UP, Decimal

from smartplan.sandbox.decimals import HUNDRED, ONE, ZERO, decimal_text
from smartplan.sandbox.trade import ExchangeTrade, Tick

CENT = Decimal("0.01")
UNPROFITABLE = frozenset({"cancelled", "failed"})
"""Statuses whose profit the service does not show."""


def profit_in_quote(trade: ExchangeTrade, tick: Tick, fee: Decimal) -> Decimal:
    """Realised money and, while the trade lives, what is open valued at the market."""
    remaining = trade.remaining if trade.active else ZERO
    if trade.long:
        open_value = remaining * tick.bid * (ONE - fee)
        return trade.closed_total + open_value - trade.entered_total
    open_cost = remaining * tick.ask * (ONE + fee)
    return trade.entered_total - trade.closed_total - open_cost


def has_profit(trade: ExchangeTrade) -> bool:
    """Whether the service shows one: not for cancelled trades, nor for a bare buy or sell."""
    bare = trade.instant and not trade.active
    return trade.entered and not bare and trade.status not in UNPROFITABLE


def profit_percent(trade: ExchangeTrade, tick: Tick, fee: Decimal) -> Decimal:
    """Profit in percent of what was entered, two decimals."""
    if not has_profit(trade):
        return ZERO
    share = profit_in_quote(trade, tick, fee) / trade.entered_total * HUNDRED
    return share.quantize(CENT, ROUND_HALF_UP)


def profit_of(
    trade: ExchangeTrade, tick: Tick, fee: Decimal, usd: Decimal, contract: Decimal
) -> dict[str, object]:
    """The ``profit`` object; ``usd`` is the value of one unit of quote money.

    ``contract`` is the base that one unit of the pair stands for.
    """
    if not has_profit(trade):
        return {"volume": None, "usd": None, "percent": "0.0"}
    volume = profit_in_quote(trade, tick, fee) * contract
    return {
        "volume": decimal_text(volume),
        "usd": decimal_text(volume * usd),
        "percent": decimal_text(profit_percent(trade, tick, fee)),
    }
