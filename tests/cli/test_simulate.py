"""``simulate`` as it is typed: figures worked out by hand, from simulation.md's vectors."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from smartplan.cli.app import run
from tests.price_rows import candles, ticks
from tests.workspace import Terminal

D = Decimal
LIMIT_BREAKEVEN = """
    position: {type: buy, order_type: limit, units: {value: 1}, price: {value: 100}}
    take_profit:
      enabled: true
      steps:
        - {order_type: limit, price: {value: 110, type: bid}, volume: 50}
        - {order_type: limit, price: {value: 120, type: bid}, volume: 50}
    stop_loss: {enabled: true, breakeven: true, order_type: market,
                conditional: {price: {value: 95, type: bid}}}
"""
TRAILING_ENTRY = """
    position: {type: buy, order_type: conditional, units: {value: 1},
               conditional: {price: {value: 100, type: ask}, order_type: market,
                             trailing: {enabled: true, percent: 2}}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {percent: 10, type: bid}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {percent: 5, type: bid}}}
"""
TRAILING_TARGET = """
    position: {type: buy, order_type: market, units: {value: 1}}
    take_profit: {enabled: true, steps: [{order_type: market, price: {value: 110, type: bid},
                  volume: 100, trailing: {enabled: true, percent: 3}}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 95, type: bid}}}
"""
TIMEOUT = """
    position: {type: buy, order_type: market, units: {value: 1}}
    take_profit: {enabled: false}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 95, type: bid}},
                timeout: {enabled: true, value: 60}}
"""
LIMIT_STOP = """
    position: {type: buy, order_type: market, units: {value: 1}}
    take_profit: {enabled: false}
    stop_loss: {enabled: true, order_type: limit, price: {value: 94},
                conditional: {price: {value: 95, type: bid}}}
"""
HELD = """
    skip_enter_step: true
    position: {type: buy, order_type: market, units: {value: 20}, price: {value: 0.10268}}
    take_profit:
      enabled: true
      steps:
        - {order_type: limit, price: {value: 0.3, type: bid}, volume: 35}
        - {order_type: limit, price: {value: 0.4, type: bid}, volume: 65}
    stop_loss: {enabled: true, order_type: market,
                conditional: {price: {value: 0.09754, type: bid}}}
"""
ONE_TARGET = """
    position: {type: buy, order_type: market, units: {value: 1}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: 110, type: bid}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 95, type: bid}}}
"""


@pytest.fixture
def simulate(tmp_path, monkeypatch, capsys):
    """Runs ``simulate`` on one body and answers its exit code and what it wrote."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "smartplan.toml").write_text('workspace = "t"\n[risk]\nfee = 0\n')

    def call(body, prices, *flags, name="one"):
        plan = f"trades:\n  {name}:\n    account: main\n    pair: USDT_BTC{body.rstrip()}\n"
        (tmp_path / "plan.yaml").write_text(plan if body else "")
        (tmp_path / "prices.csv").write_text(prices)
        code = run(["simulate", "plan.yaml", "--prices", "prices.csv", *flags])
        return code, capsys.readouterr()

    return call


@pytest.fixture
def simulated(simulate):
    """The JSON of the only trade."""

    def call(body, prices, *flags):
        code, written = simulate(body, prices, "--format", "json", *flags)
        assert code == 0, written.err
        return json.loads(written.out)["trades"][0]

    return call


def filled(result):
    return [
        (event["event"], D(event["price"]), D(event["units"]))
        for event in result["events"]
        if event["event"].endswith("_filled")
    ]


