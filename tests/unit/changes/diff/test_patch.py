"""PATCH bodies: what changes, what is echoed, and nothing else."""

from decimal import Decimal

import pytest

from smartplan.changes.diff.patch import patch_body, stop_body
from smartplan.changes.diff.trade_diff import Cause, diff
from smartplan.changes.fingerprint import fingerprint
from tests.schemas import validator
from tests.trades import (
    ENTERED,
    FIRST_TARGET_HIT,
    PERCENT,
    SWING,
    TIGHTER,
    TRAILING_STOP,
    TRAILING_STOP_LIVE,
    TRIGGER,
    changed,
    live,
    percent_live,
    plan,
    without,
)

D = Decimal
UPDATE = validator("smart-trade-update")
ECHO = {"type": "buy", "units": {"value": "0.01"}, "price": {"value": "60000"}}


def body(planned, lived):
    found = diff(planned.trade, lived, lived.marker.digests)
    made = patch_body(planned.trade, lived, found, found.of(Cause.PLAN))
    assert [error.message for error in UPDATE.iter_errors(made)] == []
    return made


def test_a_moved_stop_sends_the_stop_and_echoes_the_position():
    assert body(plan(changed("55000", "56000")), live()) == {
        "position": ECHO,
        "stop_loss": {
            "enabled": True,
            "breakeven": True,
            "order_type": "market",
            "conditional": {
                "price": {"value": "56000", "type": "bid"},
                "trailing": {"enabled": False},
            },
            "timeout": {"enabled": False},
        },
    }


def test_a_moved_target_sends_all_steps_with_their_ids():
    made = body(plan(changed("66000", "67000")), live())
    assert made["position"] == ECHO
    assert set(made) == {"position", "take_profit"}
    assert made["take_profit"] == {
        "enabled": True,
        "steps": [
            {
                "id": 101,
                "order_type": "limit",
                "price": {"value": "67000", "type": "bid"},
                "volume": "50",
            },
            {
                "id": 102,
                "order_type": "market",
                "price": {"value": "72000", "type": "bid"},
                "volume": "50",
                "trailing": {"enabled": True, "percent": "2"},
            },
        ],
    }


def test_a_new_step_has_no_id_yet():
    text = changed("    - order_type: market", "    - {order_type: limit, price: {value: 70000, "
                   "type: bid}, volume: 20}\n    - order_type: market")  # fmt: skip
    text = changed("volume: 50\n      trailing", "volume: 30\n      trailing", text)
    made = body(plan(text), live())
    assert [step.get("id") for step in made["take_profit"]["steps"]] == [101, 102, None]


def test_the_entry_echo_of_a_filled_trade_is_what_the_exchange_shows():
    made = body(plan(changed("55000", "56000")), live(ENTERED))
    assert made["position"] == {
        "type": "buy",
        "units": {"value": "0.00999"},
        "price": {"value": "60060.06"},
    }


def test_a_new_entry_price_is_sent():
    made = body(plan(changed("60000", "59000")), live())
    assert made == {"position": ECHO | {"price": {"value": "59000"}}}


def test_units_of_a_market_entry_go_with_the_price_the_exchange_shows():
    """`position[units][value]: is missing` was reported: units and price always go out."""
    market = changed("order_type: limit, units: {value: 0.01}, price: {value: 60000}",
                     "order_type: market, units: {value: 0.01}")  # fmt: skip
    lived = live({"position.order_type": "market"}, applied=plan(market))
    made = body(plan(changed("value: 0.01", "value: 0.02", market)), lived)
    assert made["position"] == ECHO | {"units": {"value": "0.02"}}


def test_a_conditional_entry_is_sent_whole():
    conditional = "conditional: {price: {value: 60500}, order_type: market}"
    text = changed("type: buy, order_type: limit", "type: buy, order_type: conditional")
    text = changed("price: {value: 60000}", conditional, text)
    edits = {
        "position.order_type": "conditional",
        "position.conditional": {"price": {"value": "60500.0", "type": "ask"},
                                 "order_type": "market", "trailing": {"enabled": False}},
    }  # fmt: skip
    made = body(plan(changed("60500", "60600", text)), live(edits, applied=plan(text)))
    assert made["position"]["conditional"] == {
        "price": {"value": "60600", "type": "ask"},
        "order_type": "market",
        "trailing": {"enabled": False},
    }


CONDITIONAL = changed(
    "price: {value: 60000}",
    "conditional: {price: {value: 60500}, order_type: market, "
    "trailing: {enabled: true, percent: 1}}",
    changed("type: buy, order_type: limit", "type: buy, order_type: conditional"),
)


