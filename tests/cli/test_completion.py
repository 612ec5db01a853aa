"""What a shell is offered: names of the workspace, codes, rails, pairs, formats."""

import pytest
from click.shell_completion import ShellComplete

from smartplan.cli.app import main
from tests.plans import TWO_TARGETS
from tests.workspace import Workspace


def offered(*words: str) -> set[str]:
    """What stands where the last word is being typed."""
    *before, incomplete = words
    shell = ShellComplete(main, {}, "smartplan", "_SMARTPLAN_COMPLETE")
    return {found.value for found in shell.get_completions(list(before), incomplete)}


@pytest.fixture
def desk(workspace: Workspace) -> Workspace:
    workspace.plan("btc", TWO_TARGETS)
    return workspace


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("trade", "show", "b"), {"btc-swing"}),
        (("history", ""), {"btc-swing"}),
        (("resolve", "btc"), {"btc-swing"}),
        (("diff", "--target", "b"), {"btc-swing"}),
        (("apply", "--overwrite-drift", ""), {"btc-swing"}),
        (("apply", "--override", "max_loss"), {"max_loss_at_stop"}),
        (("apply", "--override", "max_loss_at_stop:b"), {"max_loss_at_stop:btc-swing"}),
        (("rules", "SP80"), {"SP801", "SP802", "SP803", "SP804"}),
        (("schema", "markets"), {"markets", "markets-lock"}),
        (("docs", "plan"), {"plan-format"}),
        (("diff", "--report", "j"), {"json="}),
        (("lint", "--format", "s"), {"sarif"}),
        (("markets", "list", "--account", "f"), {"futures"}),
        (("trade", "list", "--account", "m"), {"main"}),
    ],
)
def test_what_is_known_is_offered(
    desk: Workspace, words: tuple[str, ...], expected: set[str]
) -> None:
    assert offered(*words) == expected


def test_pairs_come_from_the_lock(desk: Workspace) -> None:
    assert offered("sandbox", "tick", "USDT") == set()
    desk.run("markets", "lock", "USDT_SOL")
    assert offered("sandbox", "tick", "USDT") == {"USDT_BTC", "USDT_SOL"}
    assert offered("trade", "list", "--pair", "USDT_S") == {"USDT_SOL"}


def test_what_was_opened_is_known_without_its_plan(desk: Workspace) -> None:
    desk.run("apply", "--yes")
    (desk.folder / "plans" / "btc.yaml").unlink()
    assert offered("trade", "show", "") == {"btc-swing"}


def test_nothing_is_offered_and_nothing_said_where_something_is_wrong(
    desk: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.configure("[policy]\nmax_nonsense = 1")
    assert offered("trade", "show", "") == set()
    assert capsys.readouterr() == ("", "")
