"""Saved changesets on the embedded exchange: saved by diff, shown, and applied as they are."""

import json

import pytest

from tests.plans import TWO_TRADES
from tests.workspace import Workspace


def saved(workspace: Workspace, *arguments: str) -> dict:
    workspace.plan("book", TWO_TRADES)
    assert workspace.run("diff", "--out", "changes.json", *arguments).code == 0
    return json.loads((workspace.folder / "changes.json").read_text())


def test_a_saved_changeset_is_applied_once_without_asking(workspace: Workspace) -> None:
    saved(workspace)
    applied = workspace.run("apply", "changes.json")
    assert applied.code == 0, applied.err
    assert "✓ one" in applied.out
    assert "✓ two" in applied.out
    again = workspace.run("apply", "changes.json")
    assert again.code == 5
    assert "1 to create" not in workspace.run("diff").out


def test_it_acts_on_the_plans_as_they_were_saved(workspace: Workspace) -> None:
    saved(workspace)
    workspace.plan("book", TWO_TRADES.replace("60000", "58000"))
    applied = workspace.run("apply", "changes.json")
    assert applied.code == 0
    assert "one  USDT_BTC  long 0.01 @ 60000 limit" in applied.out


def test_all_of_the_risk_is_shown_as_the_diff_shows_it(workspace: Workspace) -> None:
    workspace.configure("[risk]\nequity = {USDT = 10000}")
    saved(workspace)
    asked = ("if it ends", "stop before TP1", "stop missed by", "Heat USDT long", "Stress USDT")

    def told(*command: str) -> list[str]:
        lines = workspace.run(*command).out.splitlines()
        return [line.strip() for line in lines if line.strip().startswith(asked)]

    assert told("show", "changes.json") == []
    shown = told("show", "changes.json", "--risk", "full")
    assert shown == told("diff", "--risk", "full")
    assert len(shown) >= len(asked)


def test_only_what_was_selected_is_in_it(workspace: Workspace) -> None:
    saved(workspace, "--target", "two")
    applied = workspace.run("apply", "changes.json")
    assert applied.code == 0, applied.err
    assert "one" not in applied.out


def test_a_changed_file_is_refused(workspace: Workspace) -> None:
    content = saved(workspace)
    content["inputs"] = {
        name: text.replace("60000", "70000") for name, text in content["inputs"].items()
    }
    (workspace.folder / "changes.json").write_text(json.dumps(content, indent=1))
    refused = workspace.run("apply", "changes.json")
    assert refused.code == 5
    assert "was changed after it was saved" in refused.err


def test_another_workspace_is_refused(workspace: Workspace) -> None:
    saved(workspace)
    workspace.toml.write_text('workspace = "other"\n')
    refused = workspace.run("apply", "changes.json")
    assert refused.code == 5
    assert "is for desk (sandbox)" in refused.err


def test_a_trade_that_was_opened_meanwhile_stops_it(workspace: Workspace) -> None:
    saved(workspace)
    assert workspace.run("apply", "--target", "one", "--yes").code == 0
    refused = workspace.run("apply", "changes.json")
    assert refused.code == 5
    assert "has changed since it was saved" in refused.err


@pytest.mark.parametrize("lifetime", ["0m", "25h", "soon", "5"])
def test_an_impossible_lifetime_is_a_usage_error(workspace: Workspace, lifetime: str) -> None:
    workspace.plan("book", TWO_TRADES)
    refused = workspace.run("diff", "--out", "changes.json", "--expires", lifetime)
    assert refused.code == 2
    assert not (workspace.folder / "changes.json").exists()


def test_the_reviewed_set_of_actions_can_be_asked_for(workspace: Workspace) -> None:
    reviewed = saved(workspace)["changes"]
    other = workspace.run("apply", "--yes", "--expect-changes", "0123456789abcdef")
    assert other.code == 5
    assert workspace.run("apply", "--yes", "--expect-changes", reviewed).code == 0


def test_show_prints_it_at_any_time(workspace: Workspace) -> None:
    content = saved(workspace)
    shown = workspace.run("show", "changes.json")
    assert shown.code == 0
    assert "+ one" in shown.out
    assert content["changes"] in shown.out
