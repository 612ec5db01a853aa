"""The sandbox's commands, on the embedded exchange and over HTTP."""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from smartplan.cli.app import run

PLAN = """
trades:
  btc-swing:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: 66000, type: bid}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("SMARTPLAN_BASE_URL", "SMARTPLAN_API_KEY", "SMARTPLAN_API_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "smartplan.toml").write_text('workspace = "desk"\n')
    (tmp_path / "plan.yaml").write_text(PLAN)
    return tmp_path


def smartplan(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "smartplan", *arguments], capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def opened(workspace, capsys):
    """A workspace whose trade is open on the embedded exchange."""
    assert run(["apply", "plan.yaml", "--yes"]) == 0
    capsys.readouterr()
    return workspace


def test_a_tick_shows_the_trades_that_changed(opened, capsys):
    assert run(["sandbox", "tick", "USDT_BTC", "59999.5"]) == 0
    assert capsys.readouterr().out == (
        "USDT_BTC 59999.5: 1 trade changed\n  btc-swing  #31000001  waiting_targets\n"
    )
    assert run(["sandbox", "tick", "USDT_BTC", "66000"]) == 0
    assert "btc-swing  #31000001  finished" in capsys.readouterr().out


@pytest.mark.parametrize("reference", ["btc-swing", "31000001"])
def test_an_entry_is_filled_by_name_or_id(opened, capsys, reference):
    assert run(["sandbox", "fill", reference]) == 0
    assert capsys.readouterr().out == "  btc-swing  #31000001  waiting_targets\n"
    assert run(["sandbox", "fill", reference]) == 4
    assert "Fill is not allowed in the current status" in capsys.readouterr().err


def test_what_the_exchange_does_not_know(opened, capsys):
    assert run(["sandbox", "tick", "USDT_NONE", "1"]) == 2
    assert "the sandbox has no pair USDT_NONE" in capsys.readouterr().err
    for slip in ("BTC", "btc", "BTC_USDT", "BTC/USDT"):
        assert run(["sandbox", "tick", slip, "62000"]) == 2
        assert "did you mean `USDT_BTC`?" in capsys.readouterr().err
    assert run(["sandbox", "fill", "nobody"]) == 2
    assert "no open trade of the workspace desk is named nobody" in capsys.readouterr().err


@pytest.mark.parametrize("price", ["0", "-1", "yes", "1_000", "NaN"])
def test_a_price_is_a_number_above_zero(workspace, capsys, price):
    assert run(["sandbox", "tick", "USDT_BTC", "--", price]) == 2
    assert f"{price} is not a price" in capsys.readouterr().err


def test_nobody_serves_there(workspace, monkeypatch, capsys):
    monkeypatch.setenv("SMARTPLAN_BASE_URL", "http://127.0.0.1:1/public/api")
    assert run(["sandbox", "tick", "USDT_BTC", "1"]) == 4
    assert "nothing answers on 127.0.0.1:1" in capsys.readouterr().err


@contextmanager
def serving(*flags):
    """``sandbox serve`` as its own process; answers its base URL."""
    command = [sys.executable, "-m", "smartplan", "sandbox", "serve", "--port", "0", *flags]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        try:
            found = re.search(r"SMARTPLAN_BASE_URL=(\S+)", process.stdout.readline())
            yield found[1]
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)


def test_a_served_exchange_outlives_the_workspaces_state(workspace, monkeypatch):
    with serving() as url:
        monkeypatch.setenv("SMARTPLAN_BASE_URL", url)
        assert smartplan("apply", "plan.yaml", "--yes").returncode == 0
        shutil.rmtree(workspace / ".smartplan")
        filled = smartplan("sandbox", "fill", "btc-swing")
        assert filled.stdout == "  btc-swing  #31000001  waiting_targets\n"
        moved = smartplan("sandbox", "tick", "USDT_BTC", "66000")
        assert "btc-swing  #31000001  finished" in moved.stdout
        refused = smartplan("sandbox", "fill", "31000001")
        assert (refused.returncode, refused.stdout) == (4, "")
        assert "Fill is not allowed in the current status" in refused.stderr
    assert not (workspace / ".smartplan" / "sandbox.json").exists()


def test_a_served_exchange_keeps_its_trades_in_a_file_when_asked(workspace, monkeypatch):
    with serving("--state", "exchange.json") as url:
        monkeypatch.setenv("SMARTPLAN_BASE_URL", url)
        assert smartplan("apply", "plan.yaml", "--yes").returncode == 0
    with serving("--state", "exchange.json") as url:
        monkeypatch.setenv("SMARTPLAN_BASE_URL", url)
        assert smartplan("sandbox", "fill", "btc-swing").returncode == 0