class TestVectors:
    def test_a_limit_entry_two_targets_and_breakeven(self, simulated):
        prices = ticks(103, 101, 99.5, 104, 111, 106, 99)
        result = simulated(LIMIT_BREAKEVEN, prices)["runs"][0]
        assert filled(result) == [
            ("entry_filled", 100, 1),
            ("take_profit_filled", 110, D("0.5")),
            ("stop_filled", 99, D("0.5")),
        ]
        assert result["entered_at"] == "2026-11-22T00:00:02+00:00"
        moved = [event["stop"] for event in result["events"] if event["event"] == "stop_moved"]
        assert moved == ["100"]
        assert (result["net"], result["outcome"]) == ("4.5", "stop_loss")
        # 5 were at risk; the best bid was 111, the worst 99, from an entry at 100.
        assert (result["percent"], result["r_multiple"]) == ("4.5", "0.9")
        assert (result["mae_percent"], result["mfe_percent"]) == ("-1", "11")
        assert result["seconds_in_trade"] == 4

    def test_a_trailing_entry_prices_percents_from_its_fill(self, simulated):
        result = simulated(TRAILING_ENTRY, ticks(105, 100, 97, 98, 99, 109))["runs"][0]
        assert filled(result) == [("entry_filled", 99, 1), ("take_profit_filled", D("108.9"), 1)]
        entry = next(event for event in result["events"] if event["event"] == "entry_filled")
        assert entry["stop"] == "94.05"
        assert (result["net"], result["outcome"]) == ("9.9", "take_profit")

    def test_a_trailing_target(self, simulated):
        result = simulated(TRAILING_TARGET, ticks(100, 110, 115, 112, 111))["runs"][0]
        assert filled(result)[-1] == ("take_profit_filled", 111, 1)
        assert result["net"] == "11"

    def test_a_stop_with_a_timeout(self, simulated):
        path = [(0, 100), (10, 94), (40, 96), (50, 94.5), (80, 94), (110, 93.9)]
        result = simulated(TIMEOUT, ticks(*path))["runs"][0]
        resets = [e["time"] for e in result["events"] if e["event"] == "stop_timer_reset"]
        assert resets == ["2026-11-22T00:00:40+00:00"]
        assert filled(result)[-1] == ("stop_filled", D("93.9"), 1)
        assert result["net"] == "-6.1"
        # What a stop that waits can lose is not bounded, so there is no R.
        assert result["r_multiple"] is None

    def test_a_limit_stop_stays_open_until_its_price_returns(self, simulated):
        result = simulated(LIMIT_STOP, ticks(100, 96, 93, 92))["runs"][0]
        assert (result["outcome"], result["open_units"]) == ("open", "1")
        assert result["unprotected_since"] == "2026-11-22T00:00:02+00:00"
        assert result["net"] == "-8"
        result = simulated(LIMIT_STOP, ticks(100, 96, 93, 92, 94.2))["runs"][0]
        assert filled(result)[-1] == ("stop_filled", 94, 1)
        assert (result["net"], result["unprotected_since"]) == ("-6", None)

    def test_a_position_that_is_held_already(self, simulated):
        result = simulated(HELD, ticks(0.1027, 0.35, 0.09), "--lot-step", "1")["runs"][0]
        assert filled(result) == [
            ("take_profit_filled", D("0.3"), 7),
            ("stop_filled", D("0.09"), 13),
        ]
        assert result["net"] == "1.2164"

    def test_one_candle_that_depends_on_its_path(self, simulated):
        found = simulated(ONE_TARGET, candles("100 111 94 105"), "--path", "all")
        assert [(run["net"], run["outcome"]) for run in found["runs"]] == [
            ("-5", "stop_loss"),
            ("10", "take_profit"),
        ]
        assert found["path_dependent"]


class TestPaths:
    def test_the_worst_path_is_what_is_shown_and_the_best_is_named(self, simulate):
        code, written = simulate(ONE_TARGET, candles("100 111 94 105"))
        assert code == 0
        assert "stop_loss · net -5 USDT (-5 %, -1.00 R)" in written.out
        assert "DEPENDS" in written.out
        assert "best +10 USDT" in written.out

    def test_a_result_that_does_not_depend_on_the_path_says_so(self, simulate):
        _, written = simulate(ONE_TARGET, candles("100 101 99 100", "100 111 99 110"))
        assert "take_profit · net +10 USDT" in written.out
        assert "the same whichever way" in written.out

    def test_a_gap_fills_the_stop_at_the_open(self, simulated):
        found = simulated(ONE_TARGET, candles("100 101 99 100", "80 82 79 81"))
        assert filled(found["runs"][0])[-1] == ("stop_filled", 80, 1)

    def test_breakeven_may_count_the_fees(self, simulate, tmp_path):
        prices = ticks(103, 100, 111)
        toml = "[risk]\nfee = 0.001\n"
        stops = {}
        for basis in ("entry", "entry_with_fees"):
            simulate(LIMIT_BREAKEVEN, prices)
            (tmp_path / "smartplan.toml").write_text(toml)
            flags = ("--breakeven-basis", basis, "--format", "json")
            _, written = simulate(LIMIT_BREAKEVEN, prices, *flags)
            result = json.loads(written.out)["trades"][0]["runs"][0]
            stops[basis] = D(result["events"][-1]["stop"])
        # 100 / 0.999², as the fee shrinks what is bought and what is sold.
        assert stops["entry"] == 100
        assert stops["entry_with_fees"].quantize(D("1e-10")) == D("100.2003004005")


