"""``smartplan resolve``: a person's word is held against what was asked for."""

from datetime import timedelta

import pytest

from smartplan.sandbox.faults import Fault
from smartplan.settings import load
from smartplan.state.journal import Journal
from smartplan.state.opening import open_store
from smartplan.state.store import LockScope
from tests.bodies import LONG
from tests.plans import PLAN
from tests.workspace import Workspace

ETH = {
    "account_id": 1,
    "pair": "USDT_ETH",
    "position": {
        "type": "buy", "order_type": "limit", "units": {"value": "1"}, "price": {"value": "2400"},
    },
    "take_profit": {"enabled": False},
    "stop_loss": {"enabled": False},
}  # fmt: skip


def lost(
    workspace: Workspace, action: str, trade_id: int | None = None, name: str = "btc-swing"
) -> None:
    """A run died after it had sent this."""
    settings = load(workspace.folder, {})
    store = open_store(settings.state_url, settings.root)
    journal = Journal(store, LockScope("desk", "sandbox"), "a run that died")
    body = LONG if action == "create" else None
    journal.intended(journal.identity(name, 1), action, body, trade_id=trade_id)
    store.close()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (LONG | {"account_id": 2}, "account 2, not 1"),
        (ETH, "pair USDT_ETH, not USDT_BTC"),
    ],
)
def test_a_lost_create_is_no_trade_of_another_account_or_pair(
    workspace: Workspace, body: dict, said: str
) -> None:
    workspace.configure("[state]\nsettle_window = 0")
    workspace.run("history")
    lost(workspace, "create")
    number = workspace.open(body)
    refused = workspace.run("resolve", "btc-swing", "--adopt", number)
    assert refused.code == 5
    assert said in refused.err


def test_a_lost_create_is_no_trade_that_was_opened_as_another(workspace: Workspace) -> None:
    workspace.configure("[state]\nsettle_window = 0")
    workspace.plan("other", PLAN)
    assert workspace.run("apply", "--yes").code == 0
    number = workspace.settled().list_trades({"status": "active"})[0]["id"]
    workspace.exchange.set_note(number, {"note": "mine"})
    lost(workspace, "create")
    refused = workspace.run("resolve", "btc-swing", "--adopt", number)
    assert refused.code == 5
    assert f"#{number} was opened as other" in refused.err


def test_to_adopt_another_trade_does_not_shorten_the_settle_window(workspace: Workspace) -> None:
    workspace.configure("[state]\nsettle_window = 2")
    workspace.run("history")
    number = workspace.open(LONG)
    begun = workspace.now()
    lost(workspace, "create")
    assert workspace.run("resolve", "btc-swing", "--adopt", number).code == 0
    assert workspace.now() - begun > timedelta(seconds=1.9)


def test_what_carries_the_marker_is_adopted_and_nothing_else(workspace: Workspace) -> None:
    workspace.configure("[state]\nsettle_window = 0")
    workspace.run("history")
    lost(workspace, "create")
    other = workspace.open(LONG)
    number = workspace.open(LONG, name="btc-swing")
    refused = workspace.run("resolve", "btc-swing", "--adopt", other)
    assert refused.code == 5
    assert f"#{number} carries its marker, not #{other}" in refused.err
    assert workspace.run("resolve", "btc-swing", "--adopt", number).code == 0


@pytest.mark.parametrize("action", ["update", "close"])
def test_a_lost_update_or_close_is_of_its_own_trade_alone(
    workspace: Workspace, action: str
) -> None:
    workspace.run("history")
    number = workspace.open(LONG, name="btc-swing", filled=True)
    other = workspace.open(LONG)
    lost(workspace, action, number)
    refused = workspace.run("resolve", "btc-swing", "--adopt", other)
    assert refused.code == 5
    assert f"the {action} was sent to #{number}" in refused.err
    refused = workspace.run("resolve", "btc-swing", "--not-created", "--reason", "x")
    assert refused.code == 5
    assert f"no create, but the {action} of #{number}" in refused.err


@pytest.mark.parametrize("executed", [True, False])
def test_a_lost_close_is_told_and_resolved_as_a_close(workspace: Workspace, executed: bool) -> None:
    workspace.configure("[state]\nsettle_window = 1")
    workspace.plan("btc-swing", PLAN)
    assert workspace.run("apply", "--yes").code == 0
    number = workspace.settled().list_trades({"status": "active"})[0]["id"]
    workspace.exchange.fill(number)
    workspace.pause(0.5)
    workspace.plan("btc-swing", PLAN + "lifecycle: {state: closed}\n")
    when = "after" if executed else "before"
    path = f"/v2/smart_trades/{number}/close_by_market"
    with workspace.served(Fault(status=502, method="POST", path=path, when=when)):
        done = workspace.run("apply", "--yes")
    if executed:
        lost(workspace, "close", number)
    else:
        assert done.code == 6
        assert "Nobody knows whether the close of btc-swing was executed" in done.err
        assert "by hand" not in done.err
    told = workspace.run("resolve", "btc-swing", "--wait")
    if executed:
        assert told.code == 0
        assert f"btc-swing is #{number} (panic_s" in told.out
    else:
        assert told.code == 3
        assert f"the close of btc-swing was not executed: #{number} is waiting_targets" in told.out
        assert workspace.run("apply", "--yes").code == 0
        assert workspace.later(number)["status"]["type"] == "panic_sold"
