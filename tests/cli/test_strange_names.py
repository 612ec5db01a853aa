"""Names of trades that there are not, where something is allowed by name: said, not passed over."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.bodies import LONG
from tests.workspace import Workspace

PLAN = """\
trades:
  btc-swing:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
    take_profit: {enabled: false}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""


@pytest.mark.parametrize(
    "option", ["--overwrite-drift", "--replace", "--allow-lookalike", "--confirm-close"]
)
def test_a_slip_in_an_option_is_told_with_what_was_meant(workspace: Workspace, option: str) -> None:
    workspace.plan("btc", PLAN)
    more = ("--prune",) if option == "--confirm-close" else ()
    said = workspace.run("diff", option, "btc-swng", *more).err
    assert f"warning: {option} btc-swng: no trade of this run is called that" in said
    assert "did you mean `btc-swing`?" in said
    assert "warning" not in workspace.run("diff", option, "btc-swing", *more).err


def test_a_slip_in_a_file_of_decisions_is_told(workspace: Workspace) -> None:
    workspace.plan("btc", PLAN)
    decided = workspace.folder / "decisions.yaml"
    until = f"until: {datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}\nreason: r\n"
    decided.write_text(f"{until}override: [max_notional:btc-swng]\nallow-widen: [bct-swing]\n")
    ran = workspace.run("apply", "--yes", "--decisions", "decisions.yaml")
    assert "warning: --override btc-swng: no trade of this run" in ran.err
    assert "warning: --allow-widen bct-swing: no trade of this run" in ran.err


def test_a_trade_in_no_plan_is_one_of_the_run(workspace: Workspace) -> None:
    workspace.plan("btc", PLAN)
    workspace.open(LONG, name="orphan", filled=True)
    said = workspace.run("diff", "--prune", "--confirm-close", "orphan").err
    assert "warning" not in said