class TestEndings:
    def test_an_entry_that_never_fills(self, simulated):
        result = simulated(LIMIT_BREAKEVEN, ticks(103, 104))["runs"][0]
        assert (result["outcome"], result["net"]) == ("never_entered", "0")

    def test_a_position_that_is_still_open_counts_at_the_last_price(self, simulated):
        result = simulated(ONE_TARGET, ticks(100, 104))["runs"][0]
        assert (result["outcome"], result["realised"], result["net"]) == ("open", "0", "4")

    def test_an_entry_that_is_still_unfilled_at_valid_until_expires(self, simulated):
        body = LIMIT_BREAKEVEN + '    lifecycle: {valid_until: "2026-11-22T00:00:02Z"}\n'
        result = simulated(body, ticks(103, 102, 99))["runs"][0]
        assert (result["outcome"], result["entered_at"]) == ("expired", None)
        result = simulated(body, ticks(103, 99, 110))["runs"][0]
        assert result["outcome"] == "open"

    def test_what_the_plan_does_not_want_open_is_not_opened(self, simulated):
        body = ONE_TARGET + "    lifecycle: {state: closed}\n"
        result = simulated(body, ticks(100, 110))["runs"][0]
        assert (result["outcome"], result["events"]) == ("cancelled", [])

    def test_prices_outside_expect_open_nothing(self, simulated):
        body = ONE_TARGET + "    lifecycle: {expect: {price: 100, within: 1}}\n"
        assert simulated(body, ticks(102, 110))["runs"][0]["outcome"] == "never_entered"
        assert simulated(body, ticks(101, 110))["runs"][0]["outcome"] == "take_profit"


class TestFees:
    def test_fees_are_counted_in_quote_money_and_taken_from_the_result(self, simulated, tmp_path):
        simulated(ONE_TARGET, ticks(100, 110))
        (tmp_path / "smartplan.toml").write_text("[risk]\nfee = 0.001\n")
        result = simulated(ONE_TARGET, ticks(100, 110))["runs"][0]
        # Bought 1 for 100: 0.999 arrive; sold for 109.89 less 0.10989.
        assert (result["entered_units"], result["cost"]) == ("0.999", "100")
        assert D(result["net"]) == D("109.89") * D("0.999") - 100
        assert D(result["fees"]) == D("0.1") + D("0.10989")


class TestTrailingStop:
    BODY = """
    position: {type: buy, order_type: market, units: {value: 1}}
    take_profit: {enabled: false}
    stop_loss: {enabled: true, order_type: market,
                conditional: {price: {value: 180, type: bid}, trailing: {enabled: true}}}
"""

    def test_it_is_shifted_by_the_absolute_move_and_never_back(self, simulated):
        """Entry 200, stop 180: 185 at 205, 205 at 225, and 204 fires it."""
        (run,) = simulated(self.BODY, ticks(200, 205, 225, 204))["runs"]
        assert (run["outcome"], run["net"]) == ("stop_loss", "4")
        assert run["events"][-1]["price"] == "204"
        moves = [event["price"] for event in run["events"] if event["event"] == "stop_trailed"]
        assert moves == ["185", "205"]
        (still,) = simulated(self.BODY, ticks(200, 205, 186))["runs"]
        assert (still["outcome"], still["net"]) == ("open", "-14")

    def test_the_risk_is_that_of_the_stop_where_it_stands(self, simulated):
        (run,) = simulated(self.BODY, ticks(200, 205, 225, 204))["runs"]
        assert run["r_multiple"] == "0.2"


