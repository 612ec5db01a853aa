"""Every way a trade may take through candles, as far as it makes a difference.

A candle says open, high, low and close, and nothing about order. So the price may go to either
extreme first, and whenever something happens to the trade it may turn, and see either extreme
again, before it comes to the close. Ways that leave the trade in the same state go on as one: they
stay few. What trails may turn anywhere between: of that the ends are followed.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal, localcontext

from msgspec import Struct
from msgspec.structs import replace

from smartplan.sandbox.levels import Band, turning_points
from smartplan.sandbox.paths import Candle, Leg, Walk
from smartplan.sandbox.trade import Tick
from smartplan.sandbox.turn import ARITHMETIC

MOST = 64
"""States that are followed at once; a plan without timers has a handful."""
TURNS = 64
TURNS_ON_TIME = 4
"""Legs in a candle after which it goes straight to its close; timers tell no two legs the same."""

Worth = Callable[[Walk], tuple[str, Decimal]]
"""How a way ended, and what it brought."""


class Branches:
    """The ways of one trade: ``walks`` are open, ``ended`` the worst and best of the others.

    ``thinned`` says that there were more than could be followed. ``weighs``: the past of a way
    counts beyond what its future depends on, as its costs in time do.
    """

    def __init__(self, walk: Walk, worth: Worth, *, weighs: bool = False) -> None:
        self.walks = [walk]
        self.thinned = False
        self._worth = worth
        self._weighs = weighs
        self._ended: dict[str, list[tuple[Decimal, Walk]]] = {}

    @property
    def ended(self) -> list[Walk]:
        """Of each ending the worst and the best way, those that ended first before others."""
        return [walk for found in self._ended.values() for _, walk in found]

    @property
    def quiet(self) -> Band:
        """The prices between which nothing can happen on any way."""
        bands = [walk.quiet for walk in self.walks]
        lower = [band.lower for band in bands if band.lower is not None]
        upper = [band.upper for band in bands if band.upper is not None]
        return Band(max(lower, default=None), min(upper, default=None))

    def see(self, low: Decimal, high: Decimal) -> None:
        """Let prices go by between which nothing happens."""
        for walk in self.walks:
            walk.see(low, high)

    def tick(self, tick: Tick) -> None:
        """Meet one tick; there is one way through it."""
        for walk in self.walks:
            walk.tick(tick)
        self._go_on(self.walks)

    def candle(self, candle: Candle) -> None:
        """Go every way through a candle."""
        self._go_on(way for walk in self.walks for way in ways(walk, candle))

    def last_candle(self, candle: Candle, deadline: datetime) -> None:
        """The candle in which the time for entries ends: filled before that, or never."""
        self._go_on(way for walk in self.walks for way in _until(walk, candle, deadline))

    def give_up(self, time: datetime) -> None:
        """Cancel entries that have not filled."""
        for walk in self.walks:
            walk.give_up(time)
        self._go_on(self.walks)

    def _go_on(self, found: Iterable[Walk]) -> None:
        going: list[Walk] = []
        for walk in found:
            if walk.over:
                self._end(walk)
            else:
                going.append(walk)
        if len(going) > 1:
            going = list(self._distinct(going))
            self.thinned = self.thinned or len(going) > MOST
        self.walks = going[:MOST]

    def _distinct(self, walks: Iterable[Walk]) -> Iterator[Walk]:
        """One of those that go on alike; where their past weighs, the worst of them and the best.

        What they will come to differs by as much as what they have come to.
        """
        alike: dict[object, list[Walk]] = {}
        for walk in walks:
            alike.setdefault(walk.key(), []).append(walk)
        for first, *others in alike.values():
            if not others or not self._weighs:
                yield first
                continue
            in_order = sorted((first, *others), key=lambda walk: self._worth(walk)[1])
            yield in_order[0]
            if self._worth(in_order[0]) != self._worth(in_order[-1]):
                yield in_order[-1]

    def _end(self, walk: Walk) -> None:
        ending, worth = self._worth(walk)
        found = self._ended.setdefault(ending, [])
        if not found:
            found.append((worth, walk))
        elif worth < found[0][0]:
            found[:] = [(worth, walk), found[-1]]
        elif worth > found[-1][0]:
            found[:] = [found[0], (worth, walk)]


class _Spot(Struct, frozen=True):
    """Where a way is inside of a candle, which extremes it has seen, and which of them as it is."""

    price: Decimal
    time: datetime
    low: bool
    high: bool
    low_again: bool
    high_again: bool
    legs: int = 0
    goal: Decimal | None = None
    due: datetime | None = None
    """Where it was going, and when it was to be there: who goes on is not late."""


def ways(walk: Walk, candle: Candle) -> Iterator[Walk]:
    """Each way through a candle that leaves the trade in another state; the usual one first.

    That is against the position, then with it, then to the close.
    """
    if walk.passes(candle.low, candle.high):
        yield walk
        return
    with localcontext(ARITHMETIC):
        followed = _following(walk, candle)
        found = [followed] if followed is not None else list(_ways(walk, candle))
    yield from found


def _following(walk: Walk, candle: Candle) -> Walk | None:
    """The one way through a candle that moves what trails, and reaches nothing before or after.

    Most of the candles at which a stop trails are such: a new high, and no level in sight.
    """
    if not walk.trade.entered or walk.reaches(candle.low, candle.high):
        return None
    there = candle.high if walk.trade.long else candle.low
    way = walk.fork()
    way.candle = candle.time
    way.visit(candle.time + candle.span / 3, there)
    # A candle that opens beyond a level reaches none, and yet an order acts: at its open.
    if not way.only_trailed(walk) or way.reaches(candle.low, candle.high):
        return None
    way.see(candle.low, candle.high)
    way.settle(candle.close)
    return way


def _ways(walk: Walk, candle: Candle) -> Iterator[Walk]:
    start = walk.fork()
    start.candle = candle.time
    start.visit(candle.time, candle.open)
    low, high = candle.open == candle.low, candle.open == candle.high
    todo = [(start, _Spot(candle.open, candle.time, low, high, low, high))]
    met = set()
    while todo:
        walk, place = todo.pop()
        if not walk.trade.active:
            yield _at_rest(walk, candle, place.time)
            continue
        seen = (walk.key(), place.price, place.low, place.high, place.low_again, place.high_again)
        if seen in met:
            continue
        met.add(seen)
        for goal in _goals(walk, place, candle):
            way = walk.fork()
            came = _go(way, place, goal, candle)
            if came.price == goal == candle.close and came.low and came.high:
                yield _at_rest(way.fork(), candle, came.time)
                if way.trade == walk.trade:
                    continue
            todo.append((way, came))


def _at_rest(walk: Walk, candle: Candle, time: datetime) -> Walk:
    """At the close, until the candle ends: a timer may still run."""
    walk.go(Leg(candle.close, candle.close, time, candle.time + candle.span))
    walk.settle(candle.close)
    if not walk.trade.active:
        walk.see(candle.low, candle.high)  # what an instant trade has left behind
    return walk


def _goals(walk: Walk, place: _Spot, candle: Candle) -> list[Decimal]:
    """Where the price may go from here, the first of them last."""
    stop = walk.trade.stop
    turns = TURNS_ON_TIME if stop is not None and stop.timeout is not None else TURNS
    ends = [(place.low, place.low_again, candle.low), (place.high, place.high_again, candle.high)]
    if not walk.trade.long:
        ends.reverse()
    unseen = [price for seen, _, price in ends if not seen]
    again = [price for seen, fresh, price in ends if seen and not fresh]
    goals = unseen or [candle.close]
    if place.legs < turns:
        low, high = candle.low, candle.high
        turning = (mark for mark in turning_points(walk.trade, low, high) if low < mark < high)
        goals = [*goals, *again, *(mark for mark in turning if mark != place.price)]
    return goals[::-1]


def _go(walk: Walk, place: _Spot, goal: Decimal, candle: Candle) -> _Spot:
    end = candle.time + candle.span
    if goal == place.goal != place.price and place.due is not None:
        due = place.due
    elif place.low and place.high and goal == candle.close:
        due = end
    else:
        due = place.time + min(candle.span / 3, (end - place.time) / 2)
    before = walk.trade
    price, time = walk.go(Leg(place.price, goal, place.time, due))
    same = walk.trade == before
    low, high = price == candle.low, price == candle.high
    return _Spot(
        price,
        time,
        place.low or low,
        place.high or high,
        low or (same and place.low_again),
        high or (same and place.high_again),
        place.legs + 1,
        goal,
        due,
    )


def _until(walk: Walk, candle: Candle, deadline: datetime) -> Iterator[Walk]:
    if walk.trade.entered:
        yield from ways(walk, candle)
        return
    unfilled = walk.fork()
    unfilled.candle = candle.time
    unfilled.visit(candle.time, candle.open)
    if unfilled.trade.entered:
        yield from ways(walk, candle)
        return
    unfilled.give_up(deadline)
    yield unfilled
    for way in ways(walk, replace(candle, span=deadline - candle.time)):
        way.give_up(deadline)
        yield way
