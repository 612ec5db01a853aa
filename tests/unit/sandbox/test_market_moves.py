"""Moving the market of a live exchange."""

from decimal import Decimal

import pytest

from smartplan.sandbox.rejection import Rejection


def test_a_tick_fills_what_it_reaches_and_answers_what_changed(exchange, settled, limit_trade):
    trade = settled(limit_trade)
    assert exchange.tick("USDT_BTC", Decimal("60500")) == []
    (changed,) = exchange.tick("USDT_BTC", Decimal("59999"))
    assert changed["id"] == trade["id"]
    assert changed["status"]["type"] == "waiting_targets"
    assert changed["position"]["price"]["value_without_commission"] == "60000.0"


def test_a_trade_lives_through_its_targets_to_the_end(exchange, clock, settled, market_trade):
    trade = settled(market_trade)
    clock.advance(60)
    (first,) = exchange.tick("USDT_BTC", Decimal("66000"))
    assert first["take_profit"]["steps"][0]["status"]["type"] == "finished"
    assert first["take_profit"]["steps"][0]["closed_at"] == "2026-11-22T12:01:01.528Z"
    # Breakeven: the stop stands at the entry after the first target.
    assert first["stop_loss"]["conditional"]["price"]["value"] == "61000.01"
    (second,) = exchange.tick("USDT_BTC", Decimal("73000"))
    assert second["take_profit"]["steps"][1]["status"]["type"] == "trailing_activated"
    (third,) = exchange.tick("USDT_BTC", Decimal("71540"))
    assert third["status"]["type"] == "finished"
    assert third["data"]["finished"] is True
    assert third["data"]["closed_amount"] == "0.00999"
    # 0.005 × 66000 × 0.999 + 0.00499 × 71540 × 0.999 − 610.0001
    assert third["profit"]["volume"] == "76.2975154"
    assert exchange.tick("USDT_BTC", Decimal("50000")) == []
    assert exchange.get(trade["id"])["profit"]["volume"] == "76.2975154"


def test_a_stop_loss_ends_the_trade(exchange, settled, market_trade):
    settled(market_trade)
    (stopped,) = exchange.tick("USDT_BTC", Decimal("54000"))
    assert stopped["status"]["type"] == "stop_loss_finished"
    assert stopped["stop_loss"]["status"]["type"] == "finished"
    assert stopped["data"]["closed_total"] == "538.92054"


def test_dust_that_cannot_be_sold_does_not_move_the_profit_of_a_finished_trade(exchange, settled):
    body = {
        "account_id": 1,
        "pair": "USDT_DOGE",
        "position": {"type": "buy", "order_type": "market", "units": {"value": "15"}},
        "take_profit": {
            "enabled": True,
            "steps": [
                {
                    "order_type": "limit",
                    "price": {"value": "0.2", "type": "bid"},
                    "volume": "100",
                }
            ],
        },
        "stop_loss": {"enabled": False},
    }
    trade = settled(body)
    (finished,) = exchange.tick("USDT_DOGE", Decimal("0.25"))
    assert finished["status"]["type"] == "finished"
    assert finished["data"]["entered_amount"] == "14.985"
    assert finished["data"]["closed_amount"] == "14.0"
    # 14 × 0.2 × 0.999 − 15 × 0.10701
    assert finished["profit"]["volume"] == "1.19205"
    exchange.tick("USDT_DOGE", Decimal("0.5"))
    assert exchange.get(trade["id"])["profit"] == finished["profit"]


def test_what_was_asked_before_a_tick_settles_at_the_old_price(exchange, market_trade):
    created = exchange.create(market_trade)
    (moved,) = exchange.tick("USDT_BTC", Decimal("62000"))
    assert moved["id"] == created["id"]
    assert moved["position"]["price"]["value_without_commission"] == "61000.01"


def test_a_waiting_entry_can_be_filled_wherever_the_market_is(exchange, settled, limit_trade):
    trade = settled(limit_trade)
    filled = exchange.fill(trade["id"])
    assert filled["status"]["type"] == "waiting_targets"
    assert filled["data"]["entered_total"] == "600.0"
    with pytest.raises(Rejection):
        exchange.fill(trade["id"])


def test_an_unknown_pair_cannot_be_moved(exchange):
    with pytest.raises(Rejection) as caught:
        exchange.tick("USDT_NOPE", Decimal(1))
    assert caught.value.status == 404


@pytest.mark.parametrize(
    "prices", [{"price": Decimal(0)}, {"price": Decimal(-1)}, {"price": Decimal(9), "bid": 10}]
)
def test_impossible_prices_are_refused(exchange, prices):
    with pytest.raises(Rejection) as caught:
        exchange.tick("USDT_BTC", **prices)
    assert caught.value.status == 400
