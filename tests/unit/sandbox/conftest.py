"""An exchange with a clock the test moves."""

import copy
from datetime import UTC, datetime, timedelta

import pytest

from smartplan.sandbox.exchange import Exchange
from tests.bodies import SWING_BODY


class Clock:
    def __init__(self):
        self.now = datetime(2026, 11, 22, 12, 0, 0, 528_000, tzinfo=UTC)

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def exchange(clock):
    return Exchange(clock=clock)


@pytest.fixture
def limit_trade():
    """A long far below the market, with two targets and a stop."""
    return copy.deepcopy(SWING_BODY)


@pytest.fixture
def market_trade(limit_trade):
    """The same, entered at the market."""
    position = {"type": "buy", "order_type": "market", "units": {"value": "0.01"}}
    return limit_trade | {"position": position}


@pytest.fixture
def settled(exchange, clock):
    """Creates a trade and lets it settle; answers the entity."""

    def create(body):
        created = exchange.create(body)
        clock.advance(1)
        return exchange.get(created["id"])

    return create