def waiting(percent: object = "1.0", **edits: object) -> dict[str, object]:
    """A conditional entry as the service shows it."""
    trailing = {"enabled": True, "percent": percent}
    shown = {"price": {"value": "60500.0", "type": "ask"}, "order_type": "market"}
    return {
        "position.order_type": "conditional",
        "position.conditional": shown | {"editable": True, "trailing": trailing},
        **edits,
    }


@pytest.mark.parametrize("percent", ["1.0", None])
def test_an_entry_that_waits_for_its_trigger_is_repeated_with_any_change(percent):
    """`position[conditional]` is mandatory in the user's document, whatever else is changed."""
    tighter = plan(changed("value: 55000", "value: 56000", CONDITIONAL))
    made = body(tighter, live(waiting(percent), applied=plan(CONDITIONAL)))
    assert made["position"]["conditional"] == {
        "price": {"value": "60500", "type": "ask"},
        "order_type": "market",
        "trailing": {"enabled": True, "percent": "1"},
    }
    assert made["stop_loss"]["conditional"]["price"]["value"] == "56000"


def test_a_trigger_that_somebody_moved_is_repeated_as_it_stands():
    moved = waiting() | {"position.conditional": {
        "price": {"value": "60700.0", "type": "ask"}, "order_type": "market",
        "trailing": {"enabled": True, "percent": "1.0"}}}  # fmt: skip
    lived = live(moved, applied=plan(CONDITIONAL))
    made = stop_body(lived, lived.trade.stop_loss)
    assert made["position"]["conditional"]["price"] == {"value": "60700", "type": "ask"}


def test_a_trigger_that_has_fired_is_not_repeated():
    fired = waiting(**{"position.conditional": {
        "price": {"value": "60500.0", "type": "ask"}, "order_type": "market", "editable": False,
        "trailing": {"enabled": True, "percent": "1.0"}}})  # fmt: skip
    for edits in (waiting(**ENTERED), fired):
        lived = live(edits, applied=plan(CONDITIONAL))
        assert "conditional" not in stop_body(lived, lived.trade.stop_loss)["position"]


def test_a_finished_step_is_left_out_and_the_rest_keeps_its_id():
    made = body(plan(changed("72000", "73000")), live(FIRST_TARGET_HIT))
    (step,) = made["take_profit"]["steps"]
    assert (step["id"], step["price"]["value"]) == (102, "73000")


def test_a_stop_that_the_service_moved_goes_back_where_it_stands():
    written = plan(changed("order_type: market\n  cond", "order_type: market\n  timeout: "
                           "{enabled: true, value: 30}\n  cond"))  # fmt: skip
    made = body(written, live({**FIRST_TARGET_HIT, TRIGGER: "60060.06"}))
    assert made["stop_loss"]["conditional"]["price"]["value"] == "60060.06"
    assert made["stop_loss"]["timeout"] == {"enabled": True, "value": 30}


def test_a_trailing_stop_goes_back_where_it_stands():
    edits = {**TRAILING_STOP_LIVE, **ENTERED, TRIGGER: "58123.4"}
    made = body(plan(TIGHTER), live(edits, applied=plan(TRAILING_STOP)))
    assert made["stop_loss"]["conditional"] == {
        "price": {"value": "58123.4", "type": "bid"},
        "trailing": {"enabled": True, "percent": "5"},
    }


def test_switching_off_says_no_more_than_that():
    text = SWING[: SWING.index("stop_loss:")] + "note: weekly support\n"
    assert body(plan(text), live()) == {"position": ECHO, "stop_loss": {"enabled": False}}


def test_leverage_is_sent_alone():
    before = plan(SWING + "leverage: {enabled: true, type: cross, value: 5}\n")
    after = plan(SWING + "leverage: {enabled: true, type: cross, value: 3}\n")
    lived = live({"leverage": {"enabled": True, "type": "cross", "value": "5.0"}}, applied=before)
    assert body(after, lived) == {
        "position": ECHO,
        "leverage": {"enabled": True, "type": "cross", "value": "3"},
    }


def test_percents_are_sent_as_percents_before_the_fill():
    made = body(plan(changed("percent: 10,", "percent: 11,", PERCENT)), percent_live())
    assert [step["price"] for step in made["take_profit"]["steps"]] == [
        {"percent": "11", "type": "bid"},
        {"percent": "20", "type": "bid"},
    ]


