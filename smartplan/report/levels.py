"""The prices of a trade that matter: entry, targets, stop, break-even, liquidation, market."""

from collections.abc import Iterator
from decimal import Decimal

from smartplan.document.scalars import number_text, percent_text
from smartplan.report.scale import Level
from smartplan.trade.model import StopLoss, TakeProfitStep, Trade
from smartplan.trade.profit import percent_stop, percent_target
from smartplan.trade.risk import Risk


def levels(trade: Trade, risk: Risk, market: Decimal | None = None) -> list[Level]:
    """From the highest price to the lowest; what the plan leaves open is left out."""
    return sorted(_levels(trade, risk, market), key=lambda level: -level.price)


def _levels(trade: Trade, risk: Risk, market: Decimal | None) -> Iterator[Level]:
    entry = risk.reference
    if entry is not None:
        yield Level("entry", entry, "entry", number_text(trade.position.units))
    for number, step in enumerate(trade.take_profit, 1):
        price = _target_price(trade, step, entry)
        if price is not None:
            yield Level(f"TP{number}", price, "target", _volume(step))
    if trade.stop_loss is not None:
        price = _stop_price(trade, trade.stop_loss, entry)
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


def _target_price(trade: Trade, step: TakeProfitStep, entry: Decimal | None) -> Decimal | None:
    if step.price is not None or step.percent is None or entry is None:
        return step.price
    return percent_target(trade.side, entry=entry, percent=step.percent)


def _stop_price(trade: Trade, stop: StopLoss, entry: Decimal | None) -> Decimal | None:
    if stop.trigger is not None or stop.percent is None or entry is None:
        return stop.trigger
    return percent_stop(trade.side, entry=entry, percent=stop.percent)
