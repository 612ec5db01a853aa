"""``report``: figures by hand, one page that loads nothing, and honest gaps."""

import json
import re
from html.parser import HTMLParser

import pytest

from smartplan.cli.app import run

TOML = """
workspace = "desk"
[risk]
equity = {USDT = 10000}
"""
PLAN = """
trades:
  btc-swing:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
    take_profit:
      enabled: true
      steps:
        - {order_type: limit, price: {value: 66000, type: bid}, volume: 50}
        - {order_type: market, price: {value: 72000, type: bid}, volume: 50,
           trailing: {enabled: true, percent: 2}}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""
PRICES = """ts,open,high,low,close
2026-11-22T00:00:00Z,61000,61500,59000,60500
2026-11-22T00:01:00Z,60500,67000,60000,66500
2026-11-22T00:02:00Z,66500,74000,66000,73000
2026-11-22T00:03:00Z,73000,73000,70000,70500
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("SMARTPLAN_BASE_URL", "SMARTPLAN_API_KEY", "SMARTPLAN_API_SECRET"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "smartplan.toml").write_text(TOML)
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "prices.csv").write_text(PRICES)
    return tmp_path


@pytest.fixture
def written(folder):
    """The content of one report."""

    def call(name, *flags):
        file = folder / f"report.{name}"
        assert run(["report", "plan.yaml", "--report", f"{name}={file}", *flags]) == 0
        return file.read_text(encoding="utf-8")

    return call


class Page(HTMLParser):
    """The visible text, and everything a browser would load or run."""

    def __init__(self, text):
        super().__init__()
        self.text, self.loads, self.scripts, self.styles = [], [], 0, 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.scripts += tag in {"script", "iframe", "object", "embed"}
        self.scripts += sum(name.startswith("on") for name, _ in attrs)
        self.styles += sum(name == "style" for name, _ in attrs)
        self.loads += [value for name, value in attrs if name in {"src", "href", "xlink:href"}]

    def handle_data(self, data):
        self.text.append(data)


class TestText:
    def test_a_ladder_is_drawn_to_scale_from_the_top(self, folder, capsys):
        assert run(["report", "plan.yaml"]) == 0
        out = capsys.readouterr().out
        names = ("TP2  50 % trailing 2 %", "TP1  50 %", "market", "break-even", "entry", "SL")
        places = [out.index(f"+ {name}") for name in names]
        assert places == sorted(places)
        lines = out[: out.index("+ SL")].split("\n")
        ladder = [line for line in lines if line.endswith("|") or "+ " in line]
        at = next(n for n, line in enumerate(ladder) if "+ TP1" in line)
        # From 72000 to 55000 are 17000: TP1 is 6/17 of the way down to the stop.
        assert at == round(6 / 17 * len(ladder))

    def test_what_apply_would_do_is_in_it(self, folder, capsys):
        assert run(["report", "plan.yaml"]) == 0
        assert "Changes: 1 to create" in capsys.readouterr().out

    def test_offline_says_so_and_shows_the_rest(self, folder, capsys, monkeypatch):
        monkeypatch.setenv("SMARTPLAN_BASE_URL", "http://127.0.0.1:1/public/api")
        assert run(["report", "plan.yaml"]) == 0
        out = capsys.readouterr().out
        assert "offline: " in out
        assert "loss at stop 51.10" in out
        assert "market" not in [line.rpartition("+ ")[2] for line in out.splitlines()]


class TestHtml:
    def test_the_figures_are_on_the_page(self, written):
        text = " ".join(Page(written("html")).text)
        # 0.01·(60000 − 55000·0.999²) = 51.1; reward: (0.5·66000 + 0.5·70560)·0.999² − 60000.
        for value in ("600 USDT", "51.10 USDT", "0.52 %", "1.59", "60120.19", "Changes: 1 to cr"):
            assert value in text

    def test_it_loads_nothing_and_runs_nothing(self, written):
        page = written("html", "--prices", "prices.csv")
        parsed = Page(page)
        assert (parsed.loads, parsed.scripts, parsed.styles) == ([], 0, 0)
        assert "default-src 'none'" in page
        assert not re.search(r"@import|url\(", page)

    def test_it_is_the_same_every_time(self, written):
        assert written("html", "--offline") == written("html", "--offline")

    def test_the_simulation_is_drawn_with_its_fills(self, written):
        page = written("html", "--prices", "prices.csv")
        text = " ".join(Page(page).text)
        # TP1 at 66000; at worst the price turns at 72000, where TP2 begins to trail by 2 %.
        for value in ("entry filled at 60000", "take profit 1 filled at 66000", "70560"):
            assert value in text
        assert page.count('class="dot"') == 3

    def test_equity_and_exposure_are_drawn(self, written):
        page = written("html", "--prices", "prices.csv")
        text = " ".join(Page(page).text)
        for value in ("Equity, in USDT", "Exposure: what open positions had cost, in USDT"):
            assert value in text
        # Up to what it came to in the end, and to what the position cost.
        labels = re.findall(r'text-anchor="end">([-0-9.]+)</text>\n<text x="622"', page)
        assert labels == ["81.43", "600"]
        assert "Equity" not in written("html")


class TestOtherFormats:
    def test_json_has_exact_figures(self, written):
        report = json.loads(written("json", "--prices", "prices.csv"))
        (trade,) = report["trades"]
        assert trade["loss_at_stop"] == "51.09945"
        assert trade["loss_percent_of_equity"] == "0.5109945"
        assert trade["market"] == "61000"
        assert [rung["name"] for rung in trade["ladder"]] == [
            *("TP2", "TP1", "market", "break-even", "entry", "SL")
        ]
        assert report["totals"][0]["loss_at_stop"] == "51.09945"
        assert report["simulation"]["trades"][0]["runs"][0]["outcome"] == "take_profit"

    def test_markdown_has_the_table_the_ladder_and_the_diff(self, written):
        text = written("markdown")
        assert "| btc-swing | USDT\\_BTC | long | 60000 | 600 USDT | – | 51.10 USDT |" in text
        assert "72000 + TP2  50 % trailing 2 %" in text
        assert "Changes: 1 to create" in text

    @pytest.mark.parametrize("wanted", ["html", "pdf=x", "html="])
    def test_an_unknown_format_is_a_usage_error(self, folder, capsys, wanted):
        assert run(["report", "plan.yaml", "--report", wanted]) == 2
        assert "not FORMAT=FILE" in capsys.readouterr().err
