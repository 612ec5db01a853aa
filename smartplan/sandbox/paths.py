"""A trade on one way through prices: ticks as they are, candles as continuous movement.

Inside a candle the price moves continuously: it walks to the nearest active level, fills there,
and is looked at again until nothing more happens. Between candles it gaps: a stop passed by the
open fills at the open. Ticks are never interpolated. Which ways there are: ``branches``.
"""

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import NamedTuple

from msgspec import Struct

from smartplan.sandbox.decimals import floor_to
from smartplan.sandbox.levels import EMPTY, Band, band, levels
from smartplan.sandbox.market import advance
from smartplan.sandbox.trade import ExchangeTrade, StopOrder, TargetOrder, Tick
from smartplan.sandbox.turn import MarketEvent, MarketRules
from smartplan.sandbox.validation import read_create

STOP_TRAILED = "stop_trailed"
LiquidationPrice = Callable[[ExchangeTrade], Decimal | None]
"""Where an entered trade is liquidated; ``None`` where it is not, or nobody knows."""


class Candle(Struct, frozen=True):
    """A span of prices; ``time`` is when it opens, ``span`` how long it lasts."""

    time: datetime
    span: timedelta
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


def trade_from_body(body: Mapping[str, object], time: datetime) -> ExchangeTrade:
    """A trade to be walked through prices, from a create body; raises ``Rejection`` (400)."""
    return read_create(body, time).numbered(count(1).__next__)


class Record(NamedTuple):
    """An event, the trade as its turn left it, and what came before: ways that part share it.

    ``since`` is when the candle opened in which it happened; of ticks it is when it happened.
    """

    before: "Record | None"
    event: MarketEvent
    after: ExchangeTrade
    since: datetime


