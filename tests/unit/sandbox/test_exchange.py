"""What the calls of the exchange do to a trade."""

from decimal import Decimal

import pytest

from smartplan.sandbox.rejection import Rejection


def refused(call, *args):
    with pytest.raises(Rejection) as caught:
        call(*args)
    return caught.value.status, caught.value.body


def test_create_answers_created_and_settles_a_moment_later(exchange, clock, limit_trade):
    created = exchange.create(limit_trade)
    assert created["status"]["type"] == "created"
    assert created["data"]["editable"] is False
    clock.advance(0.3)
    assert exchange.get(created["id"])["status"]["type"] == "created"
    clock.advance(0.1)
    settled = exchange.get(created["id"])
    assert settled["status"]["type"] == "waiting_position"
    assert settled["position"]["status"]["type"] == "order_placed"
    assert settled["data"]["editable"] is True


def test_a_market_entry_fills_at_the_ask_less_the_fee_in_base(settled, market_trade):
    trade = settled(market_trade)
    assert trade["status"]["type"] == "waiting_targets"
    assert trade["position"]["units"] == {"value": "0.00999", "editable": False}
    # 610.0001 / 0.00999, cut to the price step as recorded averages are.
    assert trade["position"]["price"]["value"] == "61061.07"
    assert trade["position"]["price"]["value_without_commission"] == "61000.01"
    assert trade["data"]["entered_total"] == "610.0001"
    assert [step["units"]["value"] for step in trade["take_profit"]["steps"]] == [
        "0.005",
        "0.00499",
    ]
    assert [step["status"]["type"] for step in trade["take_profit"]["steps"]] == [
        "order_placed",
        "to_process",
    ]
    assert trade["stop_loss"]["status"]["type"] == "to_process"


def test_a_futures_entry_pays_its_fee_in_quote(settled, market_trade):
    leverage = {"enabled": True, "type": "custom", "value": "5"}
    trade = settled(market_trade | {"account_id": 2, "leverage": leverage})
    assert trade["position"]["units"]["value"] == "0.01"
    # 0.01 × 61000.1 × 1.0005
    assert trade["data"]["entered_total"] == "610.3060005"
    assert trade["leverage"] == {
        "enabled": True,
        "type": "isolated",
        "value": "5.0",
        "type_editable": True,
    }


def test_units_of_a_contract_market_are_contracts_and_its_money_is_not(settled, market_trade):
    """100 contracts of 0.0001 BTC at 61000.1, fee 0.05 %: 610.001 and 0.3050005 USDT."""
    trade = settled(
        market_trade
        | {
            "account_id": 3,
            "leverage": {"enabled": True, "type": "isolated", "value": "10"},
            "position": {"type": "buy", "order_type": "market", "units": {"value": "100"}},
        }
    )
    assert trade["position"]["units"]["value"] == "100.0"
    assert trade["position"]["price"]["value_without_commission"] == "61000.1"
    assert trade["position"]["total"]["value"] == "610.3060005"
    assert trade["data"]["entered_total"] == "610.3060005"
    assert trade["margin"]["total"] == "61.03060005"
    # Sold at 61000 it brings 610 less 0.305.
    assert trade["profit"]["volume"] == "-0.6110005"
    assert trade["profit"]["percent"] == "-0.1"
    assert Decimal(trade["data"]["liquidation_price"]) < Decimal("61000")


def test_exits_wait_for_a_price_even_when_they_are_already_crossed(settled, market_trade):
    market_trade["take_profit"]["steps"][0]["price"]["value"] = "10000"
    assert settled(market_trade)["status"]["type"] == "waiting_targets"


def test_an_instant_trade_is_finished_with_its_fill(settled):
    trade = settled(
        {
            "account_id": 1,
            "pair": "USDT_BTC",
            "instant": True,
            "position": {"type": "buy", "order_type": "market", "units": {"value": "0.01"}},
        }
    )
    assert trade["status"]["type"] == "finished"
    assert trade["data"]["finished"] is True
    assert trade["data"]["type"] == "simple_buy"


