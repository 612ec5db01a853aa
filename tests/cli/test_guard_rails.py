"""Guard rails at apply: what each level does, and what is kept of one that was set aside."""

import csv
import io
import json

import pytest

from tests.cli.guard_rails import EXCUSE, apply, overrides, policy
from tests.plans import TWO_TRADES
from tests.workspace import Workspace


@pytest.fixture
def soft(workspace: Workspace) -> Workspace:
    """Two creates, one of them above ``max_notional``, and more than ``max_creates``."""
    workspace.plan("book", TWO_TRADES)
    policy(workspace, "max_notional = {USDT = 1000}\nmax_creates = 1\nmax_leverage = 5\n")
    return workspace


def test_a_soft_guard_rail_stops_and_names_the_way_out(soft: Workspace) -> None:
    ran = apply(soft)
    assert ran.code == 5
    assert "--override max_creates --override max_notional --reason TEXT" in ran.err
    assert soft.exchange.list_trades({}) == []


def test_all_of_them_must_be_set_aside_by_name(soft: Workspace) -> None:
    assert apply(soft, "--override", "max_creates", *EXCUSE).code == 5
    assert overrides(soft) == []


def test_what_is_set_aside_is_journaled_for_its_trade_with_its_reason_and_counted(
    soft: Workspace,
) -> None:
    ran = apply(soft, "--override", "max_creates", "--override", "max_notional", *EXCUSE)
    assert ran.code == 0, ran.err
    line = "2 guard rails overridden (max_notional for two, max_creates): agreed with the desk"
    assert line in ran.out
    of_two, of_all = overrides(soft)
    assert (of_two["name"], of_two["round"], of_all["name"]) == ("two", 1, None)
    assert of_two["data"] == {
        "rule": "max_notional",
        "reason": "agreed with the desk",
        "breach": "notional 1180 USDT is above max_notional 1000 USDT",
    }
    assert overrides(soft, "two") == [of_two]
    assert (
        "rule: max_creates  reason: agreed with the desk"
        in soft.run("history", "--format", "events").out
    )
    rows = list(csv.DictReader(io.StringIO(soft.run("history", "--format", "csv").out)))
    assert [row["kind"] for row in rows].count("override") == 2


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_every_report_of_an_apply_says_what_was_set_aside(soft: Workspace, form: str) -> None:
    rules = ("--override", "max_creates", "--override", "max_notional")
    ran = apply(soft, *rules, *EXCUSE, "--format", form)
    assert ran.code == 0, ran.err
    if form == "json":
        told = json.loads(ran.out)["overrides"]
        assert [(o["trade"], o["rule"], o["reason"]) for o in told] == [
            ("two", "max_notional", "agreed with the desk"),
            (None, "max_creates", "agreed with the desk"),
        ]
    else:
        assert "2 guard rails overridden" in ran.out.replace("\\", "")


def test_an_override_that_nothing_needs_is_no_use_of_it(soft: Workspace) -> None:
    policy(soft, "max_creates = 5\n")
    ran = apply(soft, "--override", "max_creates", *EXCUSE)
    assert ran.code == 0
    assert "overridden" not in ran.out
    assert overrides(soft) == []


def test_an_override_names_the_trades_it_is_for(soft: Workspace) -> None:
    policy(soft, "max_notional = {USDT = 500}\n")
    ran = apply(soft, "--override", "max_notional:two", *EXCUSE)
    assert ran.code == 5
    assert "one: notional 600 USDT is above max_notional 500 USDT" in ran.err
    assert "two: notional" not in ran.err
    ran = apply(soft, "--override", "max_notional", *EXCUSE)
    assert ran.code == 5
    both = ("--override", "max_notional:one", "--override", "max_notional:two")
    assert " ".join((*both, "--reason TEXT")) in ran.err
    assert soft.exchange.list_trades({}) == []
    assert apply(soft, *both, *EXCUSE).code == 0
    assert [event["name"] for event in overrides(soft)] == ["one", "two"]


def test_a_person_sees_every_reason_at_once(soft: Workspace) -> None:
    ran = apply(soft)
    assert ran.code == 5
    assert "nothing was done, for 2 reasons:" in ran.err
    assert "- two: notional 1180 USDT is above max_notional 1000 USDT" in ran.err
    assert "- 2 in one apply are more than max_creates 1" in ran.err


FALLEN = "60000"
"""A price at which the stop of ``STOPPED`` would sell at once what it buys."""
STOPPED = """
trades:
  one:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: market, units: {value: 0.01}}
    take_profit: {enabled: false}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 62000, type: bid}}}
"""


@pytest.fixture
def fallen(workspace: Workspace) -> Workspace:
    """The price is below the stop of what is to be bought at market."""
    workspace.plan("book", STOPPED)
    workspace.tick("USDT_BTC", FALLEN)
    return workspace


def test_what_would_be_sold_at_once_is_not_opened_where_nobody_looks(fallen: Workspace) -> None:
    ran = apply(fallen)
    assert ran.code == 5
    assert "one: the stop loss at 62000 would fire at once: the market is at 60000" in ran.err
    assert "--override fires_at_once --reason TEXT" in ran.err
    assert fallen.exchange.list_trades({}) == []


@pytest.mark.parametrize("asked", ["a person", "a reviewed diff", "an override", "a saved file"])
def test_what_would_be_sold_at_once_is_told_beside_what_was_done(
    fallen: Workspace, asked: str
) -> None:
    match asked:
        case "a person":
            ran = fallen.run("apply", typed="yes\n")
        case "a reviewed diff":
            id_ = json.loads(fallen.run("diff", "--format", "json").out)["changes_id"]
            ran = apply(fallen, "--expect-changes", id_)
        case "an override":
            ran = apply(fallen, "--override", "fires_at_once:one", *EXCUSE)
            assert [event["data"]["rule"] for event in overrides(fallen)] == ["fires_at_once"]
        case _:
            assert fallen.run("diff", "--out", "changes.json").code == 0
            ran = fallen.run("apply", "changes.json")
    assert ran.code == 0, ran.out + ran.err
    done = ran.out.partition("✓ one")[2]
    assert "⚠ the stop loss at 62000 would fire at once: the market is at 60000" in done


