"""The prices of a trade that matter, and where they stand in a drawing.

Entry, targets, stop, break-even, liquidation, market.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter

from msgspec import Struct

from smartplan.document.scalars import number_text
from smartplan.report import figures
from smartplan.report.trade_text import volume_text
from smartplan.simulation.prices import Bar
from smartplan.trade.exits import stop_trigger, target_price
from smartplan.trade.model import Trade
from smartplan.trade.risk import Risk
from smartplan.trade.rounding import exact


class Level(Struct, frozen=True):
    """A price that matters, and what it is called: ``entry``, ``TP1``, ``SL``."""

    name: str
    price: Decimal
    kind: str
    detail: str = ""


class Scale(Struct, frozen=True):
    """From ``lowest`` at the bottom to ``highest`` at the top, evenly."""

    lowest: Decimal
    highest: Decimal

    @classmethod
    def over(cls, prices: Iterable[Decimal]) -> "Scale":
        """The scale that shows all of some prices; there must be one."""
        listed = list(prices)
        return cls(min(listed), max(listed))

    @classmethod
    def of_chart(cls, bars: Sequence[Bar], levels: Sequence[Level]) -> "Scale":
        """The scale of prices over time with levels across."""
        ends = (price for bar in bars for price in (bar.high, bar.low))
        return cls.over((*ends, *(level.price for level in levels)))

    @exact
    def place(self, price: Decimal, size: int) -> int:
        """How far from the top, in steps of ``size`` from 0 to ``size - 1``."""
        if self.highest == self.lowest:
            return (size - 1) // 2
        from_top = (self.highest - price) / (self.highest - self.lowest)
        return int((from_top * (size - 1)).to_integral_value())


def bar_at(bars: Sequence[Bar], time: datetime) -> int:
    """The place of the bar that a moment is in."""
    return max(bisect_right(bars, time, key=attrgetter("time")) - 1, 0)


def stop_at(
    bars: Sequence[Bar], track: Sequence[tuple[datetime, Decimal | None]]
) -> Iterator[tuple[int, Decimal]]:
    """Where a stop that moved stands by the end of each bar that it stands in, by its number."""
    moves = sorted((bar_at(bars, time), order) for order, (time, _) in enumerate(track))
    if not moves:
        return
    last = {number: track[order][1] for number, order in moves}
    price: Decimal | None = None
    for number in range(moves[0][0], len(bars)):
        price = last.get(number, price)
        if price is not None:
            yield number, price


def stacked(places: Iterable[int], gap: int, last: int) -> list[int]:
    """Places in order moved apart to ``gap``, as little as it takes, none beyond ``last``."""
    moved: list[int] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap) if moved else place)
    limit = last
    for index in range(len(moved) - 1, -1, -1):
        moved[index] = min(moved[index], limit)
        limit = moved[index] - gap
    return moved


def _shown(price: Decimal, trade: Trade) -> Decimal:
    """On the careful side, as everywhere."""
    return Decimal(figures.careful_price(price, trade.side))


def levels(trade: Trade, risk: Risk, market: Decimal | None = None) -> list[Level]:
    """From the highest price to the lowest; what the plan leaves open is left out."""
    return sorted(_levels(trade, risk, market), key=lambda level: -level.price)


def _levels(trade: Trade, risk: Risk, market: Decimal | None) -> Iterator[Level]:
    entry, paid = risk.reference, risk.paid
    if entry is not None:
        yield Level("entry", entry, "entry", number_text(trade.position.units))
    for number, step in enumerate(trade.take_profit, 1):
        price = target_price(trade.side, step, paid)
        if price is not None:
            yield Level(f"TP{number}", price, "target", volume_text(step))
    if trade.stop_loss is not None:
        price = stop_trigger(trade.side, trade.stop_loss, paid)
        if price is not None:
            yield Level("SL", price, "stop", trade.stop_loss.order_type)
    if risk.break_even is not None:
        yield Level("break-even", _shown(risk.break_even, trade), "break_even")
    if risk.liquidation is not None:
        name = "liquidation (estimate)" if risk.maintenance is not None else "liquidation"
        yield Level(name, _shown(risk.liquidation, trade), "liquidation")
    if market is not None:
        yield Level("market", market, "market")
