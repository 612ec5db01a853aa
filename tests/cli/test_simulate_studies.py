"""``simulate --walk``, ``--sweep`` and what belongs to them, as they are typed."""

import csv
import io
import json
import re
from decimal import Decimal

import pytest

from smartplan.cli.app import run
from tests.price_rows import candles
from tests.schemas import validator
from tests.workspace import Terminal

D = Decimal
PLAN = """
trades:
  one:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: market, units: {value: 1}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: 110, type: bid}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 95, type: bid}}}
"""
# From each open 100: up to 111 (+10, 2 R), down to 94 (−5, −1 R), and a last one that stays (+1).
ROWS = ["100 101 99 100", "100 111 100 100", "100 101 99 100", "100 100 94 100"]
ROWS += ["100 101 99 100", "100 112 99 100", "100 101 99 100", "100 101 99 101"]


@pytest.fixture
def simulate(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "smartplan.toml").write_text('workspace = "t"\n[risk]\nfee = 0\n')
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "prices.csv").write_text(candles(*ROWS, hours=1))

    def call(*flags):
        code = run(["simulate", "plan.yaml", "--prices", "prices.csv", *flags])
        return code, capsys.readouterr()

    return call


@pytest.fixture
def studied(simulate):
    def call(*flags):
        code, written = simulate("--format", "json", *flags)
        assert code == 0, written.err
        study = json.loads(written.out)
        validator("study").validate(study)
        return study["trades"][0]["variants"]

    return call


