"""What a repository links to outside of itself is neither read nor written, isolated or not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plans import PLAN

SECRET = "canary: the-text-of-a-private-file"
ISOLATED = [pytest.param([], id="plain"), pytest.param(["--isolate"], id="isolated")]


def smartplan(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "smartplan", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace beside a folder that is none of its business."""
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("a.yaml", "values.yaml", "part.jinja", "smartplan.toml"):
        (outside / name).write_text(f"{SECRET}\n")
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "smartplan.toml").write_text('workspace = "desk"\n')
    return tmp_path / "desk"


def refused(done: subprocess.CompletedProcess[str], code: int) -> str:
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    assert "a link out of the workspace" in said
    assert "canary" not in said
    assert "private" not in said
    return said


@pytest.mark.parametrize("isolated", ISOLATED)
@pytest.mark.parametrize("named", [[], ["plans"], ["plans/"], ["./plans"], ["plans/a.yaml"]])
def test_a_folder_of_plans_that_is_a_link(
    folder: Path, isolated: list[str], named: list[str]
) -> None:
    (folder / "plans").symlink_to("../outside")
    assert "plans" in refused(smartplan(folder, "lint", *isolated, *named), 2)


@pytest.mark.parametrize("isolated", ISOLATED)
@pytest.mark.parametrize("settings", [True, False])
def test_a_pattern_that_reads_through_a_link(
    folder: Path, isolated: list[str], settings: bool
) -> None:
    (folder / "plans").symlink_to("../outside")
    if not settings:
        (folder / "smartplan.toml").unlink()
    refused(smartplan(folder, "lint", *isolated, "plans/*.yaml"), 1)


def test_a_link_seen_from_a_folder_below(folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "plans").symlink_to("../outside")
    refused(smartplan(folder / "below", "lint", "../plans"), 2)
    refused(smartplan(folder / "below", "lint"), 2)


def test_a_link_among_the_plans_that_were_not_named(folder: Path) -> None:
    (folder / "plans").symlink_to("../outside")
    (folder / "mine.yaml").write_text(PLAN)
    done = smartplan(folder, "lint", "mine.yaml")
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize("isolated", ISOLATED)
def test_settings_that_are_a_link(folder: Path, isolated: list[str]) -> None:
    (folder / "smartplan.toml").unlink()
    (folder / "smartplan.toml").symlink_to("../outside/smartplan.toml")
    (folder / "mine.yaml").write_text(PLAN)
    refused(smartplan(folder, "lint", *isolated, "mine.yaml"), 2)


@pytest.mark.parametrize("isolated", ISOLATED)
@pytest.mark.parametrize("named", [[], ["--values", "values.yaml"]])
def test_values_that_are_a_link(folder: Path, isolated: list[str], named: list[str]) -> None:
    (folder / "values.yaml").symlink_to("../outside/values.yaml")
    (folder / "mine.yaml").write_text(PLAN + "note: {{ other }}\n")
    refused(smartplan(folder, "lint", *isolated, *named, "mine.yaml"), 1)


@pytest.mark.parametrize("isolated", ISOLATED)
def test_templates_that_are_a_link(folder: Path, isolated: list[str]) -> None:
    (folder / "templates").symlink_to("../outside")
    (folder / "mine.yaml").write_text(PLAN + "note: {% include 'part.jinja' %}\n")
    done = smartplan(folder, "lint", *isolated, "mine.yaml")
    assert done.returncode == 1
    assert "is a link out of the workspace" in done.stdout
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["lint", "--report", "json=report", "mine.yaml"],
        ["lint", "--isolate", "--report", "json=report", "mine.yaml"],
        ["lint", "--report", "json=folder/report", "mine.yaml"],
        ["report", "--offline", "--report", "json=report", "mine.yaml"],
        ["diff", "--report", "json=report", "mine.yaml"],
        ["diff", "--out", "folder/report", "mine.yaml"],
    ],
)
def test_a_report_that_would_be_written_through_a_link(folder: Path, arguments: list[str]) -> None:
    target = folder.parent / "outside" / "report"
    target.write_text("as it was")
    (folder / "report").symlink_to(target)
    (folder / "folder").symlink_to("../outside")
    (folder / "mine.yaml").write_text(PLAN)
    done = smartplan(folder, *arguments)
    assert done.returncode == 2
    assert "a link out of the working folder" in done.stderr
    assert target.read_text() == "as it was"


def test_a_half_written_changeset_is_not_written_through_a_link(folder: Path) -> None:
    target = folder.parent / "outside" / "report"
    target.write_text("as it was")
    (folder / "saved.json.part").symlink_to(target)
    (folder / "mine.yaml").write_text(PLAN)
    done = smartplan(folder, "diff", "--out", "saved.json", "mine.yaml")
    assert target.read_text() == "as it was"
    assert done.returncode in {0, 3}
    assert json.loads((folder / "saved.json").read_text())


@pytest.mark.parametrize("isolated", ISOLATED)
def test_what_a_person_names_where_it_lies_is_read(folder: Path, isolated: list[str]) -> None:
    (folder.parent / "outside" / "smartplan.toml").unlink()
    (folder.parent / "outside" / "a.yaml").write_text(PLAN)
    done = smartplan(folder, "lint", *isolated, "../outside/a.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_links_within_the_workspace_are_followed(folder: Path) -> None:
    (folder / "kept").mkdir()
    (folder / "kept" / "a.yaml").write_text(PLAN)
    (folder / "kept" / "below").mkdir()
    (folder / "kept" / "below" / "values.yaml").write_text("a: 1\n")
    (folder / "plans").symlink_to("kept")
    (folder / "values.yaml").symlink_to("kept/below/values.yaml")
    for named in ([], ["plans"], ["plans/a.yaml"], ["plans/*.yaml"]):
        done = smartplan(folder, "lint", *named)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 plan" in done.stdout


def test_a_pattern_over_links_that_lead_into_one_another_ends(folder: Path) -> None:
    (folder / "plans").mkdir()
    (folder / "plans" / "a.yaml").write_text(PLAN)
    for name in ("one", "two", "three"):
        (folder / "plans" / name).symlink_to(".")
    done = smartplan(folder, "lint", "plans/**/*.yaml")
    assert "1 plan" in done.stdout
    assert smartplan(folder, "lint", "**/a.yaml").returncode == 0


@pytest.mark.parametrize("name", ["plans/a.yaml", "templates/part.jinja"])
def test_a_link_to_itself_is_a_finding(folder: Path, name: str) -> None:
    for inside in ("plans", "templates"):
        (folder / inside).mkdir()
    (folder / "plans" / "b.yaml").write_text("{% include 'part.jinja' %}\n" + PLAN)
    (folder / "templates" / "part.jinja").write_text("# mine")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(Path(name).name)
    done = smartplan(folder, "lint", "--format", "json")
    said = [one["message"] for one in json.loads(done.stdout)["findings"]]
    template = name.startswith("templates")
    wanted = "no template `part.jinja`" if template else "Too many levels of symbolic links"
    assert (done.returncode, done.stderr) == (1, "")
    assert any(wanted in one for one in said)
