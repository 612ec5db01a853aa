"""Coin-margined contracts: totals, profit and margin in the coin, worked out by hand."""

import json
from decimal import Decimal

import pytest

from smartplan.trade.contract import NOTHING_SAID, Contract
from smartplan.trade.position import position_of
from smartplan.trade.wire import live_trade

D = Decimal
LINEAR, CONTRACTS, COINS = 2, 3, 4
PAIR = {LINEAR: "USDT_BTC", CONTRACTS: "USDT_BTC", COINS: "BTC_BTCUSD_PERP"}
COIN = Contract(D(100), inverse=True)
UNITS = {LINEAR: "0.01", CONTRACTS: "100", COINS: "100"}


def body(account: int, side: str, price: str, **more: object) -> dict:
    position = {"type": side, "order_type": "limit", "units": {"value": UNITS[account]}}
    groups: dict = {"account_id": account, "pair": PAIR[account]}
    groups["leverage"] = {"enabled": True, "type": "isolated", "value": "5"}
    groups |= {"take_profit": {"enabled": False}, "stop_loss": {"enabled": False}}
    return groups | {"position": position | {"price": {"value": price}}} | more


def held(exchange, account: int, side: str, entry: str, now: str, **more: object) -> dict:
    """A position entered at one price, in a market at another."""
    number = exchange.create(body(account, side, entry, **more))["id"]
    exchange.fill(number)
    exchange.tick(PAIR[account], D(now))
    return exchange.get(number)


def test_a_long_gains_in_coins_what_its_face_value_has_become_less(exchange):
    # 100 contracts of 100 USD: 10000/50000 = 0.2 BTC, 10000/62500 = 0.16 BTC; 0.05 % of each.
    long = held(exchange, COINS, "buy", "50000", "62500")
    assert D(long["profit"]["volume"]) == D("0.2") - D("0.0001") - D("0.16") - D("0.00008")
    assert D(long["profit"]["usd"]) == D(long["profit"]["volume"]) * 62500
    assert long["profit"]["percent"] == "19.92"  # of 0.1999
    assert D(long["data"]["entered_total"]) == D("0.1999")
    assert D(long["position"]["total"]["value"]) == D("0.1999")
    assert D(long["margin"]["total"]) == D("0.03998")
    assert (long["data"]["entered_amount"], long["margin"]["amount"]) == ("100.0", "20.0")


def test_a_short_is_its_mirror(exchange):
    short = held(exchange, COINS, "sell", "62500", "50000")
    assert D(short["profit"]["volume"]) == D("0.2") - D("0.0001") - D("0.16") - D("0.00008")
    assert short["profit"]["percent"] == "24.88"  # of 0.16008


def test_what_is_closed_counts_in_coins_as_well(exchange, clock):
    steps = [
        {"order_type": "limit", "volume": "50", "price": {"value": "62500", "type": "last"}},
        {"order_type": "limit", "volume": "50", "price": {"value": "80000", "type": "last"}},
    ]
    targets = {"take_profit": {"enabled": True, "steps": steps}}
    long = held(exchange, COINS, "buy", "50000", "62500", **targets)
    # Half is bought back for 0.08 BTC, with its fee.
    assert D(long["data"]["closed_total"]) == D("0.08004")
    assert D(long["take_profit"]["steps"][0]["total"]) == D("0.08")
    assert D(long["profit"]["volume"]) == D("0.1999") - D("0.16008")
    stands = position_of(live_trade(json.loads(json.dumps(long), parse_float=D)))
    assert stands.computed is not None
    assert stands.computed.volume == D(long["profit"]["volume"])


def test_a_waiting_entry_is_worth_what_its_price_says(exchange):
    number = exchange.create(body(COINS, "buy", "50000"))["id"]
    assert D(exchange.get(number)["position"]["total"]["value"]) == D("0.2")


def test_the_market_says_that_it_is_inverse_and_has_no_least_total(exchange):
    rates = exchange.currency_rates("paper_trading_coin_m", "BTC_BTCUSD_PERP", leverage=True)
    assert (rates["instrumentKind"], rates["minTotal"]) == ("inverse_futures", "0.0")
    assert "quanto_multiplier" not in rates["leverage_data"][0]


def test_the_orders_of_a_trade_are_worth_the_same(exchange):
    long = held(exchange, COINS, "buy", "50000", "62500")
    (entry,) = exchange.children(long["id"])
    assert D(entry["initial_total"]) == D("0.2")
    assert D(entry["realised_total"]) == D("0.1999")
    linear = held(exchange, CONTRACTS, "buy", "50000", "62500")
    assert D(exchange.children(linear["id"])[0]["initial_total"]) == 500  # 100 × 0.0001 × 50000


@pytest.mark.parametrize("account", [LINEAR, CONTRACTS, COINS])
@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize("now", ["50001", "62500", "59999.9"])
def test_our_profit_is_the_exchanges_own(exchange, account: int, side: str, now: str):
    """The size is nowhere said but in the totals of the entity."""
    entry = "60000.1" if side == "buy" else "61999.9"
    shown = held(exchange, account, side, entry, now)
    live = live_trade(json.loads(json.dumps(shown), parse_float=D))
    size = {LINEAR: Contract(D(1)), CONTRACTS: Contract(D("0.0001")), COINS: COIN}
    assert NOTHING_SAID.of_live(live) == size[account]
    stands = position_of(live)
    assert stands.profit is not None
    assert stands.computed is not None
    assert stands.profit.volume == D(shown["profit"]["volume"])
    assert float(stands.computed.volume) == pytest.approx(float(stands.profit.volume), rel=1e-9)
    assert stands.computed.percent == stands.profit.percent
    assert not stands.disputed