class TestSeveralTrades:
    PLAN = """
  two:
    account: main
    pair: USDT_BTC
    position: {type: sell, order_type: limit, units: {value: 2}, price: {value: 105}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: 90, type: ask}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 112, type: ask}}}
"""

    def test_totals_and_the_peak_of_what_was_open_together(self, simulate):
        prices = ticks(100, 105, 110, 112)
        code, written = simulate(ONE_TARGET + self.PLAN, prices, "--format", "json")
        assert code == 0
        (total,) = json.loads(written.out)["totals"]
        # Long 1 from 100 to 110; short 2 from 105 to 112; at 105 both were open.
        assert total == {
            "quote": "USDT",
            "trades": 2,
            "net": "-4",
            "fees": "0",
            "funding": None,
            "peak_exposure": "310",
            "peak_at": "2026-11-22T00:00:01+00:00",
        }

    def test_a_pair_without_prices_is_left_out_by_name(self, simulate, tmp_path):
        both = ONE_TARGET + self.PLAN.replace("USDT_BTC", "USDT_ETH")
        code, written = simulate(both, ticks(100, 110))
        assert code == 2
        assert "whose prices are these?" in written.err
        assert "--prices USDT_BTC=prices.csv" in written.err
        code = run(["simulate", "plan.yaml", "--prices", "USDT_BTC=prices.csv"])
        assert code == 0


class TestFormats:
    def test_csv_has_a_row_per_event(self, simulate):
        _, written = simulate(ONE_TARGET, ticks(100, 110), "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(written.out)))
        assert [row["event"] for row in rows] == ["entry_filled", "take_profit_filled", "finished"]
        assert (rows[1]["trade"], rows[1]["price"], rows[1]["realised"]) == ("one", "110", "10")

    def test_text_shows_events_steps_and_the_strip(self, simulate):
        _, written = simulate(LIMIT_BREAKEVEN, ticks(103, 101, 99.5, 104, 111, 106, 99))
        for line in (
            "USDT_BTC · 7 ticks of prices.csv · 2026-11-22 00:00:00 to 2026-11-22 00:00:06 UTC",
            "stop_loss · net +4.50 USDT (+4.5 %, 0.90 R) · fees 0 USDT · in trade 4 s",
            "MAE -1 % at 99 · MFE +11 % at 111",
            "TP1     50 %  0.5 @ 110  0.5 @ 110  finished",
            "Total USDT: 1 trade · net +4.50 · fees 0 · peak exposure 100 at",
        ):
            assert line in written.out
        assert "\x1b" not in written.out
        for level in ("TP2 120", "TP1 110", "entry 100", "SL 95"):
            assert any(line.endswith(level) for line in written.out.splitlines())

    def test_an_event_row_says_what_the_stop_is_now(self, simulate):
        _, written = simulate(LIMIT_BREAKEVEN, ticks(103, 99.5, 111))
        row = next(line for line in written.out.splitlines() if "take profit 1 filled" in line)
        assert row.split() == [
            *("2026-11-22", "00:00:02", "waiting_targets"),
            *("take", "profit", "1", "filled", "110", "0.5", "+5", "100"),
        ]


class TestRefusals:
    def test_a_plan_with_errors_is_not_simulated(self, simulate):
        code, written = simulate(ONE_TARGET.replace("value: 95", "value: 120"), ticks(100))
        assert code == 1
        assert "SP403" in written.err

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("2026-11-22T00:00:01Z,1_0,10,10", "prices.csv:3: bid is `1_0`, not a price"),
            ("2026-11-22T00:00:01Z,NaN,10,10", "prices.csv:3: bid is `NaN`, not a price"),
            ("2026-11-22T00:00:01Z,0,10,10", "prices.csv:3: bid is `0`, not a price"),
            ("2026-11-22T00:00:01Z,11,10,10", "prices.csv:3: the bid 11 is above the ask 10"),
            ("2026-11-22T00:00:01Z,10", "prices.csv:3: 2 columns are too few"),
            ("2026-11-22T00:00:01,10,10,10", "prices.csv:3: the time 2026-11-22T00:00:01 has no"),
            ("yesterday,10,10,10", "prices.csv:3: ts is `yesterday`, not a time"),
            ("2026-11-21T00:00:01Z,10,10,10", "prices.csv:3: 2026-11-21 00:00:01 UTC goes back"),
        ],
    )
    def test_a_row_that_cannot_be_used_is_named_with_its_line(self, simulate, row, said):
        code, written = simulate(ONE_TARGET, ticks(100) + row + "\n")
        assert code == 2
        assert said in written.err
        assert written.out == ""

    def test_prices_are_required(self, simulate):
        assert run(["simulate", "plan.yaml"]) == 2


