"""A trailing stop that the engine has moved, and what is sent to the trade afterwards."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from smartplan.sandbox.catalog import PAIRS
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.rejection import Rejection


def target(percent, volume="50"):
    return {
        "order_type": "market",
        "volume": volume,
        "price": {"type": "ask", "percent": percent},
    }


def short_on_a_trailing_entry():
    """Entered 2 % below the highest bid from 61501 on; the stop trails 3 % behind."""
    return {
        "account_id": 1,
        "pair": "USDT_BTC",
        "position": {
            "type": "sell",
            "order_type": "conditional",
            "units": {"value": "0.01"},
            "conditional": {
                "price": {"value": "61501", "type": "bid"},
                "order_type": "market",
                "trailing": {"enabled": True, "percent": "2"},
            },
        },
        "take_profit": {"enabled": True, "steps": [target("5"), target("10")]},
        "stop_loss": {
            "enabled": True,
            "order_type": "market",
            "conditional": {
                "price": {"type": "ask", "percent": "15"},
                "trailing": {"enabled": True, "percent": "3"},
            },
        },
    }


@pytest.fixture
def trailed(exchange, settled):
    """Entered at 60270.98 (61501 less 2 %), then down to the first target, 57257.44."""
    trade = settled(short_on_a_trailing_entry())
    for price in ("61501", "60270.98", "57257.43"):
        exchange.tick("USDT_BTC", Decimal(price))
    return exchange.get(trade["id"])


def trigger(entity):
    return Decimal(entity["stop_loss"]["conditional"]["price"]["value"])


def test_a_stop_that_trails_stands_on_the_tick(trailed):
    assert [step["status"]["type"] for step in trailed["take_profit"]["steps"]] == [
        "finished",
        "to_process",
    ]
    # It began 15 % above 60270.98, at 69311.62.
    assert trigger(trailed) < Decimal("69311.62")
    assert trigger(trailed) % Decimal("0.01") == 0


def test_targets_can_be_updated_whatever_the_trailing_stop_did(exchange, clock, trailed):
    left = trailed["take_profit"]["steps"][1]
    wanted = target("5") | {"id": left["id"], "price": {"type": "ask", "value": "55000"}}
    exchange.update(trailed["id"], {"take_profit": {"enabled": True, "steps": [wanted]}})
    clock.advance(1)
    shown = exchange.get(trailed["id"])
    assert shown["take_profit"]["steps"][1]["price"]["value"] == "55000.0"
    assert trigger(shown) == trigger(trailed)


def test_an_update_is_judged_by_what_it_sends_and_by_nothing_else(tmp_path, clock, market_trade):
    """The exchange has made its tick coarser since: what stands stays, what is sent has to fit."""
    market_trade["stop_loss"]["conditional"]["price"]["value"] = "58000.5"
    state = tmp_path / "sandbox.json"
    number = Exchange(state, clock=clock).create(market_trade)["id"]
    clock.advance(1)
    exchange = Exchange(
        state, clock=clock, pairs=[replace(pair, price_step=Decimal(1)) for pair in PAIRS]
    )
    shown = exchange.get(number)
    exchange.update(number, {"take_profit": shown["take_profit"]})
    clock.advance(1)
    with pytest.raises(Rejection) as refused:
        exchange.update(number, {"stop_loss": shown["stop_loss"]})
    assert refused.value.status == 422
    assert list(refused.value.body["error_attributes"]) == ["stop_loss[conditional][price][value]"]
