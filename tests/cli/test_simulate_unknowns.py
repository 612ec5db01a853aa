"""What a simulation cannot know is said wherever its figures are, and never told as a result."""

import json
from decimal import Decimal

import pytest

from smartplan.cli.app import run
from tests.price_rows import candles
from tests.schemas import validator

D = Decimal
GEARED = """
  {name}:
    account: futures
    pair: {pair}
    leverage: {{enabled: true, type: {margin}, value: 20}}
    position: {{type: buy, order_type: limit, units: {{value: 0.1}}, price: {{value: 60000}}}}
    take_profit: {{enabled: true,
                  steps: [{{order_type: limit, price: {{value: 66000, type: bid}}, volume: 100}}]}}
    stop_loss: {{enabled: false}}
"""
ROWS = ["60000 60100 59900 60000", "60000 60000 42000 50000", "50000 66100 50000 66000"]
COIN = "BTC_BTCUSD_PERP"
CROSS = "liquidation not counted (cross margin: it depends on the whole account)"


def geared(name="one", pair="USDT_BTC", margin="isolated"):
    return GEARED.format(name=name, pair=pair, margin=margin)


@pytest.fixture
def simulate(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "smartplan.toml").write_text(
        'workspace = "t"\n[risk]\nfee = 0\nfee_model = {futures = "quote"}\n'
    )
    (tmp_path / "prices.csv").write_text(candles(*ROWS, hours=1))

    def call(*trades, flags=(), command=("simulate",)):
        (tmp_path / "plan.yaml").write_text("trades:\n" + "".join(trades))
        prices = [f"--prices={pair}=prices.csv" for pair in ("USDT_BTC", COIN)]
        used = [p for p in prices if p.split("=")[1] in "".join(trades)]
        assert run([*command, "plan.yaml", *used, *flags]) == 0
        return capsys.readouterr().out

    return call


@pytest.mark.parametrize("flags", [(), ("--walk", "1")])
def test_cross_margin_is_not_liquidated_and_that_is_said(simulate, flags):
    assert CROSS in simulate(geared(margin="cross"), flags=flags)
    assert "not counted" not in simulate(geared(), flags=flags)


@pytest.mark.parametrize(("flags", "schema"), [((), "simulation"), (("--walk", "1"), "study")])
def test_json_says_why_nothing_is_liquidated(simulate, flags, schema):
    said = {}
    for margin in ("cross", "isolated"):
        found = json.loads(simulate(geared(margin=margin), flags=(*flags, "--format", "json")))
        validator(schema).validate(found)
        said[margin] = found["trades"][0]["liquidation_unknown"]
    assert said == {"cross": "cross margin: it depends on the whole account", "isolated": ""}


@pytest.mark.parametrize("command", [("report", "--offline"), ("simulate", "--walk", "1")])
def test_a_page_says_that_cross_margin_is_not_liquidated(simulate, command, tmp_path):
    simulate(geared(margin="cross"), command=command, flags=("--report", "html=page.html"))
    assert CROSS in (tmp_path / "page.html").read_text()


def test_a_walk_says_how_many_were_liquidated_and_that_it_is_an_estimate(simulate):
    # From 60000 the low of 42000 takes the margin of two; the third buys at 50000, and wins.
    text = simulate(geared(), flags=("--walk", "1"))
    assert "n 3 starts · 3 filled · 1 won · 2 lost · 0 still open at the end" in text
    assert "2 of 3 liquidated, by an estimate of where" in text
    study = json.loads(simulate(geared(), flags=("--walk", "1", "--format", "json")))
    assert study["trades"][0]["variants"][0]["past"]["worst"]["liquidated"] == 2


def test_a_total_without_any_known_money_is_not_zero(simulate):
    text = simulate(geared("coin", COIN))
    total = next(line for line in text.splitlines() if line.startswith("Total"))
    assert total == "Total BTC: 1 trade · net ? · fees ? · without the unknown money of coin"


def test_a_total_names_whose_money_is_not_in_it(simulate):
    text = simulate(geared("coin", COIN), geared("known"))
    totals = [line for line in text.splitlines() if line.startswith("Total")]
    assert "without the unknown money of coin" in totals[0]
    assert "without" not in totals[1]


def test_nothing_is_the_best_where_the_money_is_unknown(simulate):
    flags = ("--walk", "1", "--sweep", "stop=1%,2%")
    text = simulate(geared("coin", COIN), flags=flags)
    assert "best: ? (the money is unknown)" in text
    assert "0 won" not in text


def test_a_page_names_no_best_variant_where_the_money_is_unknown(simulate, tmp_path):
    flags = ("--walk", "1", "--sweep", "stop=1%,2%", "--report", "html=page.html")
    simulate(geared("coin", COIN), flags=flags)
    assert "Best: ? (the money is unknown)" in (tmp_path / "page.html").read_text()
