"""The prices of a trade that matter: entry, targets, stop, break-even, liquidation, market."""

from collections.abc import Iterator
from decimal import Decimal

from smartplan.document.scalars import number_text, percent_text
from smartplan.report.scale import Level
from smartplan.trade.exits import stop_trigger, target_price
from smartplan.trade.model import TakeProfitStep, Trade
from smartplan.trade.risk import Risk


def levels(trade: Trade, risk: Risk, market: Decimal | None = None) -> list[Level]:
    """From the highest price to the lowest; what the plan leaves open is left out."""
    return sorted(_levels(trade, risk, market), key=lambda level: -level.price)


def _levels(trade: Trade, risk: Risk, market: Decimal | None) -> Iterator[Level]:
    entry = risk.reference
    if entry is not None:
        yield Level("entry", entry, "entry", number_text(trade.position.units))
    for number, step in enumerate(trade.take_profit, 1):
        price = target_price(trade.side, step, entry)
        if price is not None:
            yield Level(f"TP{number}", price, "target", _volume(step))
    if trade.stop_loss is not None:
        price = stop_trigger(trade.side, trade.stop_loss, entry)
        if price is not None:
            yield Level("SL", price, "stop", trade.stop_loss.order_type)
    if risk.break_even is not None:
        yield Level("break-even", risk.break_even, "break_even")
    if risk.liquidation is not None:
        yield Level("liquidation (estimate)", risk.liquidation, "liquidation")
    if market is not None:
        yield Level("market", market, "market")


def _volume(step: TakeProfitStep) -> str:
    trailing = ""
    if step.trailing is not None and step.trailing.percent is not None:
        trailing = f" trailing {percent_text(abs(step.trailing.percent))}"
    return f"{percent_text(step.volume)}{trailing}"
