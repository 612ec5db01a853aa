"""A second simulator, as simple as can be, to hold the first one to; they share no code.

Bid, ask and last are one price. Of candles it goes *every* way there is on a lattice of whole
prices, stopping at each level between them, however long the way: slow, and nothing to be argued
about. Arithmetic is in fractions.

What costs time is paid when time has gone by: between ticks, and at the close of each candle.
"""

from collections import deque
from dataclasses import dataclass, field, replace
from fractions import Fraction

F = Fraction
ZERO = F(0)


@dataclass(frozen=True)
class Target:
    kind: str  # limit, market
    price: F
    volume: F  # of 1
    trailing: F | None = None  # of 1; the last target alone


@dataclass(frozen=True)
class Stop:
    trigger: F
    kind: str = "market"
    limit: F | None = None
    breakeven: bool = False
    trailing: bool = False


@dataclass(frozen=True)
class Plan:
    long: bool
    entry: str  # market, limit, if-market, if-limit, if-trailing
    units: F
    limit: F | None = None
    trigger: F | None = None
    distance: F | None = None  # of 1
    targets: tuple[Target, ...] = ()
    stop: Stop | None = None
    fee: F = ZERO
    maker: F | None = None
    fee_in_base: bool = False
    slippage: F = ZERO  # of 1
    funding: F = ZERO  # of 1, each 8 hours
    away: bool = False  # exits stand so far from the entry, of 1


@dataclass(frozen=True)
class State:
    phase: str = "new"  # waiting, resting, following, in, stopping, over
    rises: bool | None = None
    extreme: F | None = None
    entry: F | None = None
    amount: F = ZERO
    left: F = ZERO
    cash: F = ZERO
    stop: F | None = None
    best: F | None = None
    moved: bool = False
    done: tuple[bool, ...] = ()
    peak: F | None = None
    fills: tuple[tuple[str, F, F], ...] = field(default=(), compare=False)


def once(plan: Plan, state: State, price: F) -> State:
    """One look at the market."""
    state = _enter(plan, state, price)
    if state.phase == "in" or state.phase == "stopping":
        state = _stop(plan, state, price)
    if state.phase == "in":
        state = _targets(plan, state, price)
    if state.phase == "in" and state.left == 0:
        state = replace(state, phase="over")
    return state


def stand(plan: Plan, state: State, price: F) -> State:
    """Looks at the market until nothing changes."""
    while (after := once(plan, state, price)) != state:
        state = after
    return state


def _better(plan: Plan, price: F, level: F) -> bool:
    """At the level, or past it in favour of the position."""
    return price >= level if plan.long else price <= level


def _worse(plan: Plan, price: F, level: F) -> bool:
    return price <= level if plan.long else price >= level


def _enter(plan: Plan, state: State, price: F) -> State:
    if state.phase == "new":
        if plan.entry == "market":
            return _bought(plan, state, _slipped(plan, price, 1))
        if plan.entry == "limit":
            return _placed(plan, state, price)
        state = replace(state, phase="waiting", rises=price < plan.trigger)
    if state.phase == "waiting":
        if price < plan.trigger if state.rises else price > plan.trigger:
            return state
        if plan.entry == "if-trailing":
            return replace(state, phase="following", extreme=price)
        if plan.entry == "if-limit":
            return _placed(plan, state, price)
        return _bought(plan, state, _slipped(plan, price, 1))
    if state.phase == "resting" and _worse(plan, price, plan.limit):
        return _bought(plan, state, plan.limit, _waiting(plan))
    if state.phase == "following":
        extreme = min(state.extreme, price) if plan.long else max(state.extreme, price)
        state = replace(state, extreme=extreme)
        if _better(plan, price, _entry_level(plan, state)):
            return _bought(plan, state, _slipped(plan, price, 1))
    return state


def _entry_level(plan: Plan, state: State) -> F:
    return state.extreme * (1 + plan.distance if plan.long else 1 - plan.distance)


