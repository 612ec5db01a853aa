"""The costs of each account, in everything that is told of a trade on it."""

import json

from tests.schemas import validator
from tests.workspace import Workspace

COSTS = """
[risk]
fee = {futures = {maker = 0.0002, taker = 0.0005}}
slippage = {futures = 0.1}
funding = {futures = 0.01}
maintenance = {"futures/USDT_ETH" = 0.01}
fee_model = {main = "base"}
equity = {USDT = 10000}
"""
RAIL = """
[policy]
max_loss_at_stop = {limit = "1%", level = "hard"}
"""
SIZED = """
trades:
  spot:
    account: main
    pair: USDT_ETH
    position: {type: buy, order_type: limit, units: {value: {{ SIZE }}}, price: {value: 2400}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: 2600, type: bid}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 2300, type: bid}}}
"""
GEARED = """
trades:
  geared:
    account: futures
    pair: USDT_ETH
    leverage: {enabled: true, type: isolated, value: 10}
    position: {type: buy, order_type: limit, units: {value: 1}, price: {value: 2400}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: 2600, type: bid}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 2300, type: bid}}}
"""


def sized(call: str) -> str:
    return SIZED.replace("{{ SIZE }}", "{{ " + call + " }}")


def risk_of(workspace: Workspace, name: str) -> dict:
    shown = workspace.run("diff", "--format", "json")
    document = json.loads(shown.out)
    validator("changeset").validate(document)
    return next(one["risk"] for one in document["actions"] if one["name"] == name)


def test_an_account_is_counted_with_its_own_costs(workspace: Workspace) -> None:
    workspace.configure(COSTS)
    workspace.plan("geared", GEARED)
    risk = risk_of(workspace, "geared")
    # Bought at the maker's 0.02 %; the stop fills at 2297.7 and pays 0.05 %: 2400.48 − 2296.55115.
    assert risk["loss_at_stop"] == "103.92885"
    # 2160 / (1 − 0.01 − 0.0005)
    assert risk["liquidation"].startswith("2182.9206")
    assert risk["maintenance"] == {"rate": "0.01", "source": "settings"}
    assert risk["funding"] == "0.24"
    shown = workspace.run("diff", "--risk", "full")
    assert "fees 0.02 % maker, 0.05 % taker, slippage 0.1 %" in shown.out
    assert "liquidation about 2182.93 (9.04 % away; maintenance 1 %)" in shown.out
    assert "funding 0.24 USDT each 8 hours" in shown.out


def test_a_short_is_paid_the_funding_that_a_long_pays(workspace: Workspace) -> None:
    workspace.configure(COSTS)
    short = GEARED.replace("type: buy", "type: sell").replace("bid", "ask")
    workspace.plan("geared", short.replace("2600", "2100").replace("2300", "2500"))
    assert risk_of(workspace, "geared")["funding"] == "-0.24"
    shown = workspace.run("diff", "--risk", "full").out
    assert "funding +0.24 USDT each 8 hours" in shown
    assert "funding +0.24 each 8 hours" in shown


def test_a_size_of_one_percent_loses_no_more_with_the_fees(workspace: Workspace) -> None:
    workspace.configure(COSTS + RAIL)
    call = "size_by_risk(10000, 1, 2400, 2300, 0.001, account='main', entry_type='limit')"
    workspace.plan("spot", sized(call))
    # 2400 − 2300 · 0.999² = 104.5977 a unit: 0.956, which loses 99.9954.
    risk = risk_of(workspace, "spot")
    assert risk["loss_at_stop"].startswith("99.9954")
    assert workspace.run("lint").code == 0
    # Without a fee it would be 1, which the guard rail refuses: it loses 104.60.
    workspace.plan("spot", sized("size_by_risk(10000, 1, 2400, 2300, 0.001, fee=0, slippage=0)"))
    refused = workspace.run("lint")
    assert "loss at stop 104.5977 USDT is above max_loss_at_stop 100 USDT" in refused.out
    workspace.plan("spot", sized("size_by_risk(10000, 1, 2400, 2300, 0.001)"))
    assert workspace.run("lint").code == 0


def test_a_diff_of_five_trades_is_no_longer_than_a_screen(workspace: Workspace) -> None:
    workspace.configure("[risk]\nequity = {USDT = 10000}")
    for number in range(5):
        workspace.plan(f"t{number}", GEARED.replace("geared", f"t{number}"))
    short = workspace.run("diff").out.splitlines()
    assert len(short) <= 24
    full = workspace.run("diff", "--risk", "full").out.splitlines()
    assert len(full) > len(short)
    # What is always shown stands as it was.
    assert [line for line in full if line in short] == short


def test_heat_is_told_in_every_format(workspace: Workspace) -> None:
    workspace.plan("geared", GEARED)
    (one,) = json.loads(workspace.run("diff", "--format", "json").out)["heat"]
    assert (one["quote"], one["side"], one["held"]) == ("USDT", "long", "0")
    assert one["waiting"] == "104.7"
    for format_ in ("markdown",):
        assert (
            "Heat USDT long: at the stops 104.70" in workspace.run("diff", "--format", format_).out
        )
    assert "Stress USDT long" in workspace.run("diff", "--risk", "full").out
    assert "Stress USDT long" not in workspace.run("diff").out
