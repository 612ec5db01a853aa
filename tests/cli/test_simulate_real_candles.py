"""``simulate`` on real hourly candles, beside a scan of the same rows that shares nothing with it.

A package of others ships the candles; ``make setup`` fetches it, and none of them are kept here.
"""

import csv
import io
import json
import sys
import zipfile
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from smartplan.cli.app import run

D = Decimal
WHEELS = sorted(Path(sys.prefix, "candles").glob("backtesting-*.whl"))
pytestmark = pytest.mark.skipif(
    not WHEELS, reason="`make setup` could not fetch the package that ships real candles"
)
PLAN = """
trades:
  euro:
    account: main
    pair: USD_EUR
    position: {type: %s, order_type: market, units: {value: 100}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: %s, type: last}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market,
                conditional: {price: {value: %s, type: last}}}
"""


@pytest.fixture(scope="module")
def rows():
    """Time, open, high, low and close of 5,000 hours of EURUSD, from April 2017."""
    with zipfile.ZipFile(WHEELS[-1]) as wheel:
        text = wheel.read("backtesting/test/EURUSD.csv").decode()
    listed = list(csv.reader(io.StringIO(text)))[1:]
    assert len(listed) == 5000
    return [(time, *map(D, prices[:4])) for time, *prices in listed]


@pytest.fixture
def simulated(tmp_path, monkeypatch, capsys, rows):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "smartplan.toml").write_text('workspace = "t"\n[risk]\nfee = 0\n')
    lines = [",".join(map(str, row)) for row in rows]
    (tmp_path / "prices.csv").write_text("\n".join(["ts,open,high,low,close", *lines]) + "\n")

    def call(side, target, stop):
        (tmp_path / "plan.yaml").write_text(PLAN % (side, target, stop))
        code = run(
            ["simulate", "plan.yaml", "--prices", "prices.csv", "--tz", "UTC", "--format", "json"]
        )
        written = capsys.readouterr()
        assert code == 0, written.err
        return json.loads(written.out)["trades"][0]

    return call


def scanned(rows, side, target, stop):
    """When and at what price a position from the first open ends: the first row that reaches one.

    A row that opens past a level fills there; a row that reaches both depends on its path.
    """
    long = side == "buy"
    for time, opens, high, low, _ in rows:
        hit = high >= target if long else low <= target
        stopped = low <= stop if long else high >= stop
        assert not (hit and stopped), "choose levels that no single hour reaches both of"
        if stopped:
            return time, min(opens, stop) if long else max(opens, stop)
        if hit:
            return time, target
    return None


@pytest.mark.parametrize(
    ("side", "target", "stop"),
    [
        ("buy", "1.1200", "1.0600"),
        ("buy", "1.1900", "1.0825"),
        ("buy", "1.2500", "1.0690"),
        ("sell", "1.0650", "1.1300"),
        ("sell", "1.0000", "1.0950"),
    ],
)
def test_the_end_of_a_trade_is_where_a_scan_of_the_candles_finds_it(
    simulated, rows, side, target, stop
):
    found = simulated(side, target, stop)
    at, price = scanned(rows, side, D(target), D(stop))
    sign = 1 if side == "buy" else -1
    (result,) = found["runs"]
    (_, end) = (event for event in result["events"] if event["event"].endswith("_filled"))
    assert (end["time"][:13].replace("T", " "), D(end["price"])) == (at[:13], price)
    assert D(result["net"]) == sign * 100 * (price - rows[0][1])
    assert not found["path_dependent"]


def test_the_rows_are_in_order_and_sane(rows):
    assert all(earlier[0] < later[0] for earlier, later in pairwise(rows))
    assert all(low <= min(o, c) <= max(o, c) <= high for _, o, high, low, c in rows)