class Walk:
    """One trade on its way. ``trade`` and ``events`` are what has become of it so far.

    ``highest`` and ``lowest`` are the extreme prices seen while the position was open (of the
    series that closes it): what favourable and adverse excursions are counted from.
    ``liquidated_at`` is the price at which the exchange closed it, ``None`` where it did not.
    ``candle`` is when the candle opened that it is in, ``None`` on ticks.
    """

    __slots__ = (
        "_liquidation", "_quiet", "_records",
        "candle", "highest", "liquidated_at", "lowest", "rules", "trade",
    )  # fmt: skip

    def __init__(
        self,
        trade: ExchangeTrade,
        rules: MarketRules,
        liquidation: LiquidationPrice | None = None,
    ) -> None:
        self.trade = trade
        self.rules = rules
        self.highest: Decimal | None = None
        self.lowest: Decimal | None = None
        self.liquidated_at: Decimal | None = None
        self.candle: datetime | None = None
        self._liquidation = liquidation
        self._records: Record | None = None
        self._quiet = EMPTY

    def fork(self) -> "Walk":
        """The same so far, to go another way."""
        other = Walk(self.trade, self.rules, self._liquidation)
        other.highest, other.lowest = self.highest, self.lowest
        other.liquidated_at, other.candle = self.liquidated_at, self.candle
        other._records, other._quiet = self._records, self._quiet
        return other

    @property
    def records(self) -> list[Record]:
        """Each event, with the trade as the turn that it happened in left it."""
        found, record = [], self._records
        while record is not None:
            found.append(record)
            record = record.before
        return found[::-1]

    @property
    def events(self) -> list[MarketEvent]:
        """What happened, in order."""
        return [record.event for record in self.records]

    @property
    def holds(self) -> bool:
        """Whether a position is open: an instant trade leaves one behind when it is finished."""
        return self.trade.entered and (self.trade.active or self.trade.instant)

    @property
    def over(self) -> bool:
        """Whether no price can make a difference any more."""
        return not self.trade.active and not self.holds

    @property
    def quiet(self) -> Band:
        """The prices between which nothing can happen."""
        return self._quiet

    def key(self) -> Hashable:
        """What the future depends on: two walks that have it in common go on as one."""
        trade = self.trade
        entry = trade.entry
        return (
            trade.status, entry.status, entry.rises, entry.extreme,
            trade.entered_amount, trade.entered_total, trade.closed_amount, trade.closed_total,
            tuple(map(_target_key, trade.targets)), _stop_key(trade.stop),
        )  # fmt: skip

    def tick(self, tick: Tick) -> None:
        """Meet one tick."""
        low, high = min(tick.bid, tick.ask, tick.last), max(tick.bid, tick.ask, tick.last)
        if self._quiet.holds(low, high):
            price = tick.bid if self.trade.long else tick.ask
            self.see(price, price)
            return
        # What a tick has changed may act at the same prices again: a stop moved past the market.
        self._quiet = EMPTY if self._meet(tick) else self._band(low, high)

    def visit(self, time: datetime, price: Decimal) -> None:
        """Be at a price until nothing more happens there."""
        tick = Tick(time, price, price, price)
        while self._meet(tick):
            pass

    def go(self, leg: "Leg") -> tuple[Decimal, datetime]:
        """Along a leg to its goal, or to where something happens first: that place and its time."""
        here, before = leg.start, self.trade
        if leg.start == leg.goal:
            self._stand_still(leg)
            return leg.goal, leg.end
        while here != leg.goal and self.trade == before:
            stop, expiry = self._nearest(here, leg.goal), self._expiry()
            if expiry is not None and leg.time_at(here) < expiry < leg.time_at(stop):
                stop = leg.price_at(expiry)
                self.visit(expiry, stop)
            else:
                self.visit(leg.time_at(stop), stop)
            here = stop
        return here, leg.time_at(here)

    def settle(self, price: Decimal) -> None:
        """Come to rest at a price, where everything that could happen has happened."""
        self._quiet = self._band(price, price)

    def passes(self, low: Decimal, high: Decimal) -> bool:
        """Let any number of candles between these prices go by, if nothing can happen in them."""
        quiet = self._quiet.holds(low, high)
        if quiet:
            self.see(low, high)
        return quiet

    def reaches(self, low: Decimal, high: Decimal) -> bool:
        """Whether an order would act between two prices, or a timer runs."""
        stop, liquidation = self.trade.stop, self._liquidation_price()
        if stop is not None and stop.touched_at is not None:
            return True
        marks = levels(self.trade)
        if any(low <= mark <= high for mark in marks):
            return True
        return liquidation is not None and low <= liquidation <= high

    def only_trailed(self, earlier: "Walk") -> bool:
        """Whether nothing has happened since it was ``earlier`` but that a stop moved along."""
        record, known = self._records, earlier._records
        while record is not None and record is not known:
            if record.event.kind != STOP_TRAILED:
                return False
            record = record.before
        return True

    def see(self, low: Decimal, high: Decimal) -> None:
        """Take note of prices that the position was open at."""
        if self.holds:
            self._widen(low, high)

    def give_up(self, time: datetime) -> None:
        """Cancel an entry that has not filled."""
        if self.trade.active and not self.trade.entered:
            self.trade = self.trade.ended("cancelled", time)
            self._record(MarketEvent(time=time, kind="cancelled"))
            self._quiet = EMPTY

    def _record(self, *events: MarketEvent) -> None:
        for event in events:
            since = event.time if self.candle is None else self.candle
            self._records = Record(self._records, event, self.trade, since)

    def _band(self, low: Decimal, high: Decimal) -> Band:
        return band(self.trade, low, high, self._liquidation_price())

    def _liquidation_price(self) -> Decimal | None:
        if self._liquidation is None or not self.trade.entered or not self.trade.active:
            return None
        return self._liquidation(self.trade)

    def _stand_still(self, leg: "Leg") -> None:
        expiry = self._expiry()
        if expiry is not None and expiry < leg.end:
            self.visit(expiry, leg.goal)

    def _nearest(self, here: Decimal, goal: Decimal) -> Decimal:
        marks = list(levels(self.trade))
        liquidation = self._liquidation_price()
        if liquidation is not None:
            marks.append(liquidation)
        if goal > here:
            return min((mark for mark in marks if here < mark < goal), default=goal)
        return max((mark for mark in marks if goal < mark < here), default=goal)

    def _expiry(self) -> datetime | None:
        stop = self.trade.stop
        if stop is None or not stop.open or stop.timeout is None or stop.touched_at is None:
            return None
        return stop.touched_at + timedelta(seconds=stop.timeout)

    def _meet(self, tick: Tick) -> bool:
        """Whether the tick changed anything."""
        before = self.trade
        if self._liquidates(tick):
            return True
        turn = advance(before, tick, self.rules)
        self.trade = turn.trade
        self._record(*_trailed(before, turn.trade, tick), *turn.events)
        if self.trade.entered and (before.active or before.instant):
            self._widen(turn.exit_price, turn.exit_price)
        return self.trade != before

    def _liquidates(self, tick: Tick) -> bool:
        limit = self._liquidation_price()
        price = tick.bid if self.trade.long else tick.ask
        if limit is None or (price > limit if self.trade.long else price < limit):
            return False
        self.see(price, price)
        units = floor_to(self.trade.remaining, self.rules.lot_step)
        # How the service calls it is not documented.
        self.trade = self.trade.ended("failed", tick.time)
        self.liquidated_at = limit
        self._record(MarketEvent(time=tick.time, kind="liquidated", price=limit, units=units))
        return True

    def _widen(self, low: Decimal, high: Decimal) -> None:
        if self.highest is None or high > self.highest:
            self.highest = high
        if self.lowest is None or low < self.lowest:
            self.lowest = low


def _trailed(before: ExchangeTrade, after: ExchangeTrade, tick: Tick) -> tuple[MarketEvent, ...]:
    """That a trailing stop followed the price: what a turn does before anything else."""
    old, new = before.stop, after.stop
    if old is None or new is None or new.trailing is None or new.trigger == old.trigger:
        return ()
    if old.trigger is None or new.moved_to_entry != old.moved_to_entry:
        return ()
    return (MarketEvent(time=tick.time, kind=STOP_TRAILED, price=new.trigger),)


def _target_key(target: TargetOrder) -> Hashable:
    return (target.status, target.price, target.units, target.peak)


def _stop_key(stop: StopOrder | None) -> Hashable:
    if stop is None:
        return None
    return (
        stop.status, stop.trigger, stop.price, stop.extreme, stop.touched_at, stop.placed,
        stop.moved_to_entry,
    )  # fmt: skip


class Leg(Struct, frozen=True):
    """A straight line from one price to another, between two times."""

    start: Decimal
    goal: Decimal
    time: datetime
    end: datetime

    def time_at(self, price: Decimal) -> datetime:
        """When a price on it is reached."""
        done = (price - self.start) / (self.goal - self.start)
        return self.time + timedelta(microseconds=int(done * self._microseconds))

    def price_at(self, time: datetime) -> Decimal:
        """The price at a moment of it."""
        done = Decimal((time - self.time) // _MICROSECOND) / self._microseconds
        return self.start + (self.goal - self.start) * done

    @property
    def _microseconds(self) -> int:
        return (self.end - self.time) // _MICROSECOND


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
