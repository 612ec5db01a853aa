"""A study as a browser shows it, wide and on a phone."""

import html
import re
import subprocess

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
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 95, type: bid}}}
"""
ROW = "2026-11-{:02}T{:02}:00:00Z,100,{},{},100"
FRAME = """<!doctype html><iframe srcdoc="{}" width="{}" height="900"></iframe><p id="said"></p>
<script>
const frame = document.querySelector("iframe");
frame.onload = () => {{
  const page = frame.contentDocument.scrollingElement;
  const said = document.getElementById("said");
  said.textContent = "wide " + page.scrollWidth + " of " + page.clientWidth;
}};
</script>"""


@pytest.fixture
def page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "smartplan.toml").write_text('workspace = "t"\n')
    (tmp_path / "plan.yaml").write_text(PLAN)
    rows = [ROW.format(1 + n // 24, n % 24, 101 + n * 7 % 13, 99 - n * 5 % 9) for n in range(200)]
    (tmp_path / "prices.csv").write_text("\n".join(["ts,open,high,low,close", *rows]) + "\n")
    words = ["--walk", "3", "--sweep", "stop=2%..8%/1%", "--sweep", "tp=2%..10%/2%"]
    flags = ["--holdout", "30%", "--report", "html=page.html"]
    assert run(["simulate", "plan.yaml", "--prices", "prices.csv", *words, *flags]) == 0
    capsys.readouterr()
    return (tmp_path / "page.html").read_text()


def test_it_shows_its_values_and_complains_of_nothing(browse, page):
    shown, log = browse(page, "--dump-dom")
    assert "CONSOLE" not in log
    body = re.sub(r"<[^>]*>", " ", shown)
    for words in ("Held out:", "The past it was chosen in:", "Equity, in R", "How often which R"):
        assert words in body
    assert shown.count('class="plot"') == 6
    assert 'class="heat"' in shown


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_sticks_out_sideways(chromium, tmp_path, page, width):
    file = tmp_path / "frame.html"
    file.write_text(FRAME.format(html.escape(page), width))
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1400,1000"]
    command += ["--virtual-time-budget=5000", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    found = re.search(r"wide (\d+) of (\d+)", done.stdout)
    assert found is not None, done.stdout[-300:]
    assert int(found[1]) <= int(found[2]) <= width