def test_a_workspace_that_only_wants_a_warning_says_so(fallen: Workspace) -> None:
    policy(fallen, 'fires_at_once = "warn"\n')
    ran = apply(fallen)
    assert ran.code == 0
    assert "would fire at once" in ran.out.partition("✓ one")[2]


def test_a_hard_guard_rail_is_never_set_aside(soft: Workspace) -> None:
    policy(soft, 'max_creates = {limit = 1, level = "hard"}\n')
    ran = apply(soft, "--override", "max_creates", *EXCUSE)
    assert ran.code == 5
    assert "max_creates is a hard guard rail" in ran.err


def test_a_warning_stops_nothing(soft: Workspace) -> None:
    policy(soft, 'max_creates = {limit = 1, level = "warn"}\n')
    ran = apply(soft)
    assert ran.code == 0
    assert "(max_creates: warning)" in ran.out


def test_an_override_needs_a_reason_and_the_name_of_a_guard_rail(soft: Workspace) -> None:
    assert apply(soft, "--override", "max_creates").code == 2
    assert apply(soft, "--override", "max_creates", "--reason", " ").code == 2
    ran = apply(soft, "--override", "max_create", *EXCUSE)
    assert ran.code == 2
    assert "did you mean max_creates?" in ran.err


@pytest.mark.parametrize(
    ("level", "arguments", "code"),
    [
        ("warn", (), 0),
        ("soft", (), 5),
        ("soft", ("--override", "widen_risk", *EXCUSE), 0),
        ("hard", ("--override", "widen_risk", *EXCUSE), 5),
    ],
)
def test_widening_the_risk_of_a_live_trade_is_a_guard_rail(
    workspace: Workspace, level: str, arguments: tuple[str, ...], code: int
) -> None:
    workspace.plan("book", TWO_TRADES)
    assert apply(workspace).code == 0
    policy(workspace, f'widen_risk = "{level}"\n')
    workspace.plan("book", TWO_TRADES.replace("55000", "54000"))
    ran = apply(workspace, "--allow-widen", "one", "--allow-widen", "two", *arguments)
    assert ran.code == code, ran.out + ran.err
    assert "its risk is widened: stop_loss.conditional.price.value (widen_risk:" in ran.out


def test_freeze_lets_nothing_be_opened_or_changed_but_ended(workspace: Workspace) -> None:
    workspace.plan("book", TWO_TRADES)
    assert apply(workspace).code == 0
    policy(workspace, "freeze = true\n")
    workspace.plan("book", TWO_TRADES.replace("55000", "56000"))
    assert apply(workspace).code == 5
    ended = TWO_TRADES + "    lifecycle: {state: cancelled}\n"
    workspace.plan("book", ended)
    ran = apply(workspace)
    assert ran.code == 0, ran.err
    assert "1 to cancel" in ran.out


CONTRACTS = """
trades:
  perp:
    account: futures
    pair: USDT_BTC
    leverage: {enabled: true, type: isolated, value: 2}
    position: {type: buy, order_type: limit, units: {value: 1}, price: {value: 60000}}
    take_profit: {enabled: false}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""


@pytest.mark.parametrize(
    ("rail", "level", "code"),
    [
        ("max_notional", "soft", 5),
        ("max_loss_at_stop", "soft", 5),
        ("max_open_risk", "soft", 5),
        ("max_notional", "warn", 0),
    ],
)
def test_units_that_are_contracts_fail_closed(
    workspace: Workspace, rail: str, level: str, code: int
) -> None:
    """Nobody knows what one contract is worth: any limit may be broken."""
    workspace.plan("perp", CONTRACTS)
    limit = f'{{limit = {{USDT = 1000000}}, level = "{level}"}}'
    policy(workspace, f"{rail} = {limit}\n")
    assert workspace.run("diff").code == 0
    workspace.configure('[risk]\ncontracts = ["futures"]')
    shown = workspace.run("diff").out
    assert "notional ?, margin ?, loss at stop ?" in shown
    assert "unknown (units are contracts of unknown size)" in shown
    ran = apply(workspace)
    assert ran.code == code
    assert ("set it in [risk.contracts]" in ran.out + ran.err) == (level == "soft")


def test_rails_judge_contracts_whose_size_is_set(workspace: Workspace) -> None:
    """1 contract of 0.01 BTC at 60000 is worth 600, and loses 50 and both fees to its stop."""
    workspace.plan("perp", CONTRACTS)
    workspace.configure("[risk.contracts]\nfutures = {size = 0.01}")
    shown = workspace.run("diff").out
    assert "notional 600 USDT · margin 300 USDT · loss at stop 51.15 USDT" in shown
    policy(workspace, 'max_notional = {limit = {USDT = 599}, level = "soft"}')
    ran = apply(workspace)
    assert ran.code == 5
    assert "notional 600 USDT is above max_notional 599 USDT" in ran.out + ran.err


def test_an_account_that_is_none_cannot_be_said_to_trade_contracts(workspace: Workspace) -> None:
    """A slip of the pen must not leave the guard rails open."""
    workspace.plan("perp", CONTRACTS)
    workspace.configure('[risk]\ncontracts = ["futres"]')
    ran = workspace.run("diff")
    assert ran.code == 2
    assert "names no account: futres" in ran.err
