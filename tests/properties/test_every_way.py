"""Worst is the worst and best is the best: beside a second simulator that goes every way."""

import os
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from smartplan.sandbox.branches import Branches
from smartplan.sandbox.paths import Candle, Walk, outcome_of, trade_from_body
from smartplan.sandbox.trade import ENTERING, Tick
from smartplan.sandbox.turn import MarketRules
from smartplan.simulation.course import simulated
from smartplan.simulation.series import Prices, PriceSeries, column
from smartplan.simulation.study import SimulationSubject
from smartplan.simulation.terms import Terms
from smartplan.trade.wire import trade_from_body as planned_from_body
from tests import random_plans, second_simulator

START = datetime(2026, 11, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICK = 1
"""The distance of the prices between which the second simulator turns."""
MANY = bool(os.environ.get("EXPLORE"))
ON_TICKS = range(4_000 if MANY else 200)
ON_CANDLES = range(1_500 if MANY else 60)
NEAR = Fraction(1, 10**20)
"""Quotients of 50 digits are no fractions."""


def cash(walk, price):
    """What it brought; what is open is sold at a price. No fees."""
    found = Fraction(0)
    for fill in walk.trade.fills:
        money = Fraction(fill.price) * Fraction(fill.amount)
        found += money if (fill.purpose in ENTERING) != walk.trade.long else -money
    left = Fraction(walk.trade.remaining) * price
    return found + (left if walk.trade.long else -left)


def told(walk):
    words = {"position": "entry", "take_profit": "target", "stop_loss": "stop"}
    return [(words[f.purpose], Fraction(f.price), Fraction(f.amount)) for f in walk.trade.fills]


def walked(body, rules=None):
    return Walk(trade_from_body(body, START), rules or MarketRules())


@pytest.mark.parametrize("seed", ON_TICKS)
def test_both_simulators_fill_the_same_on_ticks(seed):
    luck = random.Random(seed)
    body, plan = random_plans.plan(luck)
    prices = random_plans.ticks(luck)
    walk = walked(body)
    for number, price in enumerate(map(Decimal, prices)):
        walk.tick(Tick(START + number * MINUTE, price, price, price))
    state = second_simulator.through_ticks(plan, list(map(Fraction, prices)))
    assert told(walk) == list(state.fills)
    assert cash(walk, prices[-1]) == second_simulator.worth(plan, state, Fraction(prices[-1]))


@pytest.mark.parametrize("seed", ON_CANDLES)
def test_the_worst_and_the_best_are_those_of_every_way_there_is(seed):
    luck = random.Random(seed)
    body, plan = random_plans.plan(luck)
    rows = random_plans.candles(luck, 3)
    close = rows[-1][3]
    branches = Branches(
        walked(body), lambda walk: (outcome_of(walk.trade), Decimal(float(cash(walk, close))))
    )
    for number, row in enumerate(rows):
        branches.candle(Candle(START + number * MINUTE, MINUTE, *map(Decimal, row)))
    found = [cash(walk, close) for walk in (*branches.ended, *branches.walks)]
    worst, best = min(found), max(found)
    fractions = [tuple(map(Fraction, row)) for row in rows]
    assert not branches.thinned
    all_of_them = second_simulator.every_way(plan, fractions)
    if not second_simulator.trails(plan):
        assert (worst, best) == all_of_them
        return
    # What follows the price acts at another level for each place where it turns: no list is whole.
    some = second_simulator.every_way(plan, fractions, anywhere=False)
    assert worst <= some[0] <= some[1] <= best
    assert worst >= all_of_them[0] - TICK
    assert best <= all_of_them[1] + TICK


def series(rows, hours, *, candles):
    """Whole prices, so many hours apart."""
    step = timedelta(hours=hours)
    since = (START - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    each = step // timedelta(microseconds=1)
    times = column([since + number * each for number in range(len(rows))])
    columns = [column(list(values)) for values in zip(*rows, strict=True)]
    return Prices.all_of(PriceSeries(times, columns, 0, step if candles else None))


def nets(body, rules, funding, prices):
    """What the worst and the best way have brought, as ``simulate`` tells it."""
    trade = planned_from_body(body)
    terms = Terms(rules, funding=funding or None)
    found = simulated(SimulationSubject("one", trade), terms, prices)
    assert not found.thinned
    return tuple(Fraction(run.net) for run in (found.runs[0], found.runs[-1]))


def near(some, others):
    return all(abs(one - other) < NEAR for one, other in zip(some, others, strict=True))


@pytest.mark.parametrize("seed", ON_TICKS)
def test_costs_come_to_the_same_on_ticks(seed):
    luck = random.Random(f"costs {seed}")
    body, plan = random_plans.plan(luck)
    rules, funding, plan = random_plans.costs(luck, plan)
    prices, hours = random_plans.ticks(luck), luck.choice([1, 8, 12])
    rows = [(price, price, price) for price in prices]
    found = nets(body, rules, funding, series(rows, hours, candles=False))
    state = second_simulator.through_ticks(plan, list(map(Fraction, prices)), Fraction(hours))
    meant = second_simulator.worth(plan, state, Fraction(prices[-1]))
    assert near(found, (meant, meant))


@pytest.mark.parametrize("seed", ON_CANDLES)
def test_costs_come_to_the_same_on_candles(seed):
    luck = random.Random(f"costs {seed}")
    body, plan = random_plans.plan(luck)
    rules, funding, plan = random_plans.costs(luck, plan)
    rows, hours = random_plans.candles(luck, 3), luck.choice([1, 4, 24])
    worst, best = nets(body, rules, funding, series(rows, hours, candles=True))
    fractions, hours = [tuple(map(Fraction, row)) for row in rows], Fraction(hours)
    if not second_simulator.trails(plan):
        all_of_them = second_simulator.every_way(plan, fractions, hours=hours)
        assert near((worst, best), all_of_them)
        return
    # Of what follows the price, no lattice has all the places to turn at: more may be found.
    some = second_simulator.every_way(plan, fractions, anywhere=False, hours=hours)
    assert worst <= some[0] + NEAR
    assert some[1] <= best + NEAR
