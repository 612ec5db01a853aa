"""--format and --report of diff, apply and drift."""

import json
import subprocess

import pytest

from tests.plans import PLAN
from tests.process import smartplan
from tests.schemas import validator


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "btc.yaml").write_text(PLAN)
    return tmp_path


def checked(text):
    document = json.loads(text)
    validator("changeset").validate(document)
    return document


def test_diff_prints_one_format_and_writes_others(folder):
    done = smartplan(
        folder, "diff", "btc.yaml", "--exit-code", "--format=json",
        "--report=markdown=out/diff.md", "--report=text=out/diff.txt",
    )  # fmt: skip
    assert done.returncode == 3
    document = checked(done.stdout)
    assert (document["kind"], document["summary"]["create"]) == ("diff", 1)
    assert document["commit"] is None
    assert (
        (folder / "out" / "diff.md").read_text().startswith("<!-- smartplan:diff default/sandbox")
    )
    assert (folder / "out" / "diff.txt").read_text() == smartplan(folder, "diff", "btc.yaml").stdout


def test_the_next_command_applies_exactly_what_was_reviewed(folder):
    first = smartplan(folder, "diff", "btc.yaml", "--env=sandbox", "--format=json")
    command = checked(first.stdout)["next_command"].split()
    assert command[:2] == ["smartplan", "apply"]
    applied = smartplan(folder, *command[1:], "--format=json")
    assert applied.returncode == 0, applied.stderr
    document = checked(applied.stdout)
    assert [outcome["result"] for outcome in document["outcomes"]] == ["done"]
    assert document["left_to_do"]["unchanged"] == 1
    assert "+ btc" in applied.stderr
    again = smartplan(folder, *command[1:])
    assert again.returncode == 5
    assert "not the reviewed" in again.stderr


def test_a_saved_changeset_is_named_with_its_end_and_the_commit(folder):
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], cwd=folder, check=True)
    done = smartplan(folder, "diff", "btc.yaml", "--out=changes.json", "--format=json")
    document = checked(done.stdout)
    assert document["next_command"] == "smartplan apply changes.json"
    assert len(document["commit"]) == 40
    saved = json.loads((folder / "changes.json").read_text())
    assert document["expires"] == saved["expires"]
    assert document["changes_id"] == saved["changes"]


def test_an_apply_that_is_refused_still_leaves_its_report(folder):
    done = smartplan(folder, "apply", "btc.yaml", "--report=markdown=apply.md")
    assert done.returncode == 5
    text = (folder / "apply.md").read_text()
    assert "No outcome is known here" in text
    assert "1 to create" in text


def test_an_apply_without_anything_to_do_says_so_in_every_format(folder):
    smartplan(folder, "apply", "btc.yaml", "--yes")
    done = smartplan(folder, "apply", "btc.yaml", "--yes", "--format=json")
    assert done.returncode == 0
    document = checked(done.stdout)
    assert document["outcomes"] == []
    assert document["left_to_do"]["unchanged"] == 1


def test_drift_has_the_same_formats(folder):
    smartplan(folder, "apply", "btc.yaml", "--yes")
    (folder / "other.yaml").write_text(PLAN.replace("0.01", "0.02"))
    done = smartplan(folder, "drift", "other.yaml", "--format=json", "--report=markdown=drift.md")
    assert done.returncode == 0
    assert checked(done.stdout)["kind"] == "drift"
    assert (folder / "drift.md").read_text().startswith("<!-- smartplan:drift default/sandbox -->")


def test_a_report_of_no_known_format_is_refused_before_anything_is_read(folder):
    done = smartplan(folder, "diff", "missing.yaml", "--report=sarif=x")
    assert done.returncode == 2
    assert "not FORMAT=FILE with a format of text, json, markdown" in done.stderr
