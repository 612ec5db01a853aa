"""``apply CHANGESET`` refuses, one test for each reason: nothing is sent and the exit code is 5."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from smartplan.changes.identity import digest_of_actions
from tests.bodies import LONG
from tests.cli.saved_changesets import FILE, mutations, opened, read, save, sealed
from tests.workspace import Ran, Workspace


def refused(workspace: Workspace, why: str, *arguments: str) -> Ran:
    before = mutations(workspace)
    ran = workspace.run("apply", FILE, *arguments)
    assert ran.code == 5, ran.out + ran.err
    assert why in ran.err
    assert mutations(workspace) == before
    return ran


def test_what_was_saved_is_what_is_done(workspace: Workspace) -> None:
    """The refusals below are refusals of this."""
    number = opened(workspace)
    assert workspace.run("apply", FILE).code == 0
    assert workspace.later(number)["stop_loss"]["conditional"]["price"]["value"] == "56000.0"


def test_applied_a_moment_ago(workspace: Workspace) -> None:
    save(workspace)
    assert workspace.run("apply", FILE).code == 0
    again = refused(workspace, "has changed since it was saved")
    assert "it was applied already, or something moved; `smartplan diff` shows" in again.err


def test_used_before(workspace: Workspace) -> None:
    """Even when everything is put back on the exchange as it was."""
    number = opened(workspace)
    before = workspace.later(number)
    assert workspace.run("apply", FILE).code == 0
    exchange = workspace.at(minutes=1)
    stop = {"enabled": True, "order_type": "market", "breakeven": False,
            "conditional": {"price": {"value": "55000", "type": "bid"}}}  # fmt: skip
    position = {"type": "buy", "units": {"value": "0.01"}, "price": {"value": "60000"}}
    exchange.update(number, {"position": position, "stop_loss": stop})
    exchange.set_note(number, {"note": before["note_raw"] or before["note"]})
    refused(workspace, "was applied before")


@pytest.mark.parametrize("hours", [-1, 25], ids=["expired", "made in the future"])
def test_outside_its_time(workspace: Workspace, hours: int) -> None:
    save(workspace)
    now = datetime.now(UTC)
    created = now - timedelta(hours=1, minutes=15) if hours < 0 else now + timedelta(hours=hours)
    expires = created + timedelta(minutes=15)
    sealed(workspace, created=created.isoformat(), expires=expires.isoformat())
    refused(workspace, f"expired at {expires:%Y-%m-%d %H:%M:%SZ}" if hours < 0 else "still to come")


@pytest.mark.parametrize("number", [10**400, 0, -1], ids=["huge", "zero", "negative"])
@pytest.mark.parametrize("command", ["show", "apply"])
def test_an_account_that_cannot_be(workspace: Workspace, number: int, command: str) -> None:
    save(workspace)
    sealed(workspace, accounts={"main": number})
    shown = workspace.run(command, FILE)
    assert shown.code == 2
    assert "cannot be read as a saved changeset" in shown.err


def test_a_key_that_stands_twice(workspace: Workspace) -> None:
    """Whoever reviews it may read the other one."""
    save(workspace)
    file = workspace.folder / FILE
    file.write_text(file.read_text().replace('"tool"', '"workspace": "other",\n  "tool"', 1))
    shown = workspace.run("show", FILE)
    assert shown.code == 2
    assert "cannot be read as a saved changeset" in shown.err


def test_another_workspace(workspace: Workspace) -> None:
    save(workspace)
    file = workspace.toml
    file.write_text(file.read_text().replace('"desk"', '"other"'))
    refused(workspace, "is for desk (sandbox), this is other (sandbox)")


def test_another_environment(workspace: Workspace) -> None:
    save(workspace)
    workspace.configure("[environments.paper.accounts]\nmain = 32199203")
    refused(workspace, "is for desk (sandbox), this is desk (paper)", "--env", "paper")


def test_another_account_under_the_same_alias(workspace: Workspace) -> None:
    save(workspace)
    file = workspace.toml
    file.write_text(file.read_text().replace("main = 1", "main = 2").replace("futures = 2", ""))
    refused(workspace, "its accounts have changed")


def test_changed_by_hand(workspace: Workspace) -> None:
    save(workspace)
    file = workspace.folder / FILE
    file.write_text(file.read_text().replace("60000", "66000"))
    refused(workspace, "was changed after it was saved")


def test_changed_and_sealed_again(workspace: Workspace) -> None:
    """Other actions under a fresh id are still not what the saved plans come to."""
    actions = save(workspace)["actions"]
    actions[0]["payload"]["position"]["units"]["value"] = "1"
    sealed(workspace, actions=actions, changes=digest_of_actions(actions))
    refused(workspace, "what would be sent is not what its plan says")


@pytest.mark.parametrize("what", ["filled", "cancelled", "stop moved", "note edited", "units"])
def test_a_trade_it_touches_has_changed(workspace: Workspace, what: str) -> None:
    number = opened(workspace)
    exchange = workspace.at(minutes=1)
    position = {"type": "buy", "units": {"value": "0.01"}, "price": {"value": "60000"}}
    stop = {"enabled": True, "order_type": "market",
            "conditional": {"price": {"value": "54000", "type": "bid"}}}  # fmt: skip
    match what:
        case "filled":
            exchange.fill(number)
        case "cancelled":
            exchange.cancel(number)
        case "stop moved":
            exchange.update(number, {"position": position, "stop_loss": stop})
        case "note edited":
            note = workspace.later(number)["note"]
            exchange.set_note(number, {"note": f"hands off {note}"})
        case _:
            exchange.update(number, {"position": position | {"units": {"value": "0.02"}}})
    refused(workspace, "has changed since it was saved")


def test_a_trade_it_would_open_is_there(workspace: Workspace) -> None:
    save(workspace)
    workspace.open(LONG, name="btc-swing")
    refused(workspace, "has changed since it was saved")


def test_a_look_alike_is_there(workspace: Workspace) -> None:
    save(workspace)
    workspace.open(LONG)
    refused(workspace, "has changed since it was saved")


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ('max_notional = {limit = {USDT = 100}, level = "hard"}', "max_notional is a hard"),
        ("max_notional = {USDT = 100}", "--override max_notional --reason TEXT"),
        ("freeze = true", "freeze is a hard guard rail"),
        ("max_creates = 0", "--override max_creates"),
    ],
)
def test_a_guard_rail_refuses_now(workspace: Workspace, policy: str, why: str) -> None:
    save(workspace)
    workspace.configure(f"[policy]\n{policy}")
    assert why in refused(workspace, "nothing was done").err


def test_a_soft_guard_rail_can_be_set_aside_at_apply(workspace: Workspace) -> None:
    save(workspace)
    workspace.configure("[policy]\nmax_creates = 0")
    ran = workspace.run("apply", FILE, "--override", "max_creates", "--reason", "agreed")
    assert ran.code == 0, ran.err


def test_the_market_has_left_what_the_plan_expects(workspace: Workspace) -> None:
    save(workspace)
    workspace.tick("USDT_BTC", "64000")
    refused(workspace, "has changed since it was saved")


@pytest.mark.parametrize(
    "arguments",
    [("--set", "a=1"), ("--values", "v.yaml"), ("--prune",), ("--target", "btc-swing")],
    ids=lambda arguments: arguments[0],
)
def test_what_belongs_to_the_diff_is_not_taken_at_apply(workspace: Workspace, arguments) -> None:
    (workspace.folder / "v.yaml").write_text("a: 1\n")
    save(workspace)
    ran = workspace.run("apply", FILE, *arguments)
    assert ran.code == 2
    assert f"{arguments[0]} belongs to the diff that was saved" in ran.err


def test_a_refusal_does_not_use_it_up(workspace: Workspace) -> None:
    save(workspace)
    workspace.tick("USDT_BTC", "64000")
    refused(workspace, "has changed since it was saved")
    workspace.tick("USDT_BTC", "61000")
    assert workspace.run("apply", FILE).code == 0


def test_two_of_one_diff_open_one_trade(workspace: Workspace) -> None:
    save(workspace)
    first = read(workspace)
    save(workspace)
    (workspace.folder / "second.json").write_text((workspace.folder / FILE).read_text())
    (workspace.folder / FILE).write_text(json.dumps(first))
    assert workspace.run("apply", "second.json").code == 0
    refused(workspace, "has changed since it was saved")
