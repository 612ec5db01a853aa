"""Funds and child orders: the calls below a smart trade."""

from decimal import Decimal

import pytest

from smartplan.sandbox.rejection import Rejection


@pytest.fixture
def entered(settled, market_trade):
    """A long of 0.00999 BTC with targets at 66000 and 72000 (trailing), stop at 55000."""
    return settled(market_trade)


@pytest.fixture
def later(exchange, clock):
    def look(trade):
        clock.advance(1)
        return exchange.get(trade["id"])

    return look


def refused(call, *args):
    with pytest.raises(Rejection) as caught:
        call(*args)
    return caught.value.status, caught.value.body


def by_purpose(exchange, trade):
    return {order["trade_purpose"]: order for order in exchange.children(trade["id"])}


def test_children_are_the_entry_the_steps_and_the_stop(exchange, entered):
    orders = exchange.children(entered["id"])
    assert [order["trade_purpose"] for order in orders] == [
        "position",
        "take_profit",
        "take_profit",
        "stop_loss",
    ]
    position, first, second, stop = orders
    assert position["status"] == "finished"
    assert position["realised_amount"] == "0.00999"
    assert position["realised_total"] == "610.0001"
    assert position["realised_percentage"] == "100.0"
    assert position["order_side"] == "buy"
    assert first["order_price"] == "66000.0"
    assert first["trigger_type"] == "none"
    assert first["position_percentage"] == "50.0"
    assert second["trigger_price"] == "72000.0"
    assert second["trigger_condition"] == "greater_or_equal"
    assert second["trailing_enabled"] is True
    assert stop["trigger_price"] == "55000.0"
    assert stop["trigger_condition"] == "less_or_equal"
    assert stop["cancelable"] is True
    ids = [step["id"] for step in entered["take_profit"]["steps"]]
    assert [first["id"], second["id"]] == ids


def test_reducing_funds_sells_and_shrinks_the_steps(exchange, entered, later):
    info = exchange.reduce_funds_info(entered["id"])
    assert info == {"max_reduce_funds_amount": "0.00998"}
    body = {"order_type": "market", "units": {"value": "0.004"}}
    pending = exchange.reduce_funds(entered["id"], body)
    assert pending["status"]["type"] == "pending_reduce_funds"
    assert pending["reduce_funds"]["steps"][0]["status"]["type"] == "idle"
    reduced = later(entered)
    assert reduced["status"]["type"] == "waiting_targets"
    assert reduced["data"]["closed_amount"] == "0.004"
    # 0.004 × 61000 × 0.999
    assert reduced["data"]["closed_total"] == "243.756"
    assert [step["units"]["value"] for step in reduced["take_profit"]["steps"]] == [
        "0.003",
        "0.00299",
    ]


def test_more_than_the_maximum_cannot_be_taken_out(exchange, entered):
    body = {"order_type": "market", "units": {"value": "0.00999"}}
    status, said = refused(exchange.reduce_funds, entered["id"], body)
    assert status == 422
    assert said["error_attributes"]["entered_amount"] == ["Too small"]


def test_reducing_needs_an_entered_position(exchange, settled, limit_trade):
    trade = settled(limit_trade)
    said = {
        "error": "Wrong param(s)",
        "error_description": "Reduce funds is not allowed in the current status",
    }
    body = {"order_type": "market", "units": {"value": "0.004"}}
    assert refused(exchange.reduce_funds_info, trade["id"]) == (400, said)
    assert refused(exchange.reduce_funds, trade["id"], body) == (400, said)


def test_adding_funds_averages_the_entry(exchange, entered, later):
    exchange.add_funds(entered["id"], {"order_type": "market", "units": {"value": "0.01"}})
    added = later(entered)
    assert added["data"]["entered_amount"] == "0.01998"
    assert added["data"]["entered_total"] == "1220.0002"
    assert [step["units"]["value"] for step in added["take_profit"]["steps"]] == [
        "0.00999",
        "0.00999",
    ]


