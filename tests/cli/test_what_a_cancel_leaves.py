"""A cancel that comes after the fill: the position is told, in every command, until it is over."""

import pytest

from smartplan.sandbox.exchange import Exchange
from tests.plans import PLAN
from tests.workspace import Workspace

ROUND_2 = PLAN + "lifecycle: {round: 2}\n"
LEFT = "a position is open without exits"


def opened(workspace: Workspace, plan: str = PLAN) -> int:
    """A waiting entry that apply opened."""
    workspace.plan("btc-swing", plan)
    assert workspace.run("apply", "--yes").code == 0
    return workspace.settled().list_trades({"status": "active"})[0]["id"]


@pytest.fixture
def filled_first(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """An exchange where every entry fills right before it is cancelled."""
    cancel = Exchange.cancel

    def late(exchange: Exchange, trade_id: int) -> object:
        workspace.exchange.fill(trade_id)
        workspace.pause(0.5)
        return cancel(exchange, trade_id)

    monkeypatch.setattr(Exchange, "cancel", late)
    return workspace


def raced(workspace: Workspace, how: str) -> int:
    """A planned cancel loses the race; the trade."""
    number = opened(workspace, PLAN + "lifecycle: {on_remove: cancel}\n")
    words = ["apply", "--yes"]
    if how == "state":
        workspace.plan("btc-swing", PLAN + "lifecycle: {state: cancelled}\n")
    elif how == "prune":
        (workspace.folder / "plans" / "btc-swing.yaml").unlink()
        workspace.plan("other", PLAN.replace("0.01", "0.5"))
        words.append("--prune")
    else:
        workspace.plan("btc-swing", ROUND_2)
        words += ["--replace", "btc-swing"]
    done = workspace.run(*words)
    assert done.code != 0, done.out
    assert LEFT in done.out, done.out
    assert "✓ btc-swing" not in done.out
    assert workspace.later(number)["status"]["type"] == "cancelled"
    workspace.pause(1)
    return number


@pytest.mark.parametrize("how", ["state", "prune", "replace"])
def test_a_planned_cancel_that_comes_after_the_fill_is_not_done(
    filled_first: Workspace, how: str
) -> None:
    workspace = filled_first
    number = raced(workspace, how)
    checked = workspace.run("status", "--check")
    assert checked.code == 3
    assert f"#{number}" in checked.out
    assert "what is held stays open without exits" in checked.out
    shown = workspace.run("diff", "--exit-code")
    assert shown.code != 0
    assert LEFT in shown.out


@pytest.mark.parametrize("how", ["state", "replace"])
def test_no_round_is_opened_beside_what_the_last_one_holds(
    filled_first: Workspace, how: str
) -> None:
    workspace = filled_first
    number = raced(workspace, how)
    workspace.plan("btc-swing", ROUND_2)
    for _ in range(2):
        refused = workspace.run("apply", "--yes")
        assert refused.code == 5
        assert f"forget {number}" in refused.out
    assert workspace.exchange.list_trades({"status": "active"}) == []
    assert workspace.run("status", "--check").code == 3


def test_the_next_round_is_opened_once_a_person_has_seen_to_the_position(
    filled_first: Workspace,
) -> None:
    workspace = filled_first
    number = raced(workspace, "state")
    assert workspace.run("forget", str(number), "--yes").code == 0
    assert workspace.run("status", "--check").code == 0
    workspace.plan("btc-swing", ROUND_2)
    assert workspace.run("apply", "--yes").code == 0


def test_a_position_of_an_earlier_round_is_told_beside_the_open_one(
    filled_first: Workspace,
) -> None:
    workspace = filled_first
    number = raced(workspace, "state")
    workspace.plan("btc-swing", ROUND_2)
    assert workspace.run("apply", "--yes", "--allow-lookalike", "btc-swing").code == 0
    checked = workspace.run("status", "--check")
    assert checked.code == 3
    assert f"#{number}" in checked.out
