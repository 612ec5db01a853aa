"""The ways into CI, taken for real: the pre-commit hook, the GitHub action, the schemas."""

import json
import os
import re
import shutil
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.server import Server
from tests.process import finish, smartplan
from tests.traps import POISONED, set_traps

ROOT = Path(__file__).parents[2]
SHIPPED = ("smartplan", "schemas", "docs", "scripts", "pyproject.toml", "README.md", "LICENSE")
INSTALLING = 300
"""Seconds that building an environment may take on a slow line."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone of this repository has, committed, without what lies around here."""
    folder = tmp_path_factory.mktemp("checkout") / "smartplan"
    folder.mkdir()
    for name in (*SHIPPED, ".pre-commit-hooks.yaml", "action.yml"):
        source = ROOT / name
        if source.is_dir():
            skip = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / name, ignore=skip)
        else:
            shutil.copy2(source, folder / name)
    commit(folder)
    return folder


def commit(folder: Path) -> str:
    """Commit all of ``folder``; the commit."""
    author = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"]
    for arguments in (
        ["init", "--quiet"],
        ["add", "--all"],
        [*author, "commit", "--quiet", "--no-verify", "-m", "all"],
    ):
        done = finish(["git", *arguments], folder)
        assert done.returncode == 0, done.stderr
    return finish(["git", "rev-parse", "HEAD"], folder).stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A new workspace under Git, with nothing wrong in it."""
    folder = tmp_path / "desk"
    assert smartplan(tmp_path, "init", "desk").returncode == 0
    commit(folder)
    return folder


def spoil(folder: Path) -> None:
    plan = folder / "plans" / "eth-range.yaml"
    plan.write_text(plan.read_text().replace("volume: 50 }", "volume: 40 }", 1))
    finish(["git", "add", "--all"], folder)


def test_the_pre_commit_hook_of_this_repository(checkout: Path, folder: Path) -> None:
    head = finish(["git", "rev-parse", "HEAD"], checkout).stdout.strip()
    config = {"repos": [{"repo": str(checkout), "rev": head, "hooks": [{"id": "smartplan-lint"}]}]}
    (folder / ".pre-commit-config.yaml").write_text(json.dumps(config))
    home = {"PRE_COMMIT_HOME": str(folder.parent / "pre-commit")}
    finish(["git", "add", "--all"], folder)

    sound = finish(["pre-commit", "run", "--all-files"], folder, timeout=INSTALLING, **home)
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert "smartplan lint" in sound.stdout
    assert "Passed" in sound.stdout

    spoil(folder)
    spoilt = finish(["pre-commit", "run"], folder, **home)
    assert spoilt.returncode == 1
    assert "plans/eth-range.yaml:" in spoilt.stdout
    assert "SP301" in spoilt.stdout

    # A commit that only deletes is looked at, too: no file of it is there to be matched.
    plan = folder / "plans" / "eth-range.yaml"
    plan.write_text(plan.read_text().replace("volume: 40 }", "volume: 50 }", 1))
    commit(folder)
    finish(["git", "rm", "--quiet", "templates/exits.jinja"], folder)
    deleting = finish(["pre-commit", "run"], folder, **home)
    assert deleting.returncode == 1
    assert "exits.jinja" in deleting.stdout


def test_the_hook_that_init_writes_uses_the_installed_smartplan(folder: Path) -> None:
    home = {"PRE_COMMIT_HOME": str(folder.parent / "pre-commit")}
    sound = finish(["pre-commit", "run", "--all-files"], folder, **home)
    assert (sound.returncode, "Passed" in sound.stdout) == (0, True), sound.stdout + sound.stderr
    spoil(folder)
    assert finish(["pre-commit", "run"], folder, **home).returncode == 1


def steps_output(file: Path) -> Mapping[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


@pytest.fixture
def runner(checkout: Path, tmp_path: Path) -> Mapping[str, str]:
    """What a GitHub runner and action.yml hand to the script, every input at its default."""
    temporary = checkout.parent / "runner"
    temporary.mkdir(exist_ok=True)
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION_PATH": str(checkout),
        "GITHUB_WORKSPACE": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "RUNNER_TEMP": str(temporary),
        "INPUT_MODE": "lint",
        "INPUT_PATHS": "",
        "INPUT_ENVIRONMENT": "",
        "INPUT_FAIL_ON": "error",
        "INPUT_EXPECT_CHANGES": "",
        "INPUT_SARIF_FILE": "",
        "INPUT_OVERWRITE_DRIFT": "",
        "INPUT_REPLACE": "",
        "INPUT_ALLOW_LOOKALIKE": "",
        "INPUT_ALLOW_WIDEN": "",
        "INPUT_OVERRIDE": "",
        "INPUT_REASON": "",
        "INPUT_DECISIONS": "",
        "INPUT_POSTGRES": "",
        "INPUT_PYTHON": sys.executable,
    }


def act(folder: Path, runner: Mapping[str, str], **inputs: str) -> tuple[int, str]:
    """Take the action's step in ``folder``, by the shell of a runner: its exit code and its log."""
    action = yaml.safe_load((Path(runner["GITHUB_ACTION_PATH"]) / "action.yml").read_text())
    (step,) = action["runs"]["steps"]
    assert step["shell"] == "bash"
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    done = finish(shell, folder, timeout=INSTALLING, **{**runner, **inputs})
    return done.returncode, done.stdout + done.stderr


