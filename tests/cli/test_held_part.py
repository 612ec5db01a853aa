"""Half of a position is sold: every output and every guard rail goes by the other half."""

import json

import pytest

from tests.workspace import Workspace

ADA = """
trades:
  ada:
    account: main
    pair: USDT_ADA
    position: {type: buy, order_type: limit, units: {value: 1000}, price: {value: 0.44}}
    take_profit:
      enabled: true
      steps:
        - {order_type: limit, price: {value: 0.48, type: bid}, volume: 50}
        - {order_type: limit, price: {value: 0.52, type: bid}, volume: 50}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 0.42, type: bid}}}
"""
ANOTHER = """
trades:
  eth:
    account: main
    pair: USDT_ETH
    position: {type: buy, order_type: limit, units: {value: 0.04}, price: {value: 2400}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: 2600, type: bid}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 2300, type: bid}}}
"""


@pytest.fixture
def half_sold(workspace: Workspace) -> Workspace:
    """1000 bought at 0.44, 0.1 % taken out of them; 499.5 are left of 999."""
    workspace.plan("ada", ADA)
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.run("sandbox", "fill", "ada").code == 0
    workspace.tick("USDT_ADA", "0.48")
    return workspace


def test_every_output_says_the_same(half_sold: Workspace) -> None:
    """220 were paid for them; at 0.42 they bring 209.58, 10.42 less."""
    line = "notional 220 USDT · loss at stop 10.42 USDT"
    for command in (["diff", "--risk", "full"], ["status", "--risk", "full"]):
        assert line in half_sold.run(*command).out
    assert line in half_sold.run("trade", "show", "ada").out
    report = half_sold.run("report").out
    assert "220 USDT" in report
    assert "10.42 USDT" in report
    told = []
    (action,) = json.loads(half_sold.run("diff", "--format", "json").out)["actions"]
    told.append(action["risk"])
    (row,) = json.loads(half_sold.run("status", "--format", "json").out)["trades"]
    told.append(row["risk"])
    file = half_sold.folder / "report.json"
    half_sold.run("report", "--report", f"json={file}")
    (trade,) = json.loads(file.read_text())["trades"]
    told.append(trade)
    # 220 − 499.5 · 0.42 · 0.999, and what the first half brought: 239.52024 − 220.
    for risk in told:
        assert risk["notional"] == "220"
        assert risk["loss_at_stop"] == "10.41979"
        assert risk["held"] == "499.5"
        assert risk["realised"] == "19.52024"


def test_the_guard_rails_go_by_what_is_held(half_sold: Workspace) -> None:
    """10.42 and 4.19 are below 15; 20.84 and 4.19 would not be."""
    half_sold.configure("[policy]\nmax_open_risk = {limit = {USDT = 15}, level = 'soft'}")
    half_sold.plan("eth", ANOTHER)
    shown = half_sold.run("diff")
    # (2400 − 2300 · 0.999²) · 0.04 = 4.18
    assert "loss at stop 14.61" in shown.out
    assert "max_open_risk" not in shown.out
    half_sold.plan("eth", ANOTHER.replace("0.04", "0.05"))
    shown = half_sold.run("diff")
    assert "max_open_risk" in shown.out


def test_a_stop_above_the_cost_is_a_gain_that_is_locked_in(half_sold: Workspace) -> None:
    assert half_sold.run("trade", "move-stop", "ada", "0.46", "--yes").code == 0
    shown = half_sold.run("status", "--risk", "full").out
    assert "gain at stop 9.54 USDT" in shown
    assert "locked in 9.54 · realised +19.52" in shown


def test_the_page_and_the_comment_tell_how_it_may_end(half_sold: Workspace) -> None:
    for format_ in ("html", "markdown"):
        file = half_sold.folder / f"report.{format_}"
        half_sold.run("report", "--report", f"{format_}={file}")
        text = file.read_text(encoding="utf-8")
        for words in ("stop before TP2", "39.48 USDT", "realised"):
            assert words in text
    # On a phone each cell says what it is.
    assert 'data-title="loss at stop"' in (half_sold.folder / "report.html").read_text("utf-8")
