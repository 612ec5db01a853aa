"""What is sent: real booleans, decimal strings, documented keys, and nothing lost on the way."""

import json
from decimal import Decimal

import pytest
from hypothesis import given

from smartplan.trade.bodies import create_body, stop_loss_json, take_profit_json
from smartplan.trade.model import StopLoss, TakeProfitStep, Trailing
from smartplan.trade.wire import trade_from_body
from tests.bodies import STOP, SWING_BODY
from tests.schemas import validator
from tests.strategies import trades
from tests.trades import SWING, changed, plan

D = Decimal
CREATE = validator("smart-trade-create")


def test_the_body_of_a_plan_by_hand():
    assert create_body(plan().trade, "weekly support [m]") == SWING_BODY | {
        "stop_loss": SWING_BODY["stop_loss"]
        | {
            "conditional": STOP["conditional"] | {"trailing": {"enabled": False}},
            "timeout": {"enabled": False},
        },
        "note": "weekly support [m]",
    }


def test_a_conditional_trailing_entry_by_hand():
    text = changed(
        "position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}",
        'position: {type: buy, order_type: conditional, units: {value: "0.01"}, conditional: '
        "{price: {value: 60500}, order_type: market, trailing: {enabled: true, percent: 1.50}}}",
    )
    assert create_body(plan(text).trade, "n")["position"] == {
        "type": "buy",
        "order_type": "conditional",
        "units": {"value": "0.01"},
        "conditional": {
            "price": {"value": "60500", "type": "ask"},
            "order_type": "market",
            "trailing": {"enabled": True, "percent": "1.5"},
        },
    }


def test_an_instant_trade_has_no_exits_in_its_body():
    position = "{type: sell, order_type: market, units: {value: 1}}"
    text = f"account: main\npair: USDT_BTC\ninstant: true\nposition: {position}\n"
    assert create_body(plan(text).trade, "n") == {
        "account_id": 1,
        "pair": "USDT_BTC",
        "instant": True,
        "position": {"type": "sell", "order_type": "market", "units": {"value": "1"}},
        "note": "n",
    }


def test_what_is_off_is_said_to_be_off():
    text = SWING[: SWING.index("take_profit:")]
    body = create_body(plan(text).trade, "n")
    assert body["take_profit"] == {"enabled": False}
    assert body["stop_loss"] == {"enabled": False}
    assert "leverage" not in body


def test_custom_leverage_goes_out_as_isolated():
    body = create_body(
        plan(SWING + "leverage: {enabled: true, type: custom, value: 12}\n").trade, ""
    )
    assert body["leverage"] == {"enabled": True, "type": "isolated", "value": "12"}


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("0.00000001", "0.00000001"),
        ("1000000", "1000000"),
        ('"0.0100"', "0.01"),
        ("1e3", "1000"),
        ("123456789.123456789123456789", "123456789.123456789123456789"),
    ],
)
def test_a_number_goes_out_exact_and_plain(written, sent):
    body = create_body(plan(changed("value: 0.01", f"value: {written}")).trade, "n")
    assert body["position"]["units"]["value"] == sent


def test_a_step_that_continues_keeps_its_id():
    step = TakeProfitStep(order_type="limit", price_type="bid", volume=D(100), price=D(5), id=77)
    assert take_profit_json([step])["steps"][0]["id"] == 77


def test_a_trailing_stop_whose_percent_nobody_knows_sends_none():
    stop = StopLoss(order_type="market", price_type="bid", trigger=D(5), trailing=Trailing(None))
    assert stop_loss_json(stop)["conditional"]["trailing"] == {"enabled": True}


def test_a_trailing_that_a_limit_stop_cannot_have_is_never_dropped_in_silence():
    """SP307 says so; whoever ignores it hears it from the service."""
    stop = StopLoss(
        order_type="limit", price_type="bid", trigger=D(5), price=D(4), trailing=Trailing(D(2))
    )
    trailing = {"enabled": True, "percent": "2"}
    assert stop_loss_json(stop)["conditional"]["trailing"] == trailing


@given(trades())
def test_a_body_reads_back_as_the_trade_it_was_made_of(trade):
    body = create_body(trade, trade.note)
    assert trade_from_body(json.loads(json.dumps(body), parse_float=D)) == trade


@given(trades())
def test_money_is_never_a_json_fraction(trade):
    def numbers(value):
        if isinstance(value, dict | list):
            items = value.values() if isinstance(value, dict) else value
            return [found for item in items for found in numbers(item)]
        return [value] if isinstance(value, int) and not isinstance(value, bool) else []

    body = create_body(trade, trade.note)
    stop = trade.stop_loss
    whole = [trade.account_id, *([stop.timeout] if stop and stop.timeout else [])]
    assert sorted(numbers(body)) == sorted(whole)


@given(trades())
def test_a_body_fits_the_published_schema(trade):
    assert [
        error.message for error in CREATE.iter_errors(create_body(trade, trade.note or "n"))
    ] == []