class TestWalk:
    def test_each_start_is_a_trade_of_its_own(self, studied):
        (found,) = studied("--walk", "2")
        samples, figures = found["past"]["samples"], found["past"]["worst"]
        assert [(s["ending"], s["net"], s["r"]) for s in samples] == [
            ("take_profit", "10", "2"),
            ("stop_loss", "-5", "-1"),
            ("take_profit", "10", "2"),
            ("open", "1", "0.2"),
        ]
        assert (figures["n"], figures["filled"], figures["wins"], figures["losses"]) == (4, 4, 3, 1)
        assert (figures["expectancy"], figures["median_r"], figures["net"]) == ("0.8", "1.1", "16")
        # 5 / (7 + 5): the mean win is 21/3.
        assert D(figures["needed_rate"]).quantize(D("0.0001")) == D("0.4167")
        assert [point["r"] for point in found["past"]["curve"]] == ["2", "1", "3", "3.2"]
        assert (figures["drawdown"], figures["losing_run"], figures["profit_factor"]) == (
            "5",
            1,
            "4.2",
        )

    def test_the_text_fits_a_terminal_and_says_n(self, simulate):
        code, written = simulate("--walk", "2")
        assert code == 0
        assert all(len(line) <= 80 for line in written.out.splitlines())
        assert "n 4 starts · 4 filled · 3 won · 1 lost · 1 still open at the end" in written.out
        assert "win rate 75 % of 4, needed 41.7 %" in written.out
        assert "mean R 0.80 of 4" in written.out

    def test_starts_that_overlap_are_counted(self, studied, simulate):
        # Those at 0 and 1 end in the second candle, those at 2 and 3 in the fourth, two in the
        # sixth, and the last two with the prices.
        (found,) = studied("--walk", "1")
        assert (found["past"]["worst"]["filled"], found["past"]["worst"]["overlapping"]) == (8, 4)
        _, written = simulate("--walk", "1")
        assert "4 of 8 began while an earlier one was open" in written.out
        _, written = simulate("--walk", "2")
        assert "0 of 4 began while an earlier one was open" in written.out
        assert "began while" not in simulate("--walk", "8")[1].out

    def test_the_page_shows_the_worst_the_median_and_the_best_start(self, simulate, tmp_path):
        simulate("--walk", "2", "--report", "html=page.html")
        page = (tmp_path / "page.html").read_text()
        told = re.findall(r"<h3>(\w+ start: [^<]*?) <span class=\"dim\">(.*?)</span>", page)
        assert told == [
            ("Worst start: 2026-11-22 02:00:00 UTC", "stop loss"),
            ("Median start: 2026-11-22 06:00:00 UTC", "open"),
            ("Best start: 2026-11-22 04:00:00 UTC", "take profit"),
        ]
        assert "net -5 USDT (-5 %, -1.00 R)" in page

    def test_of_few_starts_none_is_shown_twice(self, simulate, tmp_path):
        simulate("--walk", "8", "--report", "html=page.html")
        page = (tmp_path / "page.html").read_text()
        assert re.findall(r"(\w+) start:", page) == ["Only"] * page.count(" start:")
        simulate("--walk", "4", "--report", "html=page.html")
        page = (tmp_path / "page.html").read_text()
        assert dict.fromkeys(re.findall(r"(\w+) start:", page)) == {"Worst": None, "Best": None}

    def test_worst_and_best_ways(self, simulate, tmp_path, studied):
        (tmp_path / "prices.csv").write_text(candles("100 111 94 105", hours=1))
        (found,) = studied("--walk", "1")
        assert (found["past"]["worst"]["net"], found["past"]["best"]["net"]) == ("-5", "10")
        _, written = simulate("--walk", "1", "--path", "all")
        assert "path: worst" in written.out
        assert "path: best" in written.out

    def test_an_anchor_moves_the_plan_along(self, studied, tmp_path):
        rows = ["100 101 99 100", "100 111 100 111", "200 201 199 200", "200 221 200 220"]
        (tmp_path / "prices.csv").write_text(candles(*rows, hours=1))
        (still,) = studied("--walk", "2")
        # A stop at 95 and a target at 110 say nothing at 200: the target is reached at once.
        assert [sample["net"] for sample in still["past"]["samples"]] == ["10", "-90"]
        (moved,) = studied("--walk", "2", "--anchor")
        assert [sample["net"] for sample in moved["past"]["samples"]] == ["10", "20"]
        assert [sample["r"] for sample in moved["past"]["samples"]] == ["2", "2"]
        assert studied("--walk", "2", "--anchor", "100") == [moved]

    def test_a_plan_is_valid_for_as_long_at_each_start(self, studied, tmp_path):
        limit = PLAN.replace(
            "order_type: market, units: {value: 1}",
            "order_type: limit, units: {value: 1}, price: {value: 99}",
        )
        (tmp_path / "plan.yaml").write_text(
            limit + '    lifecycle: {valid_until: "2026-11-22T02:00:00Z"}\n'
        )
        rows = ["100 101 99.5 100", "100 101 99.5 100", "100 101 98 100"] * 2
        (tmp_path / "prices.csv").write_text(candles(*rows, hours=1))
        (found,) = studied("--walk", "1")
        endings = [sample["ending"] for sample in found["past"]["samples"]]
        assert endings[:4] == ["expired", "open", "open", "expired"]

    def test_csv_has_a_row_per_start(self, simulate):
        _, written = simulate("--walk", "2", "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(written.out)))
        assert [row["r"] for row in rows] == ["2", "-1", "2", "0.2"]


class TestSweep:
    FLAGS = ("--walk", "2", "--sweep", "stop=2%,5%,7%", "--sweep", "tp=1%,10%")

    def test_variants_are_listed_from_the_best_on(self, studied):
        found = studied(*self.FLAGS)
        assert len(found) == 6
        ranks = [D(variant["past"]["worst"]["expectancy"]) for variant in found]
        assert ranks == sorted(ranks, reverse=True)
        assert all(variant["past"]["worst"]["n"] == 4 for variant in found)
        assert found[0]["past"]["samples"]
        assert not found[1]["past"]["samples"]
        planned = next(v for v in found if v["variant"] == {"stop": "5%", "tp": "10%"})
        assert planned["past"]["worst"]["expectancy"] == "0.8"

    def test_what_is_held_out_is_told_first(self, studied, simulate):
        found = studied(*self.FLAGS, "--holdout", "50%")
        best = found[0]
        assert (best["past"]["worst"]["n"], best["held_out"]["worst"]["n"]) == (2, 2)
        assert best["past"]["end"] == best["held_out"]["start"] == "2026-11-22T04:00:00+00:00"
        # +10 with 2 at risk are 5 R, and 1 R is lost: 2 on average, and with 5 % no more than 0.5.
        assert best["variant"] == {"stop": "2%", "tp": "10%"}
        assert best["past"]["worst"]["expectancy"] == "2"
        code, written = simulate(*self.FLAGS, "--holdout", "50%")
        assert code == 0
        assert written.out.index("held out:") < written.out.index("the past it was chosen in:")
        assert all(len(line) <= 80 for line in written.out.splitlines())

    def test_a_grid(self, studied, tmp_path):
        (tmp_path / "grid.csv").write_text("stop,tp\n5%,10%\n2%,4%\n")
        found = studied("--walk", "2", "--grid", "grid.csv")
        assert {variant["text"] for variant in found} == {"stop=5% tp=10%", "stop=2% tp=4%"}

    def test_csv_has_a_row_per_variant(self, simulate):
        _, written = simulate(*self.FLAGS, "--holdout", "50%", "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(written.out)))
        assert len(rows) == 6
        assert (rows[0]["stop"], rows[0]["n"], rows[0]["after_n"]) == ("2%", "2", "2")

    def test_processes_say_the_same_to_the_last_digit(self, simulate, monkeypatch):
        monkeypatch.setattr("smartplan.simulation.workers.LITTLE", 1)
        flags = (*self.FLAGS, "--holdout", "50%", "--format", "json")
        alone = simulate(*flags, "--jobs", "1")[1].out
        assert simulate(*flags, "--jobs", "2")[1].out == alone

    def test_a_terminal_shows_a_bar_that_arrives(self, simulate, monkeypatch):
        terminal = Terminal()
        monkeypatch.setattr("sys.stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        code, _ = simulate("--sweep", "stop=1%..9%/0.05%", "--jobs", "1")
        assert code == 0
        assert "simulating" in terminal.getvalue()
        assert "100%" in terminal.getvalue()


class TestDetail:
    def test_finer_candles_decide_what_a_coarse_one_leaves_open(self, simulate, tmp_path, capsys):
        (tmp_path / "prices.csv").write_text(candles("100 111 94 105", "105 106 104 105", hours=1))
        rows = ["100 111 100 110", "110 110 94 95", "95 106 95 105", "105 105 104 105"]
        lines = [
            f"2026-11-22T00:{15 * n:02}:00Z,{row.replace(' ', ',')}" for n, row in enumerate(rows)
        ]
        (tmp_path / "fine.csv").write_text("ts,open,high,low,close\n" + "\n".join(lines) + "\n")
        _, written = simulate("--format", "json")
        assert json.loads(written.out)["trades"][0]["path_dependent"]
        _, written = simulate("--format", "json", "--detail", "fine.csv")
        (trade,) = json.loads(written.out)["trades"]
        assert (trade["path_dependent"], trade["worst_net"]) == (False, "10")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--anchor",), "--anchor belongs to --walk"),
        (("--holdout", "30%"), "--holdout belongs to --walk"),
        (("--walk", "2", "--holdout", "100%"), "less than 100%"),
        (("--walk", "2", "--holdout", "x"), "not a number above 0"),
        (("--walk", "2", "--anchor", "0"), "not a number above 0"),
        (("--sweep", "stop"), "is varied"),
        (("--sweep", "stop=150%"), "refuse it: stop_loss[conditional][price][value] must be"),
        (("--sweep", "stop=0,5%"), "--sweep stop=0,5%: `0` is no price and no percent"),
        (("--sweep", "stop=1,5%"), "some are prices, some percents"),
        (("--sweep", "stop=5x"), "--sweep stop=5x: `5x` is no price"),
        (("--walk", "2", "--holdout", "1%"), "of 8 rows that leaves nothing on one side"),
        (("--report", "html=x.html"), "--report is for a walk or a sweep"),
        (("--walk", "2", "--backend", "dask"), "which cluster?"),
    ],
)
def test_what_is_refused(simulate, flags, said):
    code, written = simulate(*flags)
    assert code == 2
    assert said in written.err
