"""A study as a browser shows it, wide and on a phone."""

import re

import pytest

from smartplan.cli.app import run

PLAN = """
trades:
  one:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: market, units: {value: 1}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: 110, type: bid}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market,
                conditional: {price: {value: 95, type: bid}, trailing: {enabled: true}}}
"""
ROW = "2026-11-{:02}T{:02}:00:00Z,{},{},{},{}"


@pytest.fixture
def page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "smartplan.toml").write_text('workspace = "t"\n')
    (tmp_path / "plan.yaml").write_text(PLAN)
    # Up by a half each hour for a day, and down again: a stop trails over many candles.
    at = [100 + min(n % 48, 48 - n % 48) / 2 for n in range(201)]
    rows = [
        ROW.format(1 + n // 24, n % 24, at[n], max(at[n], at[n + 1]) + n * 7 % 3 / 4,
                   min(at[n], at[n + 1]) - n * 5 % 3 / 4, at[n + 1])
        for n in range(200)
    ]  # fmt: skip
    (tmp_path / "prices.csv").write_text("\n".join(["ts,open,high,low,close", *rows]) + "\n")
    words = ["--walk", "3", "--anchor", "--sweep", "stop=2%..8%/1%", "--sweep", "tp=2%..10%/2%"]
    flags = ["--holdout", "30%", "--report", "html=page.html"]
    assert run(["simulate", "plan.yaml", "--prices", "prices.csv", *words, *flags]) == 0
    capsys.readouterr()
    return (tmp_path / "page.html").read_text()


def test_it_shows_its_values_and_complains_of_nothing(browse, page):
    shown, log = browse(page, "--dump-dom")
    assert "CONSOLE" not in log
    body = re.sub(r"<[^>]*>", " ", shown)
    for words in (
        "Held out:",
        "The past it was chosen in:",
        "Equity, in R",
        "Exposure:",
        "How often which R",
    ):
        assert words in body
    assert shown.count('class="plot"') == 8
    assert 'class="heat"' in shown


def test_the_stop_is_drawn_as_it_moved(browse, page):
    shown, _ = browse(page, "--dump-dom")
    body = re.sub(r"<[^>]*>", " ", shown)
    for words in ("Worst start:", "Median start:", "Best start:"):
        assert words in body
    assert shown.count('class="chart"') == 3
    assert 'class="moving"' in shown


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_has_to_be_scrolled_sideways(sticking_out, page, width):
    assert sticking_out(page, width) == []
