"""``smartplan init``: a workspace that works at once, and nothing of the user's lost."""

import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
import yaml

from smartplan import __version__
from smartplan.workflow.installation import pin
from smartplan.workflow.scaffold import workspace_name
from tests.process import finish, smartplan

FILES = {
    ".github/workflows/smartplan-changes.yml",
    ".github/workflows/smartplan-drift.yml",
    ".github/workflows/smartplan.yml",
    ".gitignore",
    ".pre-commit-config.yaml",
    ".vscode/settings.json",
    "plans/btc-swing.yaml",
    "plans/eth-range.yaml",
    "schemas/decisions.schema.json",
    "schemas/plan.schema.json",
    "schemas/settings.schema.json",
    "schemas/smart-trade-create.schema.json",
    "smartplan.toml",
    "templates/exits.jinja",
    "values.yaml",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A freshly written workspace in ``My Desk``."""
    done = smartplan(tmp_path, "init", "My Desk")
    assert (done.returncode, done.stderr) == (0, "")
    return tmp_path / "My Desk"


def files_of(folder: Path) -> set[str]:
    return {f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file()}


def test_the_workspace_goes_from_lint_to_applied_on_the_sandbox(folder: Path) -> None:
    lint = smartplan(folder, "lint")
    assert (lint.returncode, lint.stdout) == (0, "No findings in 2 plans (2 trades).\n")
    assert smartplan(folder, "diff", "--exit-code").returncode == 3
    first = smartplan(folder, "apply", "--yes")
    assert first.returncode == 0
    assert first.stdout.startswith("sandbox · account main (1, embedded exchange) · workspace my-")
    assert "Changes: 2 to create, 0 to update" in first.stdout
    again = smartplan(folder, "diff", "--exit-code")
    assert again.returncode == 0
    assert "2 unchanged" in again.stdout


def test_every_file_is_there_and_named(tmp_path: Path) -> None:
    done = smartplan(tmp_path, "init", "desk")
    assert files_of(tmp_path / "desk") == FILES
    named = {
        line.removeprefix("wrote desk/") for line in done.stdout.splitlines() if "wrote" in line
    }
    assert named == FILES


def test_the_settings_say_which_workspace_it_is_and_since_when(folder: Path) -> None:
    before = datetime.now(UTC).date()
    settings = tomllib.loads((folder / "smartplan.toml").read_text())
    assert settings["workspace"] == "my-desk"
    assert settings["environment"] == "sandbox"
    assert (before - settings["since"]).days <= 1
    assert settings["environments"] == {"sandbox": {"accounts": {"main": 1, "futures": 2}}}
    assert "require_stop_loss" in settings["policy"]
    settings["since"] = settings["since"].isoformat()
    schema = json.loads((folder / "schemas" / "settings.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(settings)


def test_an_editor_finds_the_schema_beside_the_plan(folder: Path) -> None:
    plan = folder / "plans" / "eth-range.yaml"
    first = plan.read_text().partition("\n")[0]
    schema = plan.parent / first.removeprefix("# yaml-language-server: $schema=")
    accepted = finish(["check-jsonschema", "--schemafile", str(schema), str(plan)], folder)
    assert accepted.returncode == 0, accepted.stdout
    plan.write_text(plan.read_text().replace("breakeven:", "break_even:"))
    refused = finish(["check-jsonschema", "--schemafile", str(schema), str(plan)], folder)
    assert refused.returncode == 1
    assert "break_even" in refused.stdout


WORKFLOWS = sorted(Path(name).name for name in FILES if "workflows" in name)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_github_understands_the_workflows_and_every_action_is_pinned(
    folder: Path, name: str
) -> None:
    workflow = folder / ".github" / "workflows" / name
    valid = finish(
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(workflow)], folder
    )
    assert valid.returncode == 0, valid.stdout
    text = workflow.read_text()
    assert "permissions:\n  contents: read\n" in text
    uses = re.findall(r"uses: (\S+)", text)
    assert uses
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", use) for use in uses)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_only_the_step_that_needs_a_secret_has_it_and_no_script_is_made_of_input(
    folder: Path, name: str
) -> None:
    workflow = yaml.safe_load((folder / ".github" / "workflows" / name).read_text())
    assert workflow["permissions"] == {"contents": "read"}
    # `on` is a truth value in YAML 1.1.
    assert "pull_request_target" not in workflow[True]
    assert "secrets." not in str(workflow.get("env"))
    for job in workflow["jobs"].values():
        assert "secrets." not in str(job.get("env"))
        assert job.get("permissions", {}).keys() <= {"contents", "pull-requests"}
        for step in job["steps"]:
            # What a stranger can name travels as an environment variable, never as text.
            assert "${{" not in step.get("run", "")
            runs_smartplan = "-I -m smartplan " in step.get("run", "")
            assert runs_smartplan or "secrets." not in str(step)
            assert "@" not in step.get("uses", "") or not step["with"]["persist-credentials"]


def test_every_workflow_pins_what_it_installs_and_installs_nothing_of_the_checkout(
    folder: Path,
) -> None:
    files = sorted((folder / ".github" / "workflows").iterdir())
    assert len(files) == 3
    for file in files:
        workflow = yaml.safe_load(file.read_text())
        assert workflow["env"]["SMARTPLAN_PIN"] == pin(__version__).requirement
        steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
        installing = [step for step in steps if "pip" in step.get("run", "")]
        assert installing
        for step in installing:
            assert step["working-directory"] == "${{ runner.temp }}"
            assert 'pip install --quiet "$SMARTPLAN_PIN"' in step["run"]


def test_drift_runs_on_a_schedule(folder: Path) -> None:
    workflow = yaml.safe_load((folder / ".github/workflows/smartplan-drift.yml").read_text())
    assert workflow[True]["schedule"] == [{"cron": "17 */4 * * *"}]


def test_ci_lints_without_a_secret(folder: Path) -> None:
    text = (folder / ".github" / "workflows" / "smartplan.yml").read_text()
    assert "secrets." not in text
    assert "lint --isolate" in text


def test_only_the_protected_job_has_the_key_that_trades(folder: Path) -> None:
    workflows = folder / ".github" / "workflows"
    text = (workflows / "smartplan-changes.yml").read_text()
    jobs = yaml.safe_load(text)["jobs"]
    assert jobs["apply"]["needs"] == "diff"
    assert "pending == 'true'" in jobs["apply"]["if"]
    assert jobs["apply"]["concurrency"] == {
        "group": "smartplan-apply",
        "cancel-in-progress": False,
    }
    assert "head.repo.full_name == github.repository" in jobs["diff"]["if"]
    assert '--expect-changes "$REVIEWED"' in jobs["apply"]["steps"][-1]["run"]
    before, _, protected = text.partition("environment: smartplan-apply\n")
    for name in ("SMARTPLAN_API_KEY", "SMARTPLAN_API_SECRET"):
        assert f"secrets.{name} " not in before
        assert f"secrets.{name} " in protected
    assert "secrets.SMARTPLAN_API" not in (workflows / "smartplan-drift.yml").read_text()


def test_git_keeps_state_and_credentials_out(folder: Path) -> None:
    finish(["git", "init", "--quiet"], folder)
    (folder / ".env").write_text("SMARTPLAN_API_SECRET=x\n")
    smartplan(folder, "apply", "--yes")
    listed = finish(["git", "ls-files", "--others", "--exclude-standard"], folder)
    assert set(listed.stdout.split()) == FILES


def test_a_file_in_the_way_refuses_the_whole(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    done = smartplan(tmp_path, "init")
    assert done.returncode == 5
    assert "nothing was written: .gitignore would be overwritten" in done.stderr
    assert files_of(tmp_path) == {".gitignore"}


def test_keep_existing_writes_only_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    done = smartplan(tmp_path, "init", "--keep-existing")
    assert done.returncode == 0
    assert done.stderr == (
        "kept .gitignore: it was there before\nsee that .gitignore has .smartplan/ and .env\n"
    )
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    assert files_of(tmp_path) == FILES


def test_a_link_that_leads_nowhere_is_a_file_in_the_way(tmp_path: Path) -> None:
    outside = tmp_path / "outside.toml"
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "smartplan.toml").symlink_to(outside)
    assert smartplan(tmp_path, "init", "desk").returncode == 5
    assert not outside.exists()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = smartplan(tmp_path, "init", "file/desk")
    assert done.returncode == 2
    assert "Not a directory" in done.stderr


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("desk", "desk"),
        ("My Trading_Desk", "my-trading-desk"),
        ("a-name-of-more-than-twenty-characters", "a-name-of-more-than"),
        ("デスク", "desk"),
        ("--2026--", "2026"),
    ],
)
def test_the_workspace_is_named_after_its_folder(tmp_path: Path, folder: str, name: str) -> None:
    assert workspace_name(tmp_path / folder) == name


def test_what_outlives_a_run_is_in_no_repository(folder: Path) -> None:
    assert smartplan(folder, "apply", "--yes").returncode == 0
    (folder / ".gitignore").unlink()
    finish(["git", "init", "--quiet"], folder)
    assert finish(["git", "status", "--porcelain", ".smartplan"], folder).stdout == ""


def test_a_commit_that_only_deletes_a_plan_is_linted(folder: Path) -> None:
    hooks = yaml.safe_load((folder / ".pre-commit-config.yaml").read_text())
    ours = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text())
    (hook,) = hooks["repos"][0]["hooks"]
    assert hook["always_run"] is True
    assert ours[0]["always_run"] is True


def test_an_editor_is_kept_from_templates(folder: Path) -> None:
    known = json.loads((folder / ".vscode" / "settings.json").read_text())["files.associations"]
    templated = {f.name for f in (folder / "plans").iterdir() if "{{" in f.read_text()}
    assert templated == {"btc-swing.yaml"}
    assert known["**/plans/btc-swing.yaml"] == "jinja-yaml"
    assert "**/plans/eth-range.yaml" not in known