def test_percents_go_back_as_the_prices_the_service_made_of_them():
    """Its rounding and what a person moved since stay; our own arithmetic never replaces them."""
    text = changed("volume: 40", "volume: 50", changed("volume: 60", "volume: 50", PERCENT))
    rounded = {"take_profit.steps.0.price.value": "66000.5"}
    made = body(plan(text), percent_live(rounded, filled=True))
    assert [step["price"] for step in made["take_profit"]["steps"]] == [
        {"value": "66000.5", "type": "bid"},
        {"value": "72000", "type": "bid"},
    ]


def test_a_percent_stop_goes_back_as_the_price_it_has_become():
    text = changed("order_type: market\n  conditional: {price: {percent: 6",
                   "order_type: market\n  timeout: {enabled: true, value: 9}\n  conditional: "
                   "{price: {percent: 6", PERCENT)  # fmt: skip
    made = body(plan(text), percent_live({TRIGGER: "56399.99"}, filled=True))
    assert made["stop_loss"]["conditional"]["price"] == {"value": "56399.99", "type": "bid"}


@pytest.mark.parametrize(("side", "price"), [("buy", "61800"), ("sell", "58200")])
def test_a_percent_target_added_after_the_fill_is_counted_from_the_average_entry(side, price):
    text = changed("type: buy", f"type: {side}", PERCENT)
    step = "    - {order_type: limit, price: {percent: 3, type: bid}, volume: 10}\n"
    added = changed("stop_loss:", step + "stop_loss:", text)
    edits = {"position.type": side}
    lived = percent_live(edits, filled=True)
    found = diff(plan(added).trade, lived, lived.marker.digests)
    made = patch_body(plan(added).trade, lived, found, found.of(*Cause))
    assert Decimal(made["take_profit"]["steps"][2]["price"]["value"]) == Decimal(price)


@pytest.mark.parametrize(
    ("side", "target", "stop"), [("buy", "63666.69", "56499.23"), ("sell", "56545.45", "63712.91")]
)
def test_what_percents_become_is_rounded_to_the_tick_on_the_careful_side(side, target, stop):
    """Entered at 60106.0707: long 63666.6942 and 56499.2256, short 56545.4472 and 63712.9158."""
    text = changed("type: buy", f"type: {side}", PERCENT)
    step = "    - {order_type: limit, price: {percent: 5.9239, type: bid}, volume: 10}\n"
    added = changed(
        "stop_loss:", step + "stop_loss:", changed("percent: 6,", "percent: 6.0008,", text)
    )
    edits = {"position.type": side, "data.average_enter_price": "60106.0707"}
    lived = percent_live(edits, filled=True)
    found = diff(plan(added).trade, lived, lived.marker.digests, tick=Decimal("0.01"))
    made = patch_body(plan(added).trade, lived, found, found.of(*Cause))
    assert made["take_profit"]["steps"][2]["price"]["value"] == target
    (trigger,) = (c.after for c in found.of(*Cause) if c.path[0] == "stop_loss")
    assert trigger == Decimal(stop)


# --- fingerprints -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "edits",
    [
        {"status.type": "waiting_targets"},
        {"data.editable": False},
        {"stop_loss.editable": False},
        {TRIGGER: "55001"},
        {"take_profit.steps.0.status.type": "finished"},
        {"take_profit.steps.1.trailing.percent": "3"},
        {"data.entered_amount": "0.001"},
        {"data.closed_amount": "0.001"},
        {"note_raw": "edited"},
        {"pair": "USDT_ETH"},
    ],
)
def test_a_fingerprint_moves_with_what_a_decision_rests_on(edits):
    assert fingerprint(live(edits)) != fingerprint(live())


@pytest.mark.parametrize(
    "edits",
    [
        {"data.updated_at": "x", "data.current_price.bid": "1", "profit.usd": "5"},
        {TRIGGER: D("55000")},
        {"status.title": "x"},
    ],
)
def test_a_fingerprint_stands_still_for_noise(edits):
    assert fingerprint(live(edits)) == fingerprint(live())


def test_a_position_that_fills_on_is_another_one_to_decide_about():
    some, more = ({**ENTERED, "data.entered_amount": n} for n in ("0.005", "0.009"))
    assert fingerprint(live(some)) != fingerprint(live(more))


def test_a_dropped_step_is_left_out_of_the_body():
    text = without(SWING, "    - {order_type: limit")
    text = changed("volume: 50", "volume: 100", text)
    lived = live({"take_profit.steps.0": ..., "take_profit.steps.0.volume": "50.0"})
    found = diff(plan(text).trade, lived, None)
    made = patch_body(plan(text).trade, lived, found, found.of(*Cause))
    assert [step["id"] for step in made["take_profit"]["steps"]] == [102]
