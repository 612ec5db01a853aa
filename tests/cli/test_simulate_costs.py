"""What trading costs, in what ``simulate`` tells: every figure worked out by hand."""

import json
from decimal import Decimal

import pytest

from smartplan.cli.app import run
from tests.price_rows import candles, ticks
from tests.schemas import validator

D = Decimal
ONE = """
    position: {type: buy, order_type: market, units: {value: 1}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: 110, type: bid}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 95, type: bid}}}
"""
SHORT = """
    position: {type: sell, order_type: market, units: {value: 1}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: 90, type: ask}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 105, type: ask}}}
"""
IN_PERCENT = """
    position: {type: buy, order_type: conditional, units: {value: 1},
               conditional: {price: {value: 100, type: ask}, order_type: market,
                             trailing: {enabled: true, percent: 2}}}
    take_profit: {enabled: true,
                  steps: [{order_type: market, price: {percent: 10, type: bid}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {percent: 5, type: bid}}}
"""
LIMITS = """
    position: {type: buy, order_type: limit, units: {value: 1}, price: {value: 100}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: 110, type: bid}, volume: 100}]}
    stop_loss: {enabled: true, order_type: limit, price: {value: 94},
                conditional: {price: {value: 95, type: bid}}}
"""
GEARED = """
    leverage: {enabled: true, type: isolated, value: 5}
    position: {type: SIDE, order_type: limit, units: {value: 2}, price: {value: 100}}
    take_profit:
      enabled: true
      steps:
        - {order_type: limit, price: {value: FIRST, type: SEEN}, volume: 50}
        - {order_type: limit, price: {value: SECOND, type: SEEN}, volume: 50}
    stop_loss: {enabled: true, order_type: market,
                conditional: {price: {value: STOP, type: SEEN}}}
"""
SLIPPAGE = "fee = 0\nslippage = 0.5\n"
FUNDING = "fee = 0\nfunding = 0.01\n"


def geared(side):
    words = {
        "buy": {"FIRST": "110", "SECOND": "120", "STOP": "90", "SEEN": "bid"},
        "sell": {"FIRST": "90", "SECOND": "80", "STOP": "110", "SEEN": "ask"},
    }[side]
    body = GEARED.replace("SIDE", side)
    for word, value in words.items():
        body = body.replace(word, value)
    return body


@pytest.fixture
def simulate(tmp_path, monkeypatch, capsys):
    """Runs ``simulate`` on one body, and answers its exit code and what it wrote."""
    monkeypatch.chdir(tmp_path)

    def call(body, prices, *flags, risk, account="main", pair="USDT_BTC"):
        head = f"trades:\n  one:\n    account: {account}\n    pair: {pair}"
        (tmp_path / "smartplan.toml").write_text(f'workspace = "t"\n[risk]\n{risk}')
        (tmp_path / "plan.yaml").write_text(head + body)
        (tmp_path / "prices.csv").write_text(prices)
        code = run(["simulate", "plan.yaml", "--prices", "prices.csv", *flags])
        return code, capsys.readouterr()

    return call


@pytest.fixture
def simulated(simulate):
    """The JSON of the only trade."""

    def call(body, prices, *flags, **names):
        code, written = simulate(body, prices, "--format", "json", *flags, **names)
        assert code == 0, written.err
        return json.loads(written.out)["trades"][0]

    return call


@pytest.fixture
def net(simulated):
    """The net of the worst path of a body, under some ``[risk]``."""

    def call(risk, body, prices, **names):
        return D(simulated(body, prices, risk=risk, **names)["runs"][0]["net"])

    return call


class TestSlippage:
    def test_a_market_entry_pays_more_and_a_market_stop_brings_less(self, simulated):
        found = simulated(ONE, ticks(100, 95), risk=SLIPPAGE)["runs"][0]
        # Bought at 100 · 1.005, sold at 95 · 0.995: that is what was at risk, too.
        prices = [event["price"] for event in found["events"] if event["event"].endswith("_filled")]
        assert list(map(D, prices)) == [D("100.5"), D("94.525")]
        assert (D(found["net"]), D(found["r_multiple"])) == (D("-5.975"), -1)

    def test_of_a_short_it_is_the_mirror(self, net):
        # Sold at 99.5, bought back at 105 · 1.005.
        assert net(SLIPPAGE, SHORT, ticks(100, 105)) == D("-6.025")

    def test_a_limit_does_not_slip(self, net):
        assert net(SLIPPAGE, ONE, ticks(100, 111)) == D("9.5")
        # A limit stop that is marketable takes the book's price.
        assert net(SLIPPAGE, LIMITS, ticks(101, 100, D("94.5"))) == D("-5.5")

    def test_what_is_open_at_the_end_would_be_left_at_market(self, net):
        assert net(SLIPPAGE, ONE, ticks(100, 104)) == D("103.48") - D("100.5")

    def test_exits_in_percent_count_from_the_fill(self, simulated):
        found = simulated(IN_PERCENT, ticks(105, 98, 100, 111), risk=SLIPPAGE)["runs"][0]
        (step,) = found["steps"]
        # Bought at 100 · 1.005; from there 10 %, and sold at market: 111 · 0.995.
        assert (D(step["planned_price"]), D(step["filled_price"])) == (D("110.55"), D("110.445"))

    def test_the_path_of_prices_itself_is_what_excursions_are_told_of(self, simulated):
        found = simulated(ONE, ticks(100, 104, 96), risk=SLIPPAGE)["runs"][0]
        # From an entry at 100.5 to bids of 96 and 104.
        assert D(found["mae_percent"]).quantize(D("0.01")) == D("-4.48")
        assert D(found["mfe_percent"]).quantize(D("0.01")) == D("3.48")