def test_a_limit_order_for_funds_rests_until_its_price_comes(exchange, entered, later):
    body = {"order_type": "limit", "units": {"value": "0.01"}, "price": {"value": "60000"}}
    exchange.add_funds(entered["id"], body)
    later(entered)
    order = exchange.children(entered["id"])[1]
    assert (order["status"], order["cancelable"]) == ("order_placed", True)
    exchange.tick("USDT_BTC", 59_900)
    # 610.0001 + 0.01 × 60000: a resting order fills at its own price.
    assert exchange.get(entered["id"])["data"]["entered_total"] == "1210.0001"


def test_adding_funds_is_not_for_trailing_or_instant_trades(exchange, settled, market_trade):
    off = {"enabled": False}
    position = {
        "type": "buy",
        "order_type": "conditional",
        "units": {"value": "0.01"},
        "conditional": {
            "price": {"value": "60000"},
            "order_type": "market",
            "trailing": {"enabled": True, "percent": "1"},
        },
    }
    body = {"position": position, "take_profit": off, "stop_loss": off}
    trade = settled(market_trade | body)
    exchange.tick("USDT_BTC", 60_000)
    exchange.tick("USDT_BTC", 61_000)
    assert exchange.get(trade["id"])["status"]["type"] == "waiting_targets"
    more = {"order_type": "market", "units": {"value": "0.01"}}
    assert refused(exchange.add_funds, trade["id"], more)[0] == 400


def test_force_start_enters_at_the_market_and_shows_it_in_the_position_only(
    exchange, settled, limit_trade, later
):
    trade = settled(limit_trade)
    started = exchange.force_start(trade["id"])
    assert started["status"]["type"] == "waiting_position"
    assert started["position"]["status"]["type"] == "panic_sell_pending"
    entered = later(trade)
    assert entered["status"]["type"] == "waiting_targets"
    assert entered["position"]["price"]["value_without_commission"] == "61000.01"
    assert refused(exchange.force_start, trade["id"])[0] == 403


def test_force_process_looks_at_the_market_now(exchange, settled, market_trade):
    market_trade["take_profit"]["steps"][0]["price"]["value"] = "60500"
    trade = settled(market_trade)
    assert trade["data"]["closed_amount"] == "0.0"
    assert exchange.force_process(trade["id"])["data"]["closed_amount"] == "0.005"


def test_one_step_can_be_closed_at_the_market(exchange, entered, later):
    step = entered["take_profit"]["steps"][0]
    closing = exchange.close_child(entered["id"], step["id"])
    shown = closing["take_profit"]["steps"][0]
    assert shown["status"]["type"] == "panic_sell_pending"
    assert shown["data"] == {"cancelable": True, "panic_sell_available": False}
    closed = later(entered)
    assert closed["status"]["type"] == "waiting_targets"
    assert closed["data"]["closed_amount"] == "0.005"
    assert closed["take_profit"]["steps"][0]["editable"] is False
    assert refused(exchange.close_child, entered["id"], step["id"])[0] == 403
    assert refused(exchange.close_child, entered["id"], 7)[0] == 404


def test_a_cancelled_step_leaves_the_list(exchange, entered):
    first, second = entered["take_profit"]["steps"]
    left = exchange.cancel_child(entered["id"], first["id"])
    assert [step["id"] for step in left["take_profit"]["steps"]] == [second["id"]]
    assert left["take_profit"]["steps"][0]["volume"] == "50.0"


def test_cancelling_the_last_target_and_the_stop_cancels_the_trade(exchange, entered, later):
    orders = exchange.children(entered["id"])
    for order in orders[1:3]:
        assert exchange.cancel_child(entered["id"], order["id"])["status"]["type"] == (
            "waiting_targets"
        )
    left = exchange.cancel_child(entered["id"], orders[3]["id"])
    assert left["status"]["type"] == "cancellation_pending"
    assert later(entered)["status"]["type"] == "cancelled"


def test_cancelling_the_stop_alone_leaves_the_targets(exchange, entered):
    stop = by_purpose(exchange, entered)["stop_loss"]
    left = exchange.cancel_child(entered["id"], stop["id"])
    assert left["stop_loss"] == {"enabled": False}
    assert left["status"]["type"] == "waiting_targets"


