"""Percent targets of an entered trade as the prices they mean.

The service takes percents only until a trailing entry has filled, and shows prices from then on.
"""

from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from smartplan.trade.exits import stop_trigger, target_price
from smartplan.trade.model import LiveTrade, Side, StopLoss, TakeProfitStep, Trade
from smartplan.trade.position import average_entry
from smartplan.trade.rounding import PriceRole, round_price


def in_prices(desired: Trade, live: LiveTrade, tick: Decimal | None = None) -> Trade:
    """The desired trade as a PATCH of ``live`` has to say it, on the pair's ``tick``."""
    entry = average_entry(live)
    if not live.entered or entry is None:
        return desired
    said = _Said(live.trade.side, entry, tick)
    stop = desired.stop_loss
    return replace(
        desired,
        take_profit=tuple(map(said.target, desired.take_profit)),
        stop_loss=said.stop(stop) if stop is not None else None,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    side: Side
    entry: Decimal
    tick: Decimal | None

    def target(self, step: TakeProfitStep) -> TakeProfitStep:
        if step.percent is None:
            return step
        price = target_price(self.side, step, self.entry)
        return replace(step, price=self._rounded(price, "tp"), percent=None)

    def stop(self, stop: StopLoss) -> StopLoss:
        if stop.percent is None:
            return stop
        trigger = stop_trigger(self.side, stop, self.entry)
        return replace(stop, trigger=self._rounded(trigger, "sl"), percent=None)

    def _rounded(self, price: Decimal | None, role: PriceRole) -> Decimal | None:
        if price is None or self.tick is None or self.tick <= 0:
            return price
        return round_price(price, self.tick, role=role, side=self.side)