class TestMakerAndTaker:
    FEES = "fee = {maker = 0.0002, taker = 0.0005}\n"

    def test_orders_that_waited_pay_the_makers_fee(self, net):
        risk = self.FEES + 'fee_model = {main = "quote"}\n'
        # 100 · 0.0002 and 110 · 0.0002.
        assert net(risk, LIMITS, ticks(101, 100, 111)) == 10 - D("0.042")

    def test_what_takes_out_of_the_book_pays_the_takers(self, net):
        risk = self.FEES + 'fee_model = {main = "quote"}\n'
        # At market for 100, stopped at 95.
        assert net(risk, ONE, ticks(100, 95)) == -5 - D("0.0975")
        # A limit that was marketable when it came: 99 · 0.0005; the target waited.
        assert net(risk, LIMITS, ticks(99, 111)) == 11 - D("0.0495") - D("0.022")

    def test_a_loss_at_the_stop_is_one_r_whoever_waited(self, simulated):
        body = ONE.replace(
            "order_type: market, units", "order_type: limit, price: {value: 100}, units"
        )
        for prices in (ticks(101, 100, 95), ticks(99, 95)):
            found = simulated(body, prices, risk=self.FEES)["runs"][0]
            assert D(found["r_multiple"]) == -1


class TestFunding:
    PRICES = candles(
        "101 101 99 100", "100 105 98 100", "100 111 100 110", "110 121 109 120", hours=8
    )
    MIRROR = candles("99 101 99 100", "100 102 95 100", "100 100 89 90", "90 91 79 80", hours=8)

    def test_a_long_pays_it_on_what_it_holds_from_candle_to_candle(self, simulated):
        found = simulated(geared("buy"), self.PRICES, risk=FUNDING, account="futures")["runs"][0]
        # 200 · 0.01 % each 8 hours: twice; then half is closed, and once for the other half.
        assert D(found["funding"]) == D("0.05")
        assert D(found["net"]) == 30 - D("0.05")
        realised = [D(event["realised"]) for event in found["events"]]
        assert realised[-3:] == [D("9.96"), D("29.95"), D("29.95")]

    def test_a_short_is_paid(self, simulated):
        found = simulated(geared("sell"), self.MIRROR, risk=FUNDING, account="futures")["runs"][0]
        assert (D(found["funding"]), D(found["net"])) == (D("-0.05"), D("30.05"))

    def test_it_goes_on_until_the_prices_end(self, simulated):
        prices = candles("101 101 99 100", "100 105 98 100", "100 104 100 103", hours=4)
        found = simulated(geared("buy"), prices, risk=FUNDING, account="futures")["runs"][0]
        # Three candles of four hours: half of 0.02 each.
        assert (D(found["funding"]), D(found["net"])) == (D("0.03"), 6 - D("0.03"))
        assert D(found["realised"]) == D("-0.03")

    def test_of_ticks_the_time_is_known(self, simulated):
        prices = ticks(101, (60, 100), (60 + 2880, 104))
        found = simulated(geared("buy"), prices, risk=FUNDING, account="futures")["runs"][0]
        # 48 minutes are a tenth of 8 hours.
        assert D(found["funding"]) == D("0.002")

    def test_spot_pays_none_and_nor_does_a_future_with_a_last_day(self, simulated):
        body = geared("buy").replace("enabled: true, type", "enabled: false, type")
        spot = simulated(body, self.PRICES, risk=FUNDING)["runs"][0]
        assert (spot["funding"], D(spot["net"])) == (None, 30)
        where = {"account": "futures", "pair": "USDT_BTC_240628"}
        dated = simulated(geared("buy"), self.PRICES, risk=FUNDING, **where)["runs"][0]
        assert (dated["funding"], D(dated["net"])) == (None, 30)

    def test_of_coin_margined_contracts_it_is_in_the_coin(self, simulated):
        risk = FUNDING + 'contracts = {"ETH_ETHUSD_PERP" = {size = 10, inverse = true}}\n'
        where = {"account": "futures", "pair": "ETH_ETHUSD_PERP"}
        found = simulated(geared("buy"), self.PRICES, risk=risk, **where)["runs"][0]
        # Two contracts of 10 at 100 are worth 0.2: 0.00002 each 8 hours, twice and a half.
        assert D(found["funding"]) == D("0.00005")

    def test_which_way_prices_took_inside_a_candle_makes_no_difference_to_it(self, simulated):
        # Entry and target are both within the candles, at times that nobody knows.
        prices = candles("101 105 99 104", "104 121 103 110", hours=8)
        shown = simulated(geared("buy"), prices, risk=FUNDING, account="futures")
        assert not shown["path_dependent"]
        assert D(shown["runs"][0]["funding"]) == D("0.02")

    def test_the_margin_that_is_lost_is_lost_beside_what_was_paid(self, simulated):
        prices = candles("101 101 99 100", "100 101 60 61", hours=8)
        body = geared("buy").split("    stop_loss")[0] + "    stop_loss: {enabled: false}\n"
        found = simulated(body, prices, risk=FUNDING, account="futures")["runs"][0]
        assert found["outcome"] == "liquidated"
        assert D(found["net"]) == -40 - D("0.02")