def _placed(plan: Plan, state: State, price: F) -> State:
    if _worse(plan, price, plan.limit):
        return _bought(plan, state, price)
    return replace(state, phase="resting")


def _slipped(plan: Plan, price: F, way: int) -> F:
    """What a market order pays (``way`` 1) or brings (-1) of a long."""
    return price * (1 + (way if plan.long else -way) * plan.slippage)


def _waiting(plan: Plan) -> F:
    """The fee of an order that was in the book before."""
    return plan.fee if plan.maker is None else plan.maker


def _bought(plan: Plan, state: State, price: F, fee: F | None = None) -> State:
    fee, units = plan.fee if fee is None else fee, plan.units
    amount, paid = units, units * price
    if not plan.long:
        cash = paid * (1 - fee)
    elif plan.fee_in_base:
        amount, cash = units * (1 - fee), -paid
    else:
        cash = -paid * (1 + fee)
    return replace(
        state, phase="in", entry=price, amount=amount, left=amount, cash=cash,
        stop=_away(plan, price, -plan.stop.trigger) if plan.stop else None, best=price,
        done=(False,) * len(plan.targets), fills=(("entry", price, amount),),
    )  # fmt: skip


def _away(plan: Plan, entry: F, stands: F) -> F:
    """An exit: where it stands, or so far from the entry, up for a long."""
    if not plan.away:
        return abs(stands)
    return entry * (1 + stands if plan.long else 1 - stands)


def _sold(plan: Plan, state: State, what: str, price: F, amount: F, fee: F | None = None) -> State:
    gross, fee = amount * price, plan.fee if fee is None else fee
    cash = gross * (1 - fee) if plan.long else -gross * (1 + fee)
    return replace(
        state,
        left=state.left - amount,
        cash=state.cash + cash,
        fills=(*state.fills, (what, price, amount)),
    )


def _stop(plan: Plan, state: State, price: F) -> State:
    if plan.stop is None:
        return state
    if state.phase == "stopping":
        if not _better(plan, price, plan.stop.limit):
            return state
        return replace(_sold(plan, state, "stop", plan.stop.limit, state.left), phase="over")
    if plan.stop.trailing and _better(plan, price, state.best) and price != state.best:
        state = replace(state, stop=state.stop + price - state.best, best=price)
    if not _worse(plan, price, state.stop):
        return state
    if plan.stop.kind == "limit" and not _better(plan, price, plan.stop.limit):
        return replace(state, phase="stopping")
    at = price if plan.stop.kind == "limit" else _slipped(plan, price, -1)
    return replace(_sold(plan, state, "stop", at, state.left), phase="over")


def _targets(plan: Plan, state: State, price: F) -> State:
    for number, target in enumerate(plan.targets):
        if state.done[number] or state.left == 0:
            continue
        stands = _away(plan, state.entry, target.price)
        if target.trailing is not None:
            state = _trail(plan, state, number, price)
        elif _better(plan, price, stands):
            waits = target.kind == "limit"
            at = stands if waits else _slipped(plan, price, -1)
            state = _reached(plan, state, number, at, _waiting(plan) if waits else plan.fee)
    return state


def _trail(plan: Plan, state: State, number: int, price: F) -> State:
    if state.peak is None:
        stands = _away(plan, state.entry, plan.targets[number].price)
        reached = _better(plan, price, stands)
        return replace(state, peak=price) if reached else state
    state = replace(state, peak=max(state.peak, price) if plan.long else min(state.peak, price))
    if _worse(plan, price, _target_level(plan, state)):
        return _reached(plan, state, number, _slipped(plan, price, -1), plan.fee)
    return state


def _target_level(plan: Plan, state: State) -> F:
    distance = plan.targets[-1].trailing
    return state.peak * (1 - distance if plan.long else 1 + distance)