def test_a_position_already_held_waits_for_targets_at_its_reference_price(settled, market_trade):
    market_trade["position"]["price"] = {"value": "59000"}
    trade = settled(market_trade | {"skip_enter_step": True})
    assert trade["status"]["type"] == "waiting_targets"
    assert trade["position"]["status"]["title"] == "Own funds"
    assert trade["position"]["price"]["value"] == "59000.0"
    assert trade["position"]["price"]["value_without_commission"] is None
    assert trade["data"]["entered_total"] == "590.0"


def test_update_is_refused_until_the_trade_has_settled(exchange, limit_trade):
    created = exchange.create(limit_trade)
    status, body = refused(exchange.update, created["id"], {"stop_loss": {"enabled": False}})
    assert (status, body["error"]) == (403, "Forbidden")


def test_update_keeps_ids_of_steps_that_continue_and_replaces_the_rest(
    exchange, settled, limit_trade
):
    trade = settled(limit_trade)
    first, second = trade["take_profit"]["steps"]
    first["volume"] = "100"
    changed = exchange.update(trade["id"], {"take_profit": {"enabled": True, "steps": [first]}})
    assert [step["id"] for step in changed["take_profit"]["steps"]] == [first["id"]]
    assert changed["take_profit"]["steps"][0]["volume"] == "100.0"
    assert changed["stop_loss"]["enabled"] is True
    assert second["id"] not in {step["id"] for step in changed["take_profit"]["steps"]}


def test_update_ignores_what_is_not_a_parameter(exchange, settled, limit_trade):
    trade = settled(limit_trade)
    position = {
        "type": "sell",
        "order_type": "market",
        "units": {"value": "0.02"},
        "price": {"value": "59000"},
    }
    body = {"pair": "USDT_ETH", "instant": True, "note": "other", "position": position}
    changed = exchange.update(trade["id"], body)
    assert changed["pair"] == "USDT_BTC"
    assert changed["note"] == "weekly support"
    assert changed["position"]["type"] == "buy"
    assert changed["position"]["order_type"] == "limit"
    assert changed["position"]["units"]["value"] == "0.02"
    assert changed["position"]["price"]["value"] == "59000.0"


def test_update_of_a_position_needs_its_units(exchange, settled, limit_trade):
    trade = settled(limit_trade)
    body = {"position": {"type": "buy", "price": {"value": "59000"}}}
    status, said = refused(exchange.update, trade["id"], body)
    assert status == 400
    assert said["error_attributes"] == {"position[units][value]": ["is missing"]}


def test_a_conditional_limit_entry_becomes_a_market_one_without_a_price(
    exchange, clock, settled, limit_trade
):
    condition = {"price": {"value": "62000"}, "order_type": "limit"}
    limit_trade["position"] |= {"order_type": "conditional", "conditional": condition}
    trade = settled(limit_trade)
    units = {"value": "0.01"}
    waits = {"units": units, "conditional": condition | {"order_type": "market"}}
    exchange.update(trade["id"], {"position": waits})
    clock.advance(1)
    changed = exchange.get(trade["id"])["position"]
    assert changed["conditional"]["order_type"] == "market"
    assert changed["price"]["value"] == "62000.0"
    with pytest.raises(Rejection) as refused:
        exchange.update(trade["id"], {"position": waits | {"conditional": condition}})
    assert list(refused.value.body["error_attributes"]) == ["position[price][value]"]


def test_the_reference_price_of_a_held_position_can_be_edited(exchange, settled, market_trade):
    market_trade["position"]["price"] = {"value": "59000"}
    trade = settled(market_trade | {"skip_enter_step": True})
    assert trade["position"]["price"]["editable"] is True
    position = {"units": {"value": "0.01"}, "price": {"value": "58000"}}
    changed = exchange.update(trade["id"], {"position": position})
    assert changed["position"]["price"]["value"] == "58000.0"
    assert changed["data"]["entered_total"] == "580.0"