def test_the_action_lints_annotates_and_sets_its_outputs(
    folder: Path, runner: Mapping[str, str]
) -> None:
    code, log = act(folder, runner)
    assert code == 0, log
    outputs = steps_output(Path(runner["GITHUB_OUTPUT"]))
    assert (outputs["exit-code"], outputs["errors"], outputs["warnings"]) == ("0", "0", "0")

    spoil(folder)
    Path(runner["GITHUB_OUTPUT"]).unlink()
    code, log = act(folder, runner, INPUT_SARIF_FILE="out/lint.sarif")
    assert code == 1
    assert "::error file=desk/plans/eth-range.yaml,line=" in log
    outputs = steps_output(Path(runner["GITHUB_OUTPUT"]))
    assert (outputs["exit-code"], outputs["errors"]) == ("1", "1")
    assert json.loads(Path(outputs["report-file"]).read_text())["summary"]["errors"] == 1
    assert "SP301" in Path(runner["GITHUB_STEP_SUMMARY"]).read_text()
    assert (folder / "out" / "lint.sarif").is_file()

    assert act(folder, runner, INPUT_FAIL_ON="never")[0] == 0
    assert act(folder, runner, INPUT_PATHS="plans/btc-swing.yaml\n")[0] == 0
    assert act(folder, runner, INPUT_PATHS="--help\n")[0] == 2


def test_every_input_reaches_the_script_and_every_output_is_set_by_it() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    (step,) = action["runs"]["steps"]
    script = (ROOT / "scripts" / "action").read_text()
    names = {f"INPUT_{name.upper().replace('-', '_')}" for name in action["inputs"]}
    assert set(step["env"]) == names - {"INPUT_WORKING_DIRECTORY"}
    assert set(re.findall(r"\bINPUT_[A-Z_]+", script)) == set(step["env"])
    for name, output in action["outputs"].items():
        assert output["value"] == f"${{{{ steps.run.outputs.{name} }}}}"
        assert f"{name}=" in script


