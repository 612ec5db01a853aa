"""Every example body of the user's document is accepted and answered in the documented shape."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from smartplan.sandbox.exchange import Exchange
from tests.bodies import DOCUMENTED_EXACTLY

KEYS = [
    "id",
    "version",
    "account",
    "pair",
    "instant",
    "status",
    "leverage",
    "position",
    "take_profit",
    "stop_loss",
    "reduce_funds",
    "market_close",
    "note",
    "note_raw",
    "skip_enter_step",
    "data",
    "profit",
    "margin",
    "is_position_not_filled",
]
DATA_KEYS = [
    "editable",
    "current_price",
    "target_price_type",
    "orderbook_price_currency",
    "base_order_finished",
    "missing_funds_to_close",
    "liquidation_price",
    "average_enter_price",
    "average_close_price",
    "average_enter_price_without_commission",
    "average_close_price_without_commission",
    "panic_sell_available",
    "add_funds_available",
    "reduce_funds_available",
    "force_start_available",
    "force_process_available",
    "cancel_available",
    "finished",
    "base_position_step_finished",
    "entered_amount",
    "entered_total",
    "closed_amount",
    "closed_total",
    "commission",
    "created_at",
    "updated_at",
    "type",
]
STEP_KEYS = [
    "id",
    "order_type",
    "editable",
    "units",
    "price",
    "volume",
    "total",
    "trailing",
    "status",
    "closed_at",
    "data",
    "position",
]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NUMBER = re.compile(r"-?\d+\.\d*[1-9]|-?\d+\.0")
START = datetime(2026, 11, 22, tzinfo=UTC)

TYPES = {
    "Simple Market Buy": "simple_buy",
    "Simple Limit Sell": "simple_sell",
    "Smart Trade Conditional Market Sell": "smart_cover",
    "Smart Trade Trailing Buy": "smart_trade",
    "Smart Sell TP 1 Limit SL Market": "smart_sell",
}


def entities(body):
    """The answer to the create, and the trade once it has settled."""
    times = [START]
    exchange = Exchange(clock=lambda: times[-1])
    created = exchange.create(body)
    times.append(START + timedelta(seconds=1))
    return created, exchange.get(created["id"])


def numbers(entity):
    """Every leaf that is a number in a string."""
    for key, value in entity.items():
        if isinstance(value, dict):
            yield from numbers(value)
        elif isinstance(value, list):
            for item in value:
                yield from numbers(item)
        elif isinstance(value, str) and re.fullmatch(r"[-+\d.eE]+", value) and key != "link":
            yield value


@pytest.mark.parametrize("name", DOCUMENTED_EXACTLY)
def test_the_example_is_accepted_and_shown_in_the_documented_shape(name):
    body = DOCUMENTED_EXACTLY[name]
    for entity in entities(body):
        assert list(entity) == KEYS
        assert [key for key in entity["data"] if key != "closed_at"] == DATA_KEYS
        assert TIME.fullmatch(entity["data"]["created_at"])
        assert all(NUMBER.fullmatch(number) for number in numbers(entity))
        assert entity["account"]["id"] == 1
        assert entity["pair"] == "USDT_BTC"
        steps = body.get("take_profit", {}).get("steps", [])
        assert len(entity["take_profit"]["steps"]) == len(steps)
        for at, step in enumerate(entity["take_profit"]["steps"], 1):
            assert list(step) == STEP_KEYS
            assert step["position"] == at
        json.dumps(entity)


@pytest.mark.parametrize("name", DOCUMENTED_EXACTLY)
def test_the_example_is_created_first_and_then_settles(name):
    created, settled = entities(DOCUMENTED_EXACTLY[name])
    assert created["status"]["type"] == "created"
    assert created["data"]["editable"] is False
    assert created["data"]["commission"] == "0.001"
    assert settled["status"]["type"] in {"waiting_position", "waiting_targets", "finished"}


@pytest.mark.parametrize(("name", "kind"), TYPES.items())
def test_the_type_follows_from_three_fields(name, kind):
    assert entities(DOCUMENTED_EXACTLY[name])[0]["data"]["type"] == kind


def test_disabled_groups_collapse():
    entity = entities(DOCUMENTED_EXACTLY["Smart Trade Market Buy"])[1]
    assert entity["stop_loss"] == {"enabled": False}
    assert entity["take_profit"] == {"enabled": False, "price_type": "value", "steps": []}
    assert entity["leverage"] == {"enabled": False}


def test_leverage_on_a_spot_account_is_dropped():
    assert entities(DOCUMENTED_EXACTLY["Simple Market Buy with leverage"])[0]["leverage"] == {
        "enabled": False
    }


def test_conditional_is_shown_only_for_conditional_entries():
    with_it = entities(DOCUMENTED_EXACTLY["Smart Trade Trailing Buy"])[1]["position"]
    assert with_it["conditional"] == {
        "editable": True,
        "price": {"value": "10000.0", "type": "ask"},
        "order_type": "market",
        "trailing": {"enabled": True, "percent": "9.95"},
    }
    assert "conditional" not in entities(DOCUMENTED_EXACTLY["Smart Trade Limit Buy"])[1]["position"]


def test_the_percent_of_a_trailing_stop_is_never_echoed():
    stop = entities(DOCUMENTED_EXACTLY["Smart Trade Market Buy SL Trailing"])[1]["stop_loss"]
    assert stop["conditional"] == {
        "price": {"value": "8500.0", "type": "bid", "percent": None},
        "trailing": {"enabled": True, "percent": None},
    }


def test_commission_turns_into_a_number_with_the_fill():
    assert entities(DOCUMENTED_EXACTLY["Smart Trade Market Buy"])[1]["data"]["commission"] == 0.001


def test_a_timeout_is_a_number_of_seconds():
    stop = entities(DOCUMENTED_EXACTLY["Smart Trade Market Buy SL Timeout"])[1]["stop_loss"]
    assert stop["timeout"] == {"enabled": True, "value": 8}