def test_update_keeps_the_trailing_percent_of_a_stop_that_nobody_can_read_back(
    exchange, settled, limit_trade
):
    conditional = limit_trade["stop_loss"]["conditional"]
    conditional["trailing"] = {"enabled": True, "percent": "3"}
    trade = settled(limit_trade)
    shown = trade["stop_loss"]
    assert shown["conditional"]["trailing"] == {"enabled": True, "percent": None}
    shown["conditional"]["price"]["value"] = "54000"
    changed = exchange.update(trade["id"], {"stop_loss": shown})["stop_loss"]["conditional"]
    assert changed["price"]["value"] == "54000.0"
    assert changed["trailing"] == {"enabled": True, "percent": None}


def test_an_unfilled_trade_cancels_in_two_steps(exchange, clock, settled, limit_trade):
    trade = settled(limit_trade)
    pending = exchange.cancel(trade["id"])
    assert pending["status"] == {
        "type": "cancellation_pending",
        "basic_type": "cancellation_pending",
        "title": "Cancelling",
    }
    clock.advance(1)
    cancelled = exchange.get(trade["id"])
    assert cancelled["status"]["type"] == "cancelled"
    assert cancelled["data"]["finished"] is False
    assert cancelled["data"]["closed_at"] == "2026-11-22T12:00:02.528Z"
    assert cancelled["take_profit"]["steps"] == []
    assert refused(exchange.cancel, trade["id"])[0] == 403


def test_cancelling_an_entered_trade_leaves_the_position_naked(
    exchange, clock, settled, market_trade
):
    trade = settled(market_trade)
    exchange.cancel(trade["id"])
    clock.advance(1)
    cancelled = exchange.get(trade["id"])
    assert cancelled["status"]["type"] == "cancelled"
    assert cancelled["data"]["entered_amount"] == "0.00999"
    assert cancelled["data"]["closed_amount"] == "0.0"


def test_close_by_market_sells_what_is_left_at_the_bid(exchange, clock, settled, market_trade):
    trade = settled(market_trade)
    assert exchange.close_by_market(trade["id"])["status"]["type"] == "panic_sell_pending"
    clock.advance(1)
    closed = exchange.get(trade["id"])
    assert closed["status"]["type"] == "panic_sold"
    assert closed["data"]["finished"] is False
    assert closed["data"]["closed_amount"] == "0.00999"
    # 0.00999 × 61000 × 0.999 − 610.0001
    assert closed["profit"]["volume"] == "-1.21949"


def test_an_unknown_trade_is_404_but_400_when_cancelling(exchange):
    said = {"error": "Not found", "error_description": "Smart Trade not found"}
    assert refused(exchange.get, 5) == (404, said)
    assert refused(exchange.cancel, 5) == (400, said)


@pytest.mark.parametrize("note", ["", "x" * 301])
def test_a_note_has_1_to_300_characters(exchange, settled, limit_trade, note):
    trade = settled(limit_trade)
    status, body = refused(exchange.set_note, trade["id"], {"note": note})
    assert status == 400
    assert list(body["error_attributes"]) == ["note"]


def test_a_note_can_be_replaced_at_any_time(exchange, settled, limit_trade):
    trade = settled(limit_trade)
    assert exchange.set_note(trade["id"], {"note": "x" * 300})["note_raw"] == "x" * 300
    long = {"note": "x" * 301}
    said = refused(exchange.set_note, trade["id"], long)[1]["error_attributes"]
    assert said == {"note": ["too long. Max is 300 symbols"]}


def test_an_update_of_the_targets_leaves_an_activated_trailing_alone(
    exchange, clock, settled, market_trade
):
    trade = settled(market_trade)
    exchange.tick("USDT_BTC", Decimal("73000"))
    steps = exchange.get(trade["id"])["take_profit"]["steps"]
    assert steps[1]["status"]["type"] == "trailing_activated"
    # Sent back as it was shown, with the negative percent of its trailing.
    assert steps[1]["trailing"] == {"enabled": True, "percent": "-2.0"}
    exchange.update(trade["id"], {"take_profit": {"enabled": True, "steps": [steps[1]]}})
    clock.advance(1)
    after = exchange.get(trade["id"])["take_profit"]["steps"]
    assert [step["status"]["type"] for step in after] == ["finished", "trailing_activated"]
    assert [step["id"] for step in after] == [step["id"] for step in steps]


