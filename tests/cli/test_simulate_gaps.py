"""A candle that opens beyond a level: the order acts at the open, whichever way it goes on."""

import json
from decimal import Decimal

import pytest

from smartplan.cli.app import run
from tests.price_rows import candles, ticks

D = Decimal
PLAN = """
trades:
  one:
    account: futures
    pair: USDT_BTC
    position: {{type: {type}, order_type: limit, units: {{value: 1}}, price: {{value: 100}}}}
    take_profit:
      enabled: true
      steps:
        - {{order_type: {order}, price: {{value: {first}, type: {watched}}}, volume: 50}}
        - {{order_type: {order}, price: {{value: {last}, type: {watched}}}, volume: 50{trailing}}}
    stop_loss:
      enabled: true
      order_type: {stop}
      conditional: {{price: {{value: {fires}, type: {watched}}}}}
      {limit}
"""
LONG = {"type": "buy", "first": 110, "last": 130, "fires": 95, "watched": "bid"}
SHORT = {"type": "sell", "first": 90, "last": 70, "fires": 105, "watched": "ask"}
AT_MARKET = {"order": "market", "stop": "market", "limit": "", "trailing": ""}


def limit_stop(price):
    return {"order": "limit", "stop": "limit", "limit": f"price: {{value: {price}}}"}


@pytest.fixture
def simulated(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "smartplan.toml").write_text('workspace = "t"\n[risk]\nfee = 0\n')

    def call(plan, prices):
        (tmp_path / "plan.yaml").write_text(PLAN.format(**AT_MARKET | plan))
        (tmp_path / "prices.csv").write_text(prices)
        flags = ("--prices", "prices.csv", "--path", "all", "--format", "json")
        assert run(["simulate", "plan.yaml", *flags]) == 0
        (trade,) = json.loads(capsys.readouterr().out)["trades"]
        return trade

    return call


def happened(trade, kind):
    return [
        (event["time"][11:16], D(event["price"]))
        for run in trade["runs"]
        for event in run["events"]
        if event["event"] == kind
    ]


@pytest.mark.parametrize(
    ("plan", "rows", "opened", "net"),
    [
        # Half closed at 112, the other half worth 115: (12 + 15) / 2.
        (LONG, ("101 101 99 101", "112 118 111 115", "115 116 114 115"), 112, "13.5"),
        (SHORT, ("99 101 99 99", "88 89 82 85", "85 86 84 85"), 88, "13.5"),
    ],
)
def test_a_target_at_market_is_filled_at_the_open_that_passed_it(
    simulated, plan, rows, opened, net
):
    trade = simulated(plan, candles(*rows, hours=1))
    assert happened(trade, "take_profit_filled") == [("01:00", opened)]
    assert D(trade["worst_net"]) == D(net)
    assert not trade["path_dependent"]


@pytest.mark.parametrize(
    ("plan", "rows", "opened"),
    [
        (LONG | limit_stop(94), ("101 101 99 101", "92 93 91 92", "92 93 91 92"), 92),
        (SHORT | limit_stop(106), ("99 101 99 99", "108 109 107 108", "108 109 107 108"), 108),
    ],
)
def test_a_limit_stop_is_triggered_at_the_open_that_passed_it(simulated, plan, rows, opened):
    trade = simulated(plan, candles(*rows, hours=1))
    assert happened(trade, "stop_triggered") == [("01:00", opened)]
    assert [run["unprotected_since"][11:16] for run in trade["runs"]] == ["01:00"]


def test_a_trailing_target_is_armed_at_the_open_that_passed_it(simulated):
    plan = LONG | {"trailing": ", trailing: {enabled: true, percent: 50}"}
    trade = simulated(plan, candles("101 101 99 101", "132 138 131 135", hours=1))
    assert {time for time, _ in happened(trade, "trailing_activated")} == {"01:00"}


def test_candles_and_the_ticks_they_are_made_of_say_the_same(simulated):
    rows = candles("101 101 99 101", "112 118 111 115", hours=1)
    path = simulated(LONG, ticks(101, 99, 101, 112, 118, 111, 115))
    assert path["worst_net"] == simulated(LONG, rows)["worst_net"]
