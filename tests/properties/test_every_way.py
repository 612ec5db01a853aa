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
from tests import random_plans, second_simulator

START = datetime(2026, 11, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICK = 1
"""The distance of the prices between which the second simulator turns."""
MANY = bool(os.environ.get("EXPLORE"))
ON_TICKS = range(4_000 if MANY else 200)
ON_CANDLES = range(1_500 if MANY else 60)


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