def test_cancelling_the_unfilled_entry_cancels_the_trade(exchange, settled, limit_trade):
    trade = settled(limit_trade)
    entry = by_purpose(exchange, trade)["position"]
    assert entry["cancelable"] is True
    left = exchange.cancel_child(trade["id"], entry["id"])
    assert left["status"]["type"] == "cancellation_pending"


def test_what_is_finished_cannot_be_cancelled(exchange, entered):
    entry = by_purpose(exchange, entered)["position"]
    assert refused(exchange.cancel_child, entered["id"], entry["id"])[0] == 403
    assert refused(exchange.cancel_child, entered["id"], 7)[0] == 404


def test_leverage_data_says_what_a_pair_allows(exchange):
    rates = exchange.currency_rates("paper_trading_futures", "USDT_BTC", leverage=True)
    assert rates["leverage_data"][0]["max_leverage"] == "125.0"
    assert rates["leverage_data"][0]["valid"] == {"min": 1, "max": "125.0"}


def test_rates_name_what_todays_documentation_names(exchange):
    rates = exchange.currency_rates("paper_trading_contracts", "USDT_BTC", leverage=True)
    assert rates["instrumentKind"] == "linear_futures"
    assert rates["strategy_name"] == "orderbook_price"
    assert rates["orderbook_bid"] == rates["bid"] == "61000.0"
    assert rates["minMarketBuyAmount"] == rates["minMarketSellAmount"] == "1.0"
    assert [offer["name"] for offer in rates["leverage_data"]] == ["Cross", "Isolated"]
    assert {offer["quanto_multiplier"] for offer in rates["leverage_data"]} == {"0.0001"}
    linear = exchange.currency_rates("paper_trading_futures", "USDT_BTC", leverage=True)
    assert "quanto_multiplier" not in linear["leverage_data"][0]


def test_an_update_is_not_lost_when_funds_are_reduced_before_it_settled(exchange, entered, later):
    steps = [{"order_type": "limit", "price": {"value": "70000", "type": "bid"}, "volume": 100}]
    exchange.update(entered["id"], {"take_profit": {"enabled": True, "steps": steps}})
    exchange.reduce_funds(entered["id"], {"order_type": "market", "units": {"value": "0.004"}})
    (step,) = later(entered)["take_profit"]["steps"]
    assert (step["status"]["type"], step["units"]["value"]) == ("order_placed", "0.00599")


def test_nothing_below_a_trade_that_is_closing_can_be_cancelled(exchange, entered, later):
    orders = exchange.children(entered["id"])
    exchange.close_by_market(entered["id"])
    for order in orders[1:]:
        assert refused(exchange.cancel_child, entered["id"], order["id"])[0] == 403
    assert later(entered)["status"]["type"] == "panic_sold"


def test_funds_for_a_trade_that_waits_come_with_its_position(exchange, clock, settled, limit_trade):
    trade = settled(limit_trade)
    assert trade["data"]["add_funds_available"] is True
    asked = exchange.add_funds(trade["id"], {"order_type": "market", "units": {"value": "0.01"}})
    clock.advance(1)
    assert asked["status"]["type"] == exchange.get(trade["id"])["status"]["type"]
    (entered,) = exchange.tick("USDT_BTC", Decimal("60000"))
    # Twice 0.01 at 60000, less 0.1 % of each in base.
    assert entered["data"]["entered_amount"] == "0.01998"
    assert entered["position"]["total"] == {
        "value": "1200.0",
        "value_without_commission": "1200.0",
    }


def test_minimum_totals_hold_for_added_and_reduced_funds(exchange, entered):
    """0.00008 BTC at 61000 is 4.88 USDT, and 5 the least."""
    tiny = {"order_type": "market", "units": {"value": "0.00008"}}
    for call in (exchange.add_funds, exchange.reduce_funds):
        status, said = refused(call, entered["id"], tiny)
        assert status == 422
        assert said["error_attributes"] == {"total": ["must be greater than or equal to 5.0"]}
