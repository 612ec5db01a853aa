"""Files are written with their folder; a reset forgets the journal that is really used."""

import json

import pytest

from tests.desk import LONG, Desk
from tests.unit.changes.test_saved import PLAN

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
def test_the_folder_of_a_file_is_made(desk: Desk, words: tuple[str, ...]) -> None:
    desk.plan("book", PLAN)
    desk.open(LONG)
    ran = desk.run(*words)
    assert ran.code == 0, ran.err
    assert (desk.folder / NEW / "x").read_text()


@pytest.mark.parametrize("command", ["report", "lint", "diff"])
def test_a_file_where_the_folder_should_be_is_said(desk: Desk, command: str) -> None:
    desk.plan("book", PLAN)
    (desk.folder / "new").write_text("")
    ran = desk.run(command, "--report", "json=new/x")
    assert ran.code == 2
    assert "--report json=new/x: " in ran.err


def with_store(desk: Desk, url: str) -> None:
    with (desk.folder / "smartplan.toml").open("a") as file:
        file.write(f'[state]\nurl = "{url}"\n')


def known(desk: Desk) -> str:
    return desk.run("diff").out.splitlines()[-1]


@pytest.mark.parametrize("url", ["sqlite:///.smartplan/state.db", "sqlite:///elsewhere/j.db"])
def test_a_reset_forgets_the_journal_wherever_it_is(desk: Desk, url: str) -> None:
    with_store(desk, url)
    reset_opens_anew(desk)


def test_a_reset_forgets_its_own_scope_in_postgres(
    desk: Desk, database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTPLAN_STATE_URL", database.url)
    reset_opens_anew(desk)


def reset_opens_anew(desk: Desk) -> None:
    """Everything of this workspace's sandbox, and nothing of another's."""
    desk.plan("book", PLAN)
    toml = desk.folder / "smartplan.toml"
    ours = toml.read_text()
    toml.write_text(ours.replace('"desk"', '"other"'))
    assert desk.run("apply", "--yes").code == 0
    toml.write_text(ours)
    both = ("--allow-lookalike", "one", "--allow-lookalike", "two")
    assert desk.run("apply", "--yes", *both).code == 0
    assert desk.run("sandbox", "reset").code == 0
    assert known(desk).startswith("Changes: 2 to create")
    assert known(desk).endswith("0 finished, 0 blocked.")
    assert desk.run("apply", "--yes").code == 0
    assert "how: reset" in desk.run("history").out
    toml.write_text(ours.replace('"desk"', '"other"'))
    assert known(desk).endswith("2 blocked."), "what another scope knows is not forgotten"


def test_a_reset_that_cannot_forget_the_journal_empties_nothing(desk: Desk) -> None:
    desk.plan("book", PLAN)
    assert desk.run("apply", "--yes").code == 0
    with_store(desk, "sqlite:///elsewhere")
    (desk.folder / "elsewhere").mkdir()
    assert desk.run("sandbox", "reset").code != 0
    assert len(desk.exchange().list_trades({})) == 2


def test_a_reset_of_its_own_store_leaves_no_history(desk: Desk) -> None:
    desk.plan("book", PLAN)
    assert desk.run("apply", "--yes").code == 0
    assert desk.run("sandbox", "reset").code == 0
    assert json.loads(desk.run("history", "--format", "json").out)["events"] == []
