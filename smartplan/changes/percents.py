"""Percent targets of an entered trade as the prices they mean.

The service takes percents only until a trailing entry has filled, and shows prices from then on.
"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec.structs import replace

from smartplan.trade.model import LiveTrade, StopLoss, TakeProfitStep, Trade
from smartplan.trade.profit import percent_stop, percent_target
from smartplan.trade.wire import decimal_or_none


def in_prices(desired: Trade, live: LiveTrade) -> Trade:
    """The desired trade as a PATCH of ``live`` has to say it."""
    entry = average_entry(live)
    if not live.entered or entry is None:
        return desired
    return replace(
        desired,
        take_profit=tuple(_target(step, live, entry) for step in desired.take_profit),
        stop_loss=_stop(desired.stop_loss, live, entry) if desired.stop_loss else None,
    )


def _target(step: TakeProfitStep, live: LiveTrade, entry: Decimal) -> TakeProfitStep:
    if step.percent is None:
        return step
    price = percent_target(live.trade.side, entry=entry, percent=step.percent)
    return replace(step, price=price, percent=None)


def _stop(stop: StopLoss, live: LiveTrade, entry: Decimal) -> StopLoss:
    if stop.percent is None:
        return stop
    trigger = percent_stop(live.trade.side, entry=entry, percent=stop.percent)
    return replace(stop, trigger=trigger, percent=None)


def average_entry(live: LiveTrade) -> Decimal | None:
    """The average entry price of an entered trade, in quote per base."""
    data = live.raw.get("data")
    average = data.get("average_enter_price") if isinstance(data, Mapping) else None
    return decimal_or_none(average) or shown_price(live)


def shown_price(live: LiveTrade) -> Decimal | None:
    """``position.price.value`` as the entity shows it."""
    position = live.raw.get("position")
    price = position.get("price") if isinstance(position, Mapping) else None
    return decimal_or_none(price.get("value")) if isinstance(price, Mapping) else None
