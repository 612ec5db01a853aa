"""What units are worth in the money of their market: quote currency, or the coin.

The engine counts units at their price. Of contracts that is not the money: a linear one is worth
its size at the price, a coin-margined one (``Pair.inverse``) its face value through the price. Its
profit is the difference of those, in the coin, the other way round than prices go; so are its fees.
"""

from decimal import Decimal

from smartplan.sandbox.catalog import Pair
from smartplan.sandbox.decimals import FINEST, ONE, ZERO
from smartplan.sandbox.trade import ENTERING, ExchangeTrade, Fill, Tick


def worth(pair: Pair, units: Decimal, price: Decimal) -> Decimal:
    """Units at a price, without commission."""
    if pair.inverse:
        return (units * pair.contract / price).quantize(FINEST)
    return units * price * pair.contract


def fill_worth(pair: Pair, fill: Fill) -> Decimal:
    """What an execution has paid or brought, with its commission.

    A commission that is added to quote money is taken from coins: both leave less.
    """
    if not pair.inverse:
        return fill.total * pair.contract
    return worth(pair, fill.amount, fill.price) * (2 * ONE - fill.total / fill.gross)


def gross_worth(pair: Pair, fill: Fill) -> Decimal:
    """The same without its commission."""
    return worth(pair, fill.amount, fill.price) if pair.inverse else fill.gross * pair.contract


def entered_worth(pair: Pair, trade: ExchangeTrade) -> Decimal:
    """What the position has cost, or brought where it is a short."""
    if not pair.inverse:
        return trade.entered_total * pair.contract
    fills = [fill for fill in trade.fills if fill.purpose in ENTERING]
    if not fills and trade.entered:
        return worth(pair, trade.entered_amount, trade.entered_total / trade.entered_amount)
    return sum((fill_worth(pair, fill) for fill in fills), ZERO)


def closed_worth(pair: Pair, trade: ExchangeTrade) -> Decimal:
    """What closing parts of it has brought, or cost."""
    if not pair.inverse:
        return trade.closed_total * pair.contract
    fills = (fill for fill in trade.fills if fill.purpose not in ENTERING)
    return sum((fill_worth(pair, fill) for fill in fills), ZERO)


def price_of(pair: Pair, units: Decimal, money: Decimal) -> Decimal:
    """The price at which units are worth so much."""
    return units * pair.contract / money if pair.inverse else money / (units * pair.contract)


def profit_worth(pair: Pair, trade: ExchangeTrade, tick: Tick, fee: Decimal) -> Decimal:
    """What is realised and, while the trade lives, what leaving now at the market would bring."""
    remaining = trade.remaining if trade.active else ZERO
    sells = trade.long is not pair.inverse
    open_now = worth(pair, remaining, tick.bid if trade.long else tick.ask)
    open_now *= ONE - fee if sells else ONE + fee
    gained = closed_worth(pair, trade) + open_now - entered_worth(pair, trade)
    return gained if sells else -gained