def test_an_update_that_moves_a_stop_moves_it(exchange, clock, settled, market_trade):
    trade = settled(market_trade)
    stop = trade["stop_loss"]
    stop["conditional"]["price"]["value"] = "60500"
    exchange.update(trade["id"], {"stop_loss": stop})
    clock.advance(1)
    assert exchange.get(trade["id"])["stop_loss"]["status"]["type"] == "to_process"
    (stopped,) = exchange.tick("USDT_BTC", Decimal("60400"))
    assert stopped["status"]["type"] == "stop_loss_finished"


def test_an_update_of_a_waiting_entry_is_placed_anew(exchange, clock, settled, limit_trade):
    trade = settled(limit_trade)
    position = {"units": {"value": "0.02"}, "price": {"value": "61500"}}
    exchange.update(trade["id"], {"position": position})
    clock.advance(1)
    entered = exchange.get(trade["id"])
    # Marketable now, so it takes the ask.
    assert entered["status"]["type"] == "waiting_targets"
    assert entered["position"]["price"]["value_without_commission"] == "61000.01"
    assert entered["data"]["entered_amount"] == "0.01998"


def test_volumes_of_an_update_add_up_with_what_is_finished(exchange, clock, settled, market_trade):
    trade = settled(market_trade)
    exchange.tick("USDT_BTC", Decimal("66000"))
    step = {"order_type": "limit", "price": {"value": "70000", "type": "bid"}}

    def steps(volume):
        return {"take_profit": {"enabled": True, "steps": [step | {"volume": volume}]}}

    status, said = refused(exchange.update, trade["id"], steps("100"))
    assert (status, list(said["error_attributes"])) == (400, ["take_profit[steps]"])
    exchange.update(trade["id"], steps("50"))
    clock.advance(1)
    shown = exchange.get(trade["id"])["take_profit"]["steps"]
    assert [entry["volume"] for entry in shown] == ["50.0", "50.0"]
    assert [entry["status"]["type"] for entry in shown] == ["finished", "order_placed"]


def test_volumes_may_stay_below_100_after_a_step_was_cancelled(exchange, settled, market_trade):
    trade = settled(market_trade)
    first, second = trade["take_profit"]["steps"]
    exchange.cancel_child(trade["id"], first["id"])
    second["price"]["value"] = "71000"
    body = {"take_profit": {"enabled": True, "steps": [second]}}
    for volume in ("50.0", "100.0"):
        second["volume"] = volume
        (left,) = exchange.update(trade["id"], body)["take_profit"]["steps"]
        assert (left["volume"], left["price"]["value"]) == (volume, "71000.0")
    second["volume"] = "70"
    assert refused(exchange.update, trade["id"], body)[0] == 400


def test_the_id_of_a_foreign_step_is_refused(exchange, settled, limit_trade):
    trade = settled(limit_trade)
    steps = [limit_trade["take_profit"]["steps"][0] | {"id": 5, "volume": "100"}]
    status, said = refused(
        exchange.update, trade["id"], {"take_profit": {"enabled": True, "steps": steps}}
    )
    assert status == 400
    assert list(said["error_attributes"]) == ["take_profit[steps]"]


@pytest.mark.parametrize("units", ["1e-90", "1e30", Decimal("1e999999"), 10**400, 1.5, True])
def test_absurd_numbers_are_no_numbers(exchange, limit_trade, units):
    limit_trade["position"]["units"]["value"] = units
    status, said = refused(exchange.create, limit_trade)
    assert status == 400
    assert said["error_attributes"] == {"position[units][value]": ["must be a decimal"]}
