"""``apply CHANGESET`` refuses, one test for each reason: nothing is sent and the exit code is 5."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from smartplan.changes.saved import digest_of_actions
from tests.desk import LONG, Desk, Ran

PLAN = """
trades:
  btc-swing:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
    take_profit:
      enabled: true
      steps:
        - {order_type: limit, price: {value: 66000, type: bid}, volume: 50}
        - {order_type: limit, price: {value: 72000, type: bid}, volume: 50}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
    note: weekly support
    lifecycle: {expect: {price: 60000, within: 5}}
"""
MOVED = PLAN.replace("value: 55000", "value: 56000")
FILE = "changes.json"


def save(desk: Desk, text: str = PLAN, *arguments: str) -> dict:
    desk.plan("btc", text)
    desk.tick("USDT_BTC", "61000")
    saved = desk.run("diff", "--out", FILE, *arguments)
    assert saved.code == 0, saved.err
    return read(desk)


def read(desk: Desk) -> dict:
    content: dict = json.loads((desk.folder / FILE).read_text())
    return content


def sealed(desk: Desk, **edits: object) -> None:
    """The file with other content, whole again: its id is the SHA-256 of the rest."""
    content = {k: v for k, v in (read(desk) | edits).items() if k != "id"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    content["id"] = hashlib.sha256(text.encode()).hexdigest()
    (desk.folder / FILE).write_text(json.dumps(content, indent=1))


def toml(desk: Desk, text: str) -> None:
    with (desk.folder / "smartplan.toml").open("a") as file:
        file.write(text)


def mutations(desk: Desk) -> int:
    """How many intents the journal has: nothing is sent without one."""
    return desk.run("history", "--format", "csv").out.count(",intent,")


def refused(desk: Desk, why: str, *arguments: str) -> Ran:
    before = mutations(desk)
    ran = desk.run("apply", FILE, *arguments)
    assert ran.code == 5, ran.out + ran.err
    assert why in ran.err
    assert mutations(desk) == before
    return ran


def opened(desk: Desk) -> int:
    """A trade that the plan is going to change; a changeset is saved."""
    desk.plan("btc", PLAN)
    desk.tick("USDT_BTC", "61000")
    assert desk.run("apply", "--yes").code == 0
    (trade,) = json.loads(desk.run("trade", "list", "--format", "json").out)["trades"]
    save(desk, MOVED)
    return int(trade["id"])


def test_what_was_saved_is_what_is_done(desk: Desk) -> None:
    """The refusals below are refusals of this."""
    number = opened(desk)
    assert desk.run("apply", FILE).code == 0
    assert desk.later(number)["stop_loss"]["conditional"]["price"]["value"] == "56000.0"


def test_applied_a_moment_ago(desk: Desk) -> None:
    save(desk)
    assert desk.run("apply", FILE).code == 0
    again = refused(desk, "has changed since it was saved")
    assert "it was applied already, or something moved; `smartplan diff` shows" in again.err


def test_used_before(desk: Desk) -> None:
    """Even when everything is put back on the exchange as it was."""
    number = opened(desk)
    before = desk.later(number)
    assert desk.run("apply", FILE).code == 0
    exchange = desk.exchange(timedelta(minutes=1))
    stop = {"enabled": True, "order_type": "market", "breakeven": False,
            "conditional": {"price": {"value": "55000", "type": "bid"}}}  # fmt: skip
    position = {"type": "buy", "units": {"value": "0.01"}, "price": {"value": "60000"}}
    exchange.update(number, {"position": position, "stop_loss": stop})
    exchange.set_note(number, {"note": before["note_raw"] or before["note"]})
    refused(desk, "was applied before")


@pytest.mark.parametrize("hours", [-1, 25], ids=["expired", "made in the future"])
def test_outside_its_time(desk: Desk, hours: int) -> None:
    save(desk)
    now = datetime.now(UTC)
    created = now - timedelta(hours=1, minutes=15) if hours < 0 else now + timedelta(hours=hours)
    expires = created + timedelta(minutes=15)
    sealed(desk, created=created.isoformat(), expires=expires.isoformat())
    refused(desk, f"expired at {expires:%Y-%m-%d %H:%M:%SZ}" if hours < 0 else "still to come")


def test_another_workspace(desk: Desk) -> None:
    save(desk)
    file = desk.folder / "smartplan.toml"
    file.write_text(file.read_text().replace('"desk"', '"other"'))
    refused(desk, "is for desk (sandbox), this is other (sandbox)")


def test_another_environment(desk: Desk) -> None:
    save(desk)
    toml(desk, "[environments.paper.accounts]\nmain = 32199203\n")
    refused(desk, "is for desk (sandbox), this is desk (paper)", "--env", "paper")


def test_another_account_under_the_same_alias(desk: Desk) -> None:
    save(desk)
    file = desk.folder / "smartplan.toml"
    file.write_text(file.read_text().replace("main = 1", "main = 2").replace("futures = 2", ""))
    refused(desk, "its accounts have changed")


def test_changed_by_hand(desk: Desk) -> None:
    save(desk)
    file = desk.folder / FILE
    file.write_text(file.read_text().replace("60000", "66000"))
    refused(desk, "was changed after it was saved")


def test_changed_and_sealed_again(desk: Desk) -> None:
    """Other actions under a fresh id are still not what the saved plans come to."""
    actions = save(desk)["actions"]
    actions[0]["payload"]["position"]["units"]["value"] = "1"
    sealed(desk, actions=actions, changes=digest_of_actions(actions))
    refused(desk, "what would be sent is not what its plan says")


@pytest.mark.parametrize("what", ["filled", "cancelled", "stop moved", "note edited", "units"])
def test_a_trade_it_touches_has_changed(desk: Desk, what: str) -> None:
    number = opened(desk)
    exchange = desk.exchange(timedelta(minutes=1))
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
            note = desk.later(number)["note"]
            exchange.set_note(number, {"note": f"hands off {note}"})
        case _:
            exchange.update(number, {"position": position | {"units": {"value": "0.02"}}})
    refused(desk, "has changed since it was saved")


def test_a_trade_it_would_open_is_there(desk: Desk) -> None:
    save(desk)
    desk.open(LONG, name="btc-swing")
    refused(desk, "has changed since it was saved")


def test_a_look_alike_is_there(desk: Desk) -> None:
    save(desk)
    desk.open(LONG)
    refused(desk, "has changed since it was saved")


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ('max_notional = {limit = {USDT = 100}, level = "hard"}', "max_notional is a hard"),
        ("max_notional = {USDT = 100}", "--override max_notional --reason TEXT"),
        ("freeze = true", "freeze is a hard guard rail"),
        ("max_creates = 0", "--override max_creates"),
    ],
)
def test_a_guard_rail_refuses_now(desk: Desk, policy: str, why: str) -> None:
    save(desk)
    toml(desk, f"[policy]\n{policy}\n")
    assert why in refused(desk, "nothing was done").err


def test_a_soft_guard_rail_can_be_set_aside_at_apply(desk: Desk) -> None:
    save(desk)
    toml(desk, "[policy]\nmax_creates = 0\n")
    ran = desk.run("apply", FILE, "--override", "max_creates", "--reason", "agreed")
    assert ran.code == 0, ran.err


def test_the_market_has_left_what_the_plan_expects(desk: Desk) -> None:
    save(desk)
    desk.tick("USDT_BTC", "64000")
    refused(desk, "has changed since it was saved")


@pytest.mark.parametrize(
    "arguments",
    [("--set", "a=1"), ("--values", "v.yaml"), ("--prune",), ("--target", "btc-swing")],
    ids=lambda arguments: arguments[0],
)
def test_what_belongs_to_the_diff_is_not_taken_at_apply(desk: Desk, arguments) -> None:
    (desk.folder / "v.yaml").write_text("a: 1\n")
    save(desk)
    ran = desk.run("apply", FILE, *arguments)
    assert ran.code == 2
    assert f"{arguments[0]} belongs to the diff that was saved" in ran.err


def test_a_refusal_does_not_use_it_up(desk: Desk) -> None:
    save(desk)
    desk.tick("USDT_BTC", "64000")
    refused(desk, "has changed since it was saved")
    desk.tick("USDT_BTC", "61000")
    assert desk.run("apply", FILE).code == 0


def test_two_of_one_diff_open_one_trade(desk: Desk) -> None:
    save(desk)
    first = read(desk)
    save(desk)
    (desk.folder / "second.json").write_text((desk.folder / FILE).read_text())
    (desk.folder / FILE).write_text(json.dumps(first))
    assert desk.run("apply", "second.json").code == 0
    refused(desk, "has changed since it was saved")