def test_the_same_way_that_was_entered_sooner_or_later_is_the_worst_and_the_best(simulated):
    # Above 101 a limit order at 100 is placed. In the first candle that may be before the low, and
    # then it is filled there, or after it: then it is filled in the second.
    body = """
    leverage: {enabled: true, type: isolated, value: 2}
    position: {type: buy, order_type: conditional, units: {value: 1}, price: {value: 100},
               conditional: {price: {value: 103, type: last}, order_type: limit}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: 110, type: bid}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 90, type: bid}}}
"""
    prices = candles("102 104 99 102", "102 105 99 104", "104 111 103 110", hours=8)
    shown = simulated(body, prices, "--path", "all", risk=FUNDING, account="futures")
    assert [D(found["funding"]) for found in shown["runs"]] == [D("0.02"), D("0.01")]
    assert (D(shown["worst_net"]), D(shown["best_net"])) == (D("9.98"), D("9.99"))


def test_a_walk_is_of_the_same_costs(simulate):
    risk = SLIPPAGE + "funding = 0.01\n"
    prices = candles("100 100 100 100", "100 111 100 110", "110 110 110 110", hours=8)
    body = "\n    leverage: {enabled: true, type: isolated, value: 2}" + ONE
    code, written = simulate(
        body, prices, "--walk", "3", "--format", "json", risk=risk, account="futures"
    )
    assert code == 0, written.err
    document = json.loads(written.out)
    validator("study").validate(document)
    (trade,) = document["trades"]
    (sample,) = trade["variants"][0]["past"]["samples"]
    # Bought at 100.5, 0.01005 paid for 8 hours, sold at 110; at risk were 100.5 − 94.525.
    assert D(sample["net"]) == D("9.5") - D("0.01005")
    assert abs(D(sample["r"]) - D("9.48995") / D("5.975")) < D("1E-18")
    assert trade["costs"]["slippage_percent"] == "0.5"


def test_what_it_is_counted_with_is_said_in_words(simulate):
    risk = "fee = {maker = 0.0002, taker = 0.0005}\nslippage = 0.1\nfunding = 0.01\n"
    told = "fees 0.02 % maker, 0.05 % taker, slippage 0.1 %, funding 0.01 % each 8 hours"
    code, written = simulate(geared("buy"), TestFunding.PRICES, risk=risk, account="futures")
    assert code == 0
    assert f"  {told}\n" in written.out
    assert "funding 0.05 USDT · in trade" in written.out
    assert "fees 0.086 · funding 0.05 · peak" in written.out
    _, walked = simulate(
        geared("buy"), TestFunding.PRICES, "--walk", "2", risk=risk, account="futures"
    )
    assert f"  {told}\n" in walked.out


def test_what_was_got_for_a_short_has_a_plus(simulate):
    _, written = simulate(geared("sell"), TestFunding.MIRROR, risk=FUNDING, account="futures")
    assert "funding +0.05 USDT" in written.out


def test_one_fee_alone_is_told_as_it_always_was(simulate):
    _, written = simulate(ONE, ticks(100, 111), risk="fee = 0.001\n")
    assert "slippage" not in written.out
    assert "funding" not in written.out


def test_json_is_as_published(simulate):
    code, written = simulate(
        geared("buy"), TestFunding.PRICES, "--format", "json", risk=FUNDING, account="futures"
    )
    assert code == 0
    document = json.loads(written.out)
    validator("simulation").validate(document)
    assert document["totals"][0]["funding"] == "0.05"
    assert document["trades"][0]["costs"]["funding_percent"] == "0.01"