def test_the_action_from_a_pull_request_to_the_exchange_and_back(
    folder: Path, runner: Mapping[str, str], tmp_path: Path
) -> None:
    with Server(create_app(Exchange()), port=0) as server:
        service = {
            "SMARTPLAN_BASE_URL": f"{server.url}/public/api",
            "SMARTPLAN_API_KEY": SANDBOX_KEY,
            "SMARTPLAN_API_SECRET": SANDBOX_SECRET,
            "SMARTPLAN_STATE_URL": f"sqlite:///{tmp_path}/journal.db",
            "XDG_STATE_HOME": str(tmp_path / "home"),
        }

        def run(mode: str, **inputs: str) -> tuple[int, Mapping[str, str]]:
            """One job: a clean clone, no terminal."""
            clone = tmp_path / "clone"
            shutil.rmtree(clone, ignore_errors=True)
            finish(["git", "clone", "--quiet", str(folder), str(clone)], tmp_path)
            Path(runner["GITHUB_OUTPUT"]).unlink(missing_ok=True)
            code, log = act(clone, {**runner, **service}, INPUT_MODE=mode, **inputs)
            outputs = steps_output(Path(runner["GITHUB_OUTPUT"]))
            assert SANDBOX_SECRET not in log
            return code, outputs

        code, diff = run("diff")
        assert (code, diff["exit-code"], diff["pending"]) == (0, "3", "true")
        assert diff["summary"].startswith("Changes: 2 to create, 0 to update")
        comment = Path(diff["comment-file"]).read_text()
        assert comment.startswith("<!-- smartplan:diff desk/sandbox -->")
        assert finish(["git", "rev-parse", "HEAD"], folder).stdout[:12] in comment
        assert run("diff", INPUT_FAIL_ON="pending")[0] == 3

        code, other = run("apply", INPUT_EXPECT_CHANGES="0" * 16)
        assert (code, other["exit-code"]) == (5, "5")
        code, done = run("apply", INPUT_EXPECT_CHANGES=diff["changes-id"])
        assert (code, done["exit-code"]) == (0, "0")
        assert "2 done, 0 failed" in Path(done["comment-file"]).read_text()

        code, again = run("diff")
        assert (code, again["exit-code"]) == (0, "0")
        assert again["pending"] == "false"
        code, still = run("drift", INPUT_FAIL_ON="pending")
        assert (code, still["exit-code"]) == (0, "0")

        finish(["git", "rm", "--quiet", "plans/eth-range.yaml"], folder)
        commit(folder)
        code, moved = run("drift", INPUT_FAIL_ON="pending")
        assert (code, moved["pending"]) == (3, "true")
        assert run("drift")[0] == 0


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"INPUT_MODE": "apply"}, "apply needs expect-changes"),
        ({"INPUT_MODE": "apply", "INPUT_EXPECT_CHANGES": "$(id)"}, "apply needs expect-changes"),
        ({"INPUT_MODE": "rm -rf\n::warning::x"}, "mode is lint, diff, apply or drift"),
        ({"INPUT_FAIL_ON": "always\n::warning::x"}, "fail-on is error, pending or never"),
        ({"INPUT_PYTHON": "./python"}, "python is a name to look for in PATH"),
        ({"INPUT_PYTHON": "bin/python\n::warning::x"}, "python is a name to look for in PATH"),
        ({"INPUT_PYTHON": "-c"}, "python is a name to look for in PATH"),
    ],
)
def test_an_input_that_means_nothing_is_refused(
    folder: Path, runner: Mapping[str, str], inputs: Mapping[str, str], said: str
) -> None:
    code, log = act(folder, runner, **inputs)
    assert code == 2
    assert said in log
    assert "\n::warning" not in log


# --- nothing of the checkout runs ----------------------------------------------------------------


@pytest.fixture
def trapped(folder: Path, tmp_path: Path) -> Path:
    """The workspace as a pull request may bring it: a trap under every name Python may look for."""
    set_traps(folder, tmp_path / "sprung")
    commit(folder)
    return folder


def sprung(folder: Path) -> str:
    file = folder / "sprung"
    return file.read_text() if file.exists() else ""


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "venv", "--help"],
        [sys.executable, "-c", "import json"],
        [sys.executable, "-I", "tools.py"],
        ["./python3"],
    ],
)
def test_the_traps_work(trapped: Path, tmp_path: Path, command: list[str]) -> None:
    finish(command, trapped, **(POISONED if "-I" not in command else {}))
    assert sprung(tmp_path) != ""


def test_the_action_runs_nothing_of_a_pull_request(
    trapped: Path, checkout: Path, tmp_path: Path, runner: Mapping[str, str]
) -> None:
    fresh = tmp_path / "runner"
    fresh.mkdir()
    runner = {**runner, "RUNNER_TEMP": str(fresh), **POISONED}
    with Server(create_app(Exchange()), port=0) as server:
        service = {
            "SMARTPLAN_BASE_URL": f"{server.url}/public/api",
            "SMARTPLAN_API_KEY": SANDBOX_KEY,
            "SMARTPLAN_API_SECRET": SANDBOX_SECRET,
            "SMARTPLAN_STATE_URL": f"sqlite:///{tmp_path}/journal.db",
            "XDG_STATE_HOME": str(tmp_path / "home"),
        }
        for mode in ("lint", "diff", "drift"):
            code, log = act(trapped, {**runner, **service}, INPUT_MODE=mode)
            assert code == 0, log
            assert sprung(tmp_path) == ""
        reviewed = steps_output(Path(runner["GITHUB_OUTPUT"]))["changes-id"]
        code, log = act(
            trapped, {**runner, **service}, INPUT_MODE="apply", INPUT_EXPECT_CHANGES=reviewed
        )
    assert sprung(tmp_path) == ""
    assert SANDBOX_SECRET not in log


@pytest.mark.parametrize(
    "command",
    [
        ["smartplan", "lint"],
        ["smartplan", "lint", "--isolate"],
        [sys.executable, "-I", "-m", "smartplan", "lint", "--isolate"],
        ["smartplan", "diff"],
    ],
)
def test_smartplan_imports_nothing_that_lies_beside_the_plans(
    trapped: Path, tmp_path: Path, command: list[str]
) -> None:
    done = finish(command, trapped)
    assert done.returncode == 0, done.stderr
    assert sprung(tmp_path) == ""