def _reached(plan: Plan, state: State, number: int, price: F, fee: F) -> State:
    amount = state.amount * plan.targets[number].volume
    state = _sold(plan, state, "target", price, amount, fee)
    done = tuple(was or n == number for n, was in enumerate(state.done))
    state = replace(state, done=done)
    if plan.stop and plan.stop.breakeven and not state.moved:
        better = max(state.stop, state.entry) if plan.long else min(state.stop, state.entry)
        state = replace(state, stop=better, moved=True)
    return state


def levels(plan: Plan, state: State) -> list[F]:
    """Where something may happen, as the state is."""
    if state.phase == "waiting":
        return [plan.trigger]
    if state.phase == "resting":
        return [plan.limit]
    if state.phase == "following":
        return [_entry_level(plan, state)]
    if state.phase == "stopping":
        return [plan.stop.limit]
    if state.phase != "in":
        return []
    found = [state.stop] if state.stop is not None else []
    for number, target in enumerate(plan.targets):
        if not state.done[number]:
            following = target.trailing is not None and state.peak is not None
            stands = _away(plan, state.entry, target.price)
            found.append(_target_level(plan, state) if following else stands)
    return found


def worth(plan: Plan, state: State, price: F) -> F:
    """What it has brought, with what is left sold at a price."""
    at = _slipped(plan, price, -1)
    return _sold(plan, state, "end", at, state.left).cash if state.left else state.cash


def _aged(plan: Plan, state: State, hours: F) -> State:
    """After so many hours in which nothing else has happened: a long pays for them."""
    if not plan.funding or not state.left:
        return state
    paid = state.left * state.entry * plan.funding * hours / 8
    return replace(state, cash=state.cash - (paid if plan.long else -paid))


def through_ticks(plan: Plan, prices: list[F], hours: F = ZERO) -> State:
    """The state after prices that are taken as they are, so many hours apart."""
    state = State()
    for number, price in enumerate(prices):
        state = once(plan, _aged(plan, state, hours) if number else state, price)
    return state


def every_way(
    plan: Plan, candles: list[tuple[F, F, F, F]], *, anywhere: bool = True, hours: F = ZERO
) -> tuple[F, F]:
    """The worst and the best of all ways through candles of open, high, low and close.

    A price may turn ``anywhere``, or at the extremes and where something happens alone. A candle
    lasts so many ``hours``.
    """
    ends = {State()}
    for candle in candles:
        ends = {end for state in ends for end in _through(plan, state, candle, anywhere)}
        ends = {_aged(plan, end, hours) for end in ends}
    found = [worth(plan, state, candles[-1][3]) for state in ends]
    return min(found), max(found)


def _through(plan: Plan, state: State, candle: tuple[F, F, F, F], anywhere: bool) -> set[State]:
    opens, high, low, close = candle
    first = (stand(plan, state, opens), opens, opens == low, opens == high, 0)
    todo, met, ends = deque([first]), {first}, set()
    while todo:
        state, price, saw_low, saw_high, way = todo.popleft()
        if price == close and saw_low and saw_high:
            ends.add(state)
        stops = [level for level in levels(plan, state) if low < level < high]
        stops += [low, high, close, F(price.__floor__() + 1), F(price.__ceil__() - 1)]
        above = min((stop for stop in stops if price < stop <= high), default=None)
        below = max((stop for stop in stops if low <= stop < price), default=None)
        for there, going in ((above, 1), (below, -1)):
            if there is None or (way and way != going):
                continue
            after = stand(plan, state, there)
            free = anywhere or there in (low, high) or _event(after) != _event(state)
            saw = (saw_low or there == low, saw_high or there == high)
            place = (after, there, *saw, 0 if free else going)
            if place not in met:
                met.add(place)
                todo.append(place)
    return ends


def _event(state: State) -> tuple:
    """What changes by an event, and not by following the price."""
    return (state.phase, state.done, state.peak is None, state.moved)


def trails(plan: Plan) -> bool:
    """Whether an order follows the price."""
    stop = plan.stop is not None and plan.stop.trailing
    return stop or plan.distance is not None or any(t.trailing is not None for t in plan.targets)
