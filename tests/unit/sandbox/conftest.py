"""An exchange with a clock the test moves."""

from datetime import UTC, datetime, timedelta

import pytest

from smartplan.sandbox.exchange import Exchange


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
    return {
        "account_id": 1,
        "pair": "USDT_BTC",
        "note": "weekly support",
        "position": {
            "type": "buy",
            "order_type": "limit",
            "units": {"value": "0.01"},
            "price": {"value": "60000"},
        },
        "take_profit": {
            "enabled": True,
            "steps": [
                {
                    "order_type": "limit",
                    "price": {"value": "66000", "type": "bid"},
                    "volume": "50",
                },
                {
                    "order_type": "market",
                    "price": {"value": "72000", "type": "bid"},
                    "volume": "50",
                    "trailing": {"enabled": True, "percent": "2"},
                },
            ],
        },
        "stop_loss": {
            "enabled": True,
            "breakeven": True,
            "order_type": "market",
            "conditional": {"price": {"value": "55000", "type": "bid"}},
        },
    }


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
