"""What a create body may say, and the service's words for what it may not."""

import copy

import pytest

from smartplan.sandbox.rejection import Rejection


@pytest.fixture
def said(exchange, limit_trade):
    """The status and attributes after changing the body of a good trade."""

    def attempt(change):
        body = copy.deepcopy(limit_trade)
        change(body)
        with pytest.raises(Rejection) as caught:
            exchange.create(body)
        return caught.value.status, caught.value.body["error_attributes"]

    return attempt


def step(body, index=0):
    return body["take_profit"]["steps"][index]


def test_everything_missing_is_said_at_once(exchange):
    with pytest.raises(Rejection) as caught:
        exchange.create({})
    assert caught.value.status == 400
    assert caught.value.body == {
        "error": "record_invalid",
        "error_description": "Invalid parameters",
        "error_attributes": {
            key: ["is missing"]
            for key in ("account_id", "pair", "position", "take_profit", "stop_loss")
        },
    }


def test_value_and_percent_exclude_each_other(said):
    status, attributes = said(lambda body: step(body)["price"].update(percent="5"))
    key = "take_profit[steps][0][price][value],take_profit[steps][0][price][percent]"
    assert status == 400
    assert attributes[key] == ["are mutually exclusive"]


def test_a_target_needs_value_or_percent(said):
    _, attributes = said(lambda body: step(body, 1)["price"].pop("value"))
    key = "take_profit[steps][1][price][value],take_profit[steps][1][price][percent]"
    assert attributes[key] == ["are missing, exactly one parameter must be provided"]


def test_a_target_without_price_is_reported_as_the_service_did(said):
    _, attributes = said(lambda body: step(body).pop("price"))
    assert attributes == {
        "take_profit[steps]": ["is invalid"],
        "take_profit[steps][0][price][type]": ["is missing"],
        "take_profit[steps][0][price][value],take_profit[steps][0][price][percent]": [
            "are missing, exactly one parameter must be provided"
        ],
    }


@pytest.mark.parametrize(
    ("change", "status", "key"),
    [
        (lambda b: b.update(account_id="x"), 400, "account_id"),
        (lambda b: b.update(pair="USDT_NOPE"), 422, "pair"),
        (lambda b: b.update(instant=True), 400, "take_profit[enabled]"),
        (lambda b: b.update(note="x" * 301), 400, "note"),
        (lambda b: b.update(leverage={}), 400, "leverage[enabled]"),
        (lambda b: b.update(leverage={"enabled": True}), 400, "leverage[type]"),
        (lambda b: b["position"].update(type="long"), 400, "position[type]"),
        (lambda b: b["position"].pop("price"), 400, "position[price][value]"),
        (lambda b: b["position"]["units"].update(value="-1"), 400, "position[units][value]"),
        (lambda b: b["position"]["units"].update(value="NaN"), 400, "position[units][value]"),
        (lambda b: b["position"].update(order_type="conditional"), 400, "position[conditional]"),
        (lambda b: step(b).update(volume="49"), 400, "take_profit[steps]"),
        (lambda b: b["take_profit"].update(steps=[]), 400, "take_profit[steps]"),
        (
            lambda b: step(b).update(order_type="market", trailing={"enabled": 1, "percent": 2}),
            400,
            "take_profit[steps][0][trailing][enabled]",
        ),
        (
            lambda b: step(b, 1).update(order_type="limit"),
            400,
            "take_profit[steps][1][trailing][enabled]",
        ),
        (
            lambda b: step(b, 1)["trailing"].update(percent="101"),
            400,
            "take_profit[steps][1][trailing][percent]",
        ),
        (lambda b: b["stop_loss"].pop("order_type"), 400, "stop_loss[order_type]"),
        (lambda b: b["stop_loss"].update(order_type="limit"), 400, "stop_loss[price][value]"),
        (
            lambda b: b["stop_loss"].update(timeout={"enabled": True}),
            400,
            "stop_loss[timeout][value]",
        ),
        (
            lambda b: b["take_profit"].update(steps=[step(b) | {"volume": 100}]),
            400,
            "stop_loss[breakeven]",
        ),
        (lambda b: b["position"]["units"].update(value="0.0100001"), 422, "units_to_buy"),
        (lambda b: b["position"]["units"].update(value="0.00001"), 422, "position.total"),
        (lambda b: b["position"]["price"].update(value="60000.001"), 422, "position[price][value]"),
        (
            lambda b: step(b)["price"].update(value="66000.001"),
            422,
            "take_profit[steps][0][price][value]",
        ),
    ],
)
def test_what_is_wrong_is_named_by_its_bracketed_key(said, change, status, key):
    answered, attributes = said(change)
    assert answered == status
    assert key in attributes


def test_nine_steps_are_too_many(said):
    def nine(body):
        one = step(body) | {"volume": "10"}
        body["take_profit"]["steps"] = [one] * 8 + [one | {"volume": "20"}]

    _, attributes = said(nine)
    assert attributes["take_profit[steps]"] == ["size cannot be greater than 8"]


def test_percent_needs_a_trailing_entry_and_value_excludes_one(said, limit_trade):
    def percent_targets(body):
        step(body)["price"] = {"type": "bid", "percent": "10"}

    _, attributes = said(percent_targets)
    assert "take_profit[steps][0][price][percent]" in attributes

    def trailing_entry(body):
        body["position"] = {
            "type": "buy",
            "order_type": "conditional",
            "units": {"value": "0.01"},
            "conditional": {
                "price": {"value": "60000"},
                "order_type": "market",
                "trailing": {"enabled": True, "percent": "2"},
            },
        }

    _, attributes = said(trailing_entry)
    assert "take_profit[steps][0][price][value]" in attributes
    assert "stop_loss[conditional][price][value]" in attributes


def test_an_account_of_somebody_else_is_forbidden(exchange, limit_trade):
    with pytest.raises(Rejection) as caught:
        exchange.create(limit_trade | {"account_id": 99})
    assert (caught.value.status, caught.value.body["error_description"]) == (
        403,
        "Account not owned by current user.",
    )
