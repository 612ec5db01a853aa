"""Where the next thing happens to a trade: the prices between which nothing can."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from smartplan.sandbox.decimals import HUNDRED, ONE
from smartplan.sandbox.entry import trailing_entry_level
from smartplan.sandbox.take_profit import trailing_level
from smartplan.sandbox.trade import ExchangeTrade, StopOrder


def levels(trade: ExchangeTrade) -> Iterator[Decimal]:
    """The prices at which an order of the trade would act, as it stands."""
    if not trade.active:
        return
    if not trade.entered:
        yield from _entry_levels(trade)
        return
    if trade.stop is not None and trade.stop.open:
        yield from _stop_levels(trade.stop)
    if trade.status != "waiting_targets":
        return
    for target in trade.targets:
        level = trailing_level(target, long=trade.long) or target.price
        if target.open and level is not None:
            yield level
    yield from (order.price for order in trade.adjustments if order.open and order.price)


def _entry_levels(trade: ExchangeTrade) -> Iterator[Decimal]:
    entry = trade.entry
    if entry.status == "order_placed" and entry.price is not None:
        yield entry.price
    elif entry.status == "trailing_activated" and entry.extreme is not None:
        yield trailing_entry_level(entry, entry.extreme)
    elif entry.trigger is not None:
        yield entry.trigger


def _stop_levels(stop: StopOrder) -> Iterator[Decimal]:
    if stop.placed and stop.price is not None:
        yield stop.price
    elif stop.trigger is not None:
        yield stop.trigger


def followed(trade: ExchangeTrade) -> Iterator[Decimal]:
    """The extremes that trailing orders follow: going beyond one moves a level."""
    if not trade.entered:
        if trade.entry.extreme is not None:
            yield trade.entry.extreme
        return
    if trade.stop is not None and trade.stop.open and trade.stop.extreme is not None:
        yield trade.stop.extreme
    yield from (target.peak for target in trade.targets if target.open and target.peak is not None)


class Band(Struct, frozen=True):
    """The open interval around a price in which nothing happens; ``None`` is no bound."""

    lower: Decimal | None
    upper: Decimal | None

    def holds(self, low: Decimal, high: Decimal) -> bool:
        """Whether prices from ``low`` to ``high`` stay inside."""
        return (self.lower is None or self.lower < low) and (
            self.upper is None or high < self.upper
        )


EMPTY = Band(Decimal("Infinity"), None)


def band(
    trade: ExchangeTrade, low: Decimal, high: Decimal, liquidation: Decimal | None = None
) -> Band:
    """The band around the last prices the trade has seen; empty while a stop's timer runs.

    ``liquidation`` is one more price at which something happens.
    """
    if trade.stop is not None and trade.stop.touched_at is not None and trade.active:
        return EMPTY
    marks = [*levels(trade), *followed(trade)]
    if liquidation is not None:
        marks.append(liquidation)
    below = [mark for mark in marks if mark <= high]
    above = [mark for mark in marks if mark >= low]
    return Band(max(below, default=None), min(above, default=None))


def turning_points(trade: ExchangeTrade, low: Decimal, high: Decimal) -> Iterator[Decimal]:
    """Where a price that turns just lets a trailing order act at the other end of its range.

    What follows the price acts at another level for each place it turns at: these, and the ends of
    the range, are the worst and the best of them.
    """
    if not trade.active:
        return
    up = trade.long
    if not trade.entered:
        entry = trade.entry
        if entry.extreme is not None and entry.trailing is not None:
            away = entry.trailing / HUNDRED
            yield high / (ONE + away) if up else low / (ONE - away)
        return
    far, stop = (low if up else high), trade.stop
    if stop is not None and stop.open and stop.extreme is not None and stop.trigger is not None:
        yield far + stop.extreme - stop.trigger
    for target in trade.targets:
        if target.open and target.peak is not None and target.trailing is not None:
            away = target.trailing / HUNDRED
            if away < ONE:
                yield far / (ONE - away if up else ONE + away)