@pytest.mark.parametrize("words", [["lint"], ["lint", "--isolate"], ["diff"]])
def test_even_a_python_that_looks_there_first_is_kept_from_it(
    folder: Path, tmp_path: Path, words: list[str]
) -> None:
    """``python -m``: what Python imports before smartplan begins is past our help, no more."""
    set_traps(folder, tmp_path / "sprung", names=("json", "click", "yaml", "msgspec", "decimal"))
    done = finish([sys.executable, "-m", "smartplan", *words], folder)
    assert done.returncode == 0, done.stderr
    assert sprung(tmp_path) == ""


def test_the_hooks_run_nothing_that_lies_in_the_repository(
    trapped: Path, checkout: Path, tmp_path: Path
) -> None:
    head = finish(["git", "rev-parse", "HEAD"], checkout).stdout.strip()
    ours = {"repo": str(checkout), "rev": head, "hooks": [{"id": "smartplan-lint"}]}
    written = yaml.safe_load((trapped / ".pre-commit-config.yaml").read_text())
    config = {"repos": [ours, *written["repos"]]}
    (trapped / ".pre-commit-config.yaml").write_text(json.dumps(config))
    finish(["git", "add", "--all"], trapped)
    given = {"PRE_COMMIT_HOME": str(tmp_path / "pre-commit")}
    if sys.version_info >= (3, 13):
        # pre-commit's own `python -c` would spring the trap; docs/ci.md says what to do about it.
        given["PYTHONSAFEPATH"] = "1"
    done = finish(["pre-commit", "run", "--all-files"], trapped, timeout=INSTALLING, **given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Passed") == 2
    assert sprung(tmp_path) == ""


def untemplated(plan: Path) -> bool:
    return not any(tag in plan.read_text() for tag in ("{{", "{%", "{#"))


PLANS = sorted(
    plan
    for folder in (ROOT / "plans", *(ROOT / "examples").glob("*/plans"))
    for plan in folder.glob("*.yaml")
    if untemplated(plan)
)


def test_check_jsonschema_takes_the_schemas_as_they_are() -> None:
    assert len(PLANS) >= 25
    schema = os.fspath(ROOT / "schemas" / "plan.schema.json")
    done = finish(["check-jsonschema", "--schemafile", schema, *map(str, PLANS)], ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "builtin"),
    [
        ("action.yml", "vendor.github-actions"),
        (".github/workflows/check.yml", "vendor.github-workflows"),
        (".github/workflows/versions.yml", "vendor.github-workflows"),
        (".github/workflows/release.yml", "vendor.github-workflows"),
    ],
)
def test_github_will_understand_our_files(file: str, builtin: str) -> None:
    done = finish(["check-jsonschema", "--builtin-schema", builtin, str(ROOT / file)], ROOT)
    assert done.returncode == 0, done.stdout


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_our_own_ci_is_pinned_and_has_no_secret_and_no_input_in_a_script(file: Path) -> None:
    workflow = file.read_text()
    action = (ROOT / "action.yml").read_text()
    uses = [use for use in re.findall(r"uses: (\S+)", workflow + action) if use != "./"]
    assert uses
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", use) for use in uses)
    assert "permissions:\n  contents: read\n" in workflow
    assert "secrets." not in workflow
    jobs = yaml.safe_load(workflow)["jobs"].values()
    steps = [step for job in jobs for step in job["steps"]]
    steps += yaml.safe_load(action)["runs"]["steps"]
    assert not [step for step in steps if "${{" in step.get("run", "")]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_ci_calls_make_alone(file: Path) -> None:
    workflow = file.read_text()
    commands = [
        line.split("run:", 1)[1].split() for line in workflow.splitlines() if "run:" in line
    ]
    assert commands
    assert {command[0] for command in commands} == {"make"}


def test_every_promised_python_is_checked_and_the_edges_are_once_a_week() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    promised = [
        name.rsplit(" ", 1)[1]
        for name in project["classifiers"]
        if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", name)
    ]
    check, versions = (
        yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text())
        for name in ("check.yml", "versions.yml")
    )
    assert check["jobs"]["check"]["strategy"]["matrix"]["python"] == promised
    assert set(versions[True]) >= {"schedule"}  # YAML 1.1 reads `on` so
    commands = {step.get("run", "") for job in versions["jobs"].values() for step in job["steps"]}
    # Without the clients of other people their tests are skipped.
    assert {
        "make services clients newest PYTHON=python",
        "make services clients minimum PYTHON=python",
    } <= commands
