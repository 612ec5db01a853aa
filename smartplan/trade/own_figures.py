"""Figures of a live trade by our own arithmetic, to stand beside the service's; pure.

Money is in the quote currency, of inverse contracts in the coin.
"""

from decimal import Decimal

from smartplan.trade.contract import Contract
from smartplan.trade.liquidation import assumed, liquidation_of
from smartplan.trade.model import LiveTrade, Trade
from smartplan.trade.rounding import exact
from smartplan.trade.wire import decimal_or_none, table


def total_at(entry: Decimal | None, trade: Trade, contract: Contract) -> Decimal | None:
    """What its units are worth at their entry."""
    if not contract.known or not entry:
        return None
    return contract.value(trade.position.units, entry)


@exact
def margin_needed(total: Decimal | None, trade: Trade) -> Decimal | None:
    """What a position that is worth ``total`` takes as margin."""
    leverage = trade.leverage
    if total is None or leverage is None or not leverage.value:
        return None
    return total / leverage.value


def liquidation_estimated(
    live: LiveTrade, entry: Decimal | None, contract: Contract
) -> Decimal | None:
    """An estimate at an assumed rate, for nobody is asked about the market here."""
    leverage = live.trade.leverage
    if not entry or leverage is None or not live.entered:
        return None
    data = table(live.raw.get("data")) or {}
    fee = decimal_or_none(data.get("commission")) or Decimal(0)
    rate = assumed(leverage.value)
    found = liquidation_of(live.trade, entry=entry, fee=fee, maintenance=rate, contract=contract)
    return found.price
