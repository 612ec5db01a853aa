"""Files are written with their folder; a reset forgets the journal that is really used."""

import json

import pytest

from tests.bodies import LONG
from tests.plans import TWO_TRADES
from tests.workspace import Workspace

NEW = "new/folder"


@pytest.mark.parametrize(
    "words",
    [
        ("report", "--report", f"html={NEW}/x"),
        ("report", "--report", f"markdown={NEW}/x"),
        ("lint", "--report", f"sarif={NEW}/x"),
        ("diff", "--report", f"json={NEW}/x"),
        ("diff", "--out", f"{NEW}/x"),
        ("drift", "--report", f"markdown={NEW}/x"),
        ("apply", "--yes", "--allow-lookalike", "one", "--report", f"json={NEW}/x"),
        ("import", "31000001", "--out", f"{NEW}/x"),
    ],
    ids=lambda words: f"{words[0]} {words[-1].partition('=')[0]}",
)
def test_the_folder_of_a_file_is_made(workspace: Workspace, words: tuple[str, ...]) -> None:
    workspace.plan("book", TWO_TRADES)
    workspace.open(LONG)
    ran = workspace.run(*words)
    assert ran.code == 0, ran.err
    assert (workspace.folder / NEW / "x").read_text()


@pytest.mark.parametrize("command", ["report", "lint", "diff"])
def test_a_file_where_the_folder_should_be_is_said(workspace: Workspace, command: str) -> None:
    workspace.plan("book", TWO_TRADES)
    (workspace.folder / "new").write_text("")
    ran = workspace.run(command, "--report", "json=new/x")
    assert ran.code == 2
    assert "--report json=new/x: " in ran.err


def with_store(workspace: Workspace, url: str) -> None:
    workspace.configure(f'[state]\nurl = "{url}"')


def known(workspace: Workspace) -> str:
    return workspace.run("diff").out.splitlines()[-1]


@pytest.mark.parametrize("url", ["sqlite:///.smartplan/state.db", "sqlite:///elsewhere/j.db"])
def test_a_reset_forgets_the_journal_wherever_it_is(workspace: Workspace, url: str) -> None:
    with_store(workspace, url)
    reset_opens_anew(workspace)


def test_a_reset_forgets_its_own_scope_in_postgres(
    workspace: Workspace, database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTPLAN_STATE_URL", database.url)
    reset_opens_anew(workspace)


def reset_opens_anew(workspace: Workspace) -> None:
    """Everything of this workspace's sandbox, and nothing of another's."""
    workspace.plan("book", TWO_TRADES)
    toml = workspace.toml
    ours = toml.read_text()
    toml.write_text(ours.replace('"desk"', '"other"'))
    assert workspace.run("apply", "--yes").code == 0
    toml.write_text(ours)
    both = ("--allow-lookalike", "one", "--allow-lookalike", "two")
    assert workspace.run("apply", "--yes", *both).code == 0
    assert workspace.run("sandbox", "reset").code == 0
    assert known(workspace).startswith("Changes: 2 to create")
    assert known(workspace).endswith("0 finished, 0 blocked.")
    assert workspace.run("apply", "--yes").code == 0
    assert "how: reset" in workspace.run("history", "--format", "events").out
    toml.write_text(ours.replace('"desk"', '"other"'))
    assert known(workspace).endswith("2 blocked."), "what another scope knows is not forgotten"


def test_a_reset_that_cannot_forget_the_journal_empties_nothing(workspace: Workspace) -> None:
    workspace.plan("book", TWO_TRADES)
    assert workspace.run("apply", "--yes").code == 0
    with_store(workspace, "sqlite:///elsewhere")
    (workspace.folder / "elsewhere").mkdir()
    assert workspace.run("sandbox", "reset").code != 0
    assert len(workspace.exchange.list_trades({})) == 2


def test_a_reset_of_its_own_store_leaves_no_history(workspace: Workspace) -> None:
    workspace.plan("book", TWO_TRADES)
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.run("sandbox", "reset").code == 0
    assert json.loads(workspace.run("history", "--format", "json").out)["events"] == []