class TestLongFiles:
    def prices(self, rows):
        start = datetime(2026, 1, 1, tzinfo=UTC)
        times = (f"{start + timedelta(minutes=n):%Y-%m-%dT%H:%M:%SZ}" for n in range(rows))
        lines = [f"{time},100.00000000,101.00000000,99.00000000,100.00000000" for time in times]
        return "ts,open,high,low,close\n" + "\n".join(lines) + "\n"

    def test_a_terminal_shows_a_bar_that_arrives(self, simulate, monkeypatch):
        terminal = Terminal()
        monkeypatch.setattr("sys.stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        code, _ = simulate(ONE_TARGET, self.prices(60_000))
        assert code == 0
        assert "reading" in terminal.getvalue()
        assert "100%" in terminal.getvalue()

    def test_elsewhere_it_is_one_line_and_stdout_stays_what_it_is(self, simulate):
        code, written = simulate(ONE_TARGET, self.prices(60_000), "--format", "json")
        assert code == 0
        assert written.err == "reading 4 MB of prices\n"
        json.loads(written.out)

    def test_short_files_say_nothing(self, simulate):
        _, written = simulate(ONE_TARGET, self.prices(60))
        assert written.err == ""


BUY_STOP = """
    position: {type: buy, order_type: conditional, units: {value: 1},
               conditional: {price: {value: 103, type: last}, order_type: market}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: 105, type: last}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 98, type: last}}}
"""
LIMIT = """
    position: {type: buy, order_type: limit, units: {value: 1}, price: {value: 100}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: 105, type: last}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 98, type: last}}}
"""


class TestEveryWay:
    def nets(self, found):
        return [(run["path"], run["net"]) for run in found["runs"]]

    def test_after_an_entry_the_price_may_turn_to_either_extreme(self, simulated):
        """Up to 103 and down to 97 stops it at 98; on to 106 wins 2."""
        found = simulated(BUY_STOP, candles("100 106 97 105"), "--path", "all")
        assert self.nets(found) == [("worst", "-5"), ("best", "2")]
        assert found["path_dependent"]

    def test_the_second_candle_goes_on_from_every_state_of_the_first(self, simulated):
        rows = candles("101 106 99.5 102", "102 106 97 105")
        found = simulated(LIMIT, rows, "--path", "all")
        assert self.nets(found) == [("worst", "-2"), ("best", "5")]

    def test_a_candle_fills_nothing_after_valid_until(self, simulated):
        """The low may have come before 00:00:30, or after it."""
        body = LIMIT + '    lifecycle: {valid_until: "2026-11-22T00:00:30Z"}\n'
        found = simulated(body, candles("101 102 99 101", "101 106 101 105"), "--path", "all")
        filled, expired = sorted(found["runs"], key=lambda run: run["outcome"], reverse=True)
        assert [run["outcome"] for run in (filled, expired)] == ["take_profit", "expired"]
        assert filled["entered_at"] < "2026-11-22T00:00:30"
        body = LIMIT + '    lifecycle: {valid_until: "2026-11-22T00:01:00Z"}\n'
        found = simulated(body, candles("101 102 100.5 101", "101 106 99 105"), "--path", "all")
        assert [run["outcome"] for run in found["runs"]] == ["expired"]

    def test_what_was_entered_and_left_at_one_moment_was_open(self, simulate):
        _, written = simulate(ONE_TARGET, ticks(120), "--format", "json")
        (total,) = json.loads(written.out)["totals"]
        # A market entry at 120 finds its target at 110 reached already.
        assert (total["peak_exposure"], total["net"]) == ("120", "-10")


class TestInstant:
    BODY = """
    instant: true
    position: {type: %s, order_type: market, units: {value: 0.01}}
    take_profit: {enabled: false}
    stop_loss: {enabled: false}
"""

    @pytest.mark.parametrize(
        ("side", "last", "net"),
        [("buy", 62000, "18.76062"), ("sell", 58000, "18.82")],
    )
    def test_it_is_an_open_position_until_the_prices_end(
        self, simulated, tmp_path, side, last, net
    ):
        simulated(self.BODY % side, ticks(60000, last))
        (tmp_path / "smartplan.toml").write_text("[risk]\nfee = 0.001\n")
        (run,) = simulated(self.BODY % side, ticks(60000, 61000, 60500, last))["runs"]
        # 0.00999 · 62000 · 0.999 − 600; sold: 600 · 0.999 − 0.01 · 58000 · 1.001.
        assert (run["outcome"], run["net"]) == ("open", net)
        assert run["seconds_in_trade"] == 3
        assert D(run["open_units"]) == (D("0.00999") if side == "buy" else D("0.01"))
        assert D(run["mfe_percent" if side == "buy" else "mae_percent"]) != 0

    def test_the_first_price_after_it_counts(self, simulated):
        (run,) = simulated(self.BODY % "buy", ticks(60000, 63000, 60000))["runs"]
        assert (run["mae_percent"], run["mfe_percent"]) == ("0", "5")

    def test_on_candles_too(self, simulated):
        rows = candles("60000 60010 59990 60000", "61000 63000 58000 62000")
        (run,) = simulated(self.BODY % "buy", rows)["runs"]
        assert (run["outcome"], run["net"]) == ("open", "20")
        assert (D(run["mae_percent"]).quantize(D("0.01")), run["mfe_percent"]) == (D("-3.33"), "5")


class TestLiquidation:
    BODY = """
    position: {type: buy, order_type: market, units: {value: 0.1}}
    leverage: {enabled: true, type: isolated, value: 20}
    take_profit: {enabled: false}
    stop_loss: {enabled: false}
"""

    def test_a_path_across_the_liquidation_price_ends_there(self, simulate, tmp_path):
        prices = candles(
            "60000 60010 59990 60000", "60000 60000 42000 43000", "43000 66000 43000 66000"
        )
        simulate(self.BODY, prices)
        (tmp_path / "smartplan.toml").write_text("[risk]\nfee = 0.001\n")
        code, written = simulate(self.BODY, prices, "--format", "json")
        assert code == 0, written.err
        (run,) = json.loads(written.out)["trades"][0]["runs"]
        # 6000 held with 20 times leverage: 300 is the margin, and not +587.40 at 66000.
        assert (run["outcome"], run["net"], run["realised"]) == ("liquidated", "-300", "-300")
        # 60000 · (1 − 1/20) / (1 − 0.025), a little above it for the fee of closing
        assert D(58461) < D(run["liquidated_at"]) < D(58600)
        assert run["open_units"] == "0"
        _, written = simulate(self.BODY, prices)
        assert "which is an estimate" in written.out
        # Nobody needs fifty digits of an estimate.
        assert all(len(line) < 130 for line in written.out.splitlines())

    def test_a_stop_before_it_holds(self, simulated):
        body = self.BODY.replace(
            "stop_loss: {enabled: false}",
            "stop_loss: {enabled: true, order_type: market,"
            " conditional: {price: {value: 59000, type: bid}}}",
        )
        (run,) = simulated(body, candles("60000 60010 59990 60000", "60000 60000 42000 43000"))[
            "runs"
        ]
        assert (run["outcome"], run["net"]) == ("stop_loss", "-100")
