"""A warning is told once a run, of what was selected, by the commands that act on plans."""

import pytest

from tests.cli.guard_rails import EXCUSE, policy
from tests.plans import TWO_TRADES
from tests.workspace import Workspace

# A position that nothing ever closes is what is warned of.
WARNED = """\
trades:
  {name}:
    account: main
    pair: usdt_{coin}
    position: {{type: buy, order_type: limit, units: {{value: 0.01}}, price: {{value: 40000}}}}
    take_profit: {{enabled: false}}
    stop_loss: {{enabled: false}}
"""


@pytest.fixture
def two(workspace: Workspace) -> Workspace:
    """Two plans with a warning each: nothing ever closes their positions."""
    for name in ("one", "two"):
        text = WARNED.format(name=name, coin="btc").replace("usdt_btc", "USDT_BTC")
        workspace.plan(name, text.replace("40000", "41000" if name == "two" else "40000"))
    return workspace


def test_lint_and_diff_tell_of_both(two: Workspace) -> None:
    assert two.run("lint").out.count("warning SP") == 2
    assert two.run("diff").err.count("warning SP") == 2


@pytest.mark.parametrize("command", ["diff", "apply --yes"])
def test_of_what_was_selected_alone(two: Workspace, command: str) -> None:
    ran = two.run(*command.split(), "--target", "one")
    assert ran.err.count("warning SP") == 1
    assert "[one]" in ran.err
    assert "[two]" not in ran.err
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("command", ["status", "drift", "report --offline"])
def test_those_that_only_look_do_not_repeat_them(two: Workspace, command: str) -> None:
    ran = two.run(*command.split())
    assert "warning" not in ran.err
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("command", ["status", "drift", "report --offline"])
def test_errors_are_told_by_all(two: Workspace, command: str) -> None:
    two.plan("bad", WARNED.format(name="bad", coin="btc").replace("type: buy", "type: long"))
    ran = two.run(*command.split())
    assert "did you mean `buy`?" in ran.err


def test_a_rail_that_was_overridden_is_told_as_that(workspace: Workspace) -> None:
    workspace.plan("book", TWO_TRADES)
    policy(workspace, "max_notional = {USDT = 1000}\n")
    ran = workspace.run("apply", "--yes", "--override", "max_notional:two", *EXCUSE)
    assert ran.code == 0, ran.err
    assert "overridden: agreed with the desk" in ran.err
    assert "apply refuses it" not in ran.err
    told = "two: notional 1180 USDT is above max_notional 1000 USDT (max_notional: overridden, "
    assert f"{told}agreed with the desk)" in ran.out
    assert "stops unless overridden" not in ran.out


def test_one_that_was_not_is_told_as_that(workspace: Workspace) -> None:
    workspace.plan("book", TWO_TRADES)
    policy(workspace, "max_notional = {USDT = 1000}\nmax_creates = 1\n")
    ran = workspace.run("apply", "--yes", "--override", "max_notional:two", *EXCUSE)
    assert ran.code == 5
    assert "(max_creates: stops unless overridden)" in ran.out
    assert "(max_notional: overridden, agreed with the desk)" in ran.out
