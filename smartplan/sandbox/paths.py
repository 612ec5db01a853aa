"""A trade through a history of prices: ticks as they are, candles as continuous paths.

Inside a candle the price moves continuously: it walks to the nearest active level, fills there,
and is looked at again until nothing more happens. Between candles it gaps: a stop passed by the
open fills at the open. Ticks are never interpolated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from itertools import count

from smartplan.sandbox.levels import EMPTY, band, levels
from smartplan.sandbox.market import advance
from smartplan.sandbox.trade import ExchangeTrade, Tick
from smartplan.sandbox.turn import ARITHMETIC, MarketEvent, MarketRules
from smartplan.sandbox.validation import read_create


@dataclass(frozen=True, slots=True)
class Candle:
    """A span of prices; ``time`` is when it opens, ``span`` how long it lasts."""

    time: datetime
    span: timedelta
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


def trade_from_body(body: Mapping[str, object], time: datetime) -> ExchangeTrade:
    """A trade to be walked through prices, from a create body; raises ``Refusal`` (400)."""
    return read_create(body, time).numbered(count(1).__next__)


class Walk:
    """One trade on its way. ``trade`` and ``events`` are what has become of it so far.

    ``states`` has the trade as each event left it, one for one. ``highest`` and ``lowest`` are the
    extreme prices seen while the position was open (of the series that closes it): what favourable
    and adverse excursions are counted from.
    """

    def __init__(self, trade: ExchangeTrade, rules: MarketRules) -> None:
        self.trade = trade
        self.rules = rules
        self.events: list[MarketEvent] = []
        self.states: list[ExchangeTrade] = []
        self.highest: Decimal | None = None
        self.lowest: Decimal | None = None
        self._quiet = EMPTY

    def tick(self, tick: Tick) -> None:
        """Meet one tick."""
        low, high = min(tick.bid, tick.ask, tick.last), max(tick.bid, tick.ask, tick.last)
        if self._quiet.holds(low, high):
            price = tick.bid if self.trade.long else tick.ask
            self._see(price, price)
            return
        # What a tick has changed may act at the same prices again: a stop moved past the market.
        self._quiet = EMPTY if self._meet(tick) else band(self.trade, low, high)

    def candle(self, candle: Candle, *, against_first: bool) -> None:
        """Meet a candle that goes against the position first, or with it first."""
        if self.passes(candle.low, candle.high):
            return
        low_first = against_first == self.trade.long
        way = (candle.low, candle.high) if low_first else (candle.high, candle.low)
        with localcontext(ARITHMETIC):
            self._visit(candle.time, candle.open)
            here, third = candle.open, candle.span / 3
            for number, goal in enumerate((*way, candle.close)):
                self._walk(_Leg(here, goal, candle.time + number * third, third))
                here = goal
            self._quiet = band(self.trade, candle.close, candle.close)

    def passes(self, low: Decimal, high: Decimal) -> bool:
        """Let any number of candles between these prices go by, if nothing can happen in them."""
        quiet = self._quiet.holds(low, high)
        if quiet:
            self._see(low, high)
        return quiet

    def give_up(self, time: datetime) -> None:
        """Cancel an entry that has not filled."""
        if self.trade.active and not self.trade.entered:
            self.trade = self.trade.ended("cancelled", time)
            self._record(MarketEvent(time=time, kind="cancelled"))
            self._quiet = EMPTY

    def _record(self, *events: MarketEvent) -> None:
        self.events.extend(events)
        self.states.extend(self.trade for _ in events)

    def _walk(self, leg: "_Leg") -> None:
        if leg.start == leg.goal:
            self._stand_still(leg)
        here = leg.start
        while here != leg.goal and self.trade.active:
            stop = self._nearest(here, leg.goal)
            expiry = self._expiry()
            if expiry is not None and leg.time_at(here) < expiry < leg.time_at(stop):
                stop = leg.price_at(expiry)
                self._visit(expiry, stop)
            else:
                self._visit(leg.time_at(stop), stop)
            here = stop

    def _stand_still(self, leg: "_Leg") -> None:
        expiry = self._expiry()
        if expiry is not None and expiry < leg.end:
            self._visit(expiry, leg.goal)

    def _nearest(self, here: Decimal, goal: Decimal) -> Decimal:
        if goal > here:
            return min((level for level in levels(self.trade) if here < level < goal), default=goal)
        return max((level for level in levels(self.trade) if goal < level < here), default=goal)

    def _expiry(self) -> datetime | None:
        stop = self.trade.stop
        if stop is None or not stop.open or stop.timeout is None or stop.touched_at is None:
            return None
        return stop.touched_at + timedelta(seconds=stop.timeout)

    def _visit(self, time: datetime, price: Decimal) -> None:
        tick = Tick(time, price, price, price)
        while self._meet(tick):
            pass

    def _meet(self, tick: Tick) -> bool:
        """Whether the tick changed anything."""
        before = self.trade
        turn = advance(before, tick, self.rules)
        self.trade = turn.trade
        self._record(*turn.events)
        if before.active:
            self._see(turn.exit_price, turn.exit_price, entered=self.trade.entered)
        return self.trade != before

    def _see(self, low: Decimal, high: Decimal, *, entered: bool | None = None) -> None:
        if not (self.trade.entered and self.trade.active if entered is None else entered):
            return
        if self.highest is None or high > self.highest:
            self.highest = high
        if self.lowest is None or low < self.lowest:
            self.lowest = low


@dataclass(frozen=True, slots=True)
class _Leg:
    """A straight line from one price to another."""

    start: Decimal
    goal: Decimal
    time: datetime
    span: timedelta

    @property
    def end(self) -> datetime:
        return self.time + self.span

    def time_at(self, price: Decimal) -> datetime:
        done = (price - self.start) / (self.goal - self.start)
        return self.time + timedelta(microseconds=int(done * (self.span // _MICROSECOND)))

    def price_at(self, time: datetime) -> Decimal:
        done = Decimal((time - self.time) // _MICROSECOND) / (self.span // _MICROSECOND)
        return self.start + (self.goal - self.start) * done


_MICROSECOND = timedelta(microseconds=1)


def outcome_of(trade: ExchangeTrade) -> str:
    """What became of a trade, in our own words: the service's last statuses say less."""
    if not trade.entered:
        return "never_entered" if trade.active else "cancelled"
    endings = {
        "finished": "take_profit",
        "stop_loss_finished": "stop_loss",
        "panic_sold": "closed",
        "cancelled": "cancelled",
    }
    return endings.get(trade.status, "open")
