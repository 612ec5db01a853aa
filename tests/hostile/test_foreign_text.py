"""Names, values and messages that others chose: none can speak for us in a terminal or a log."""

import ast
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

import smartplan
from tests.plans import PLAN

COMMAND = "x\n  ::stop-commands::abc\r::add-mask::y\x1b[2J\u202ez ##[add-mask]q"
"""Breaks the line, orders the runner of GitHub about, clears the screen, turns the line round."""
ANNOTATION = re.compile(r"::(error|warning|notice) (file|title)=")


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "smartplan", *arguments],
        cwd=folder,
        env={**os.environ, "HOME": str(folder), **environment},
        capture_output=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


def harmless(done: subprocess.CompletedProcess[bytes]) -> str:
    said = (done.stdout + b"\n" + done.stderr).decode()
    assert "internal error" not in said
    for line in said.split("\n"):
        if not ANNOTATION.match(line):  # in which the runner looks for no second command
            assert not line.lstrip().startswith("::"), said
            assert "##[" not in line
        assert all(unicodedata.category(c) not in {"Cc", "Cf"} for c in line), repr(said)
    return said


def workspace_in(folder: Path, settings: str = "") -> Path:
    (folder / "smartplan.toml").write_text(f'workspace = "desk"\n{settings}')
    (folder / "plans").mkdir()
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        ["lint"],
        ["lint", "-v"],
        ["lint", "-v", "--isolate"],
        *(["lint", "-v", "--format", name] for name in ("json", "github", "sarif", "junit")),
        ["lint", "--format", "markdown"],
        ["render", "--map"],
        ["report", "--offline"],
        ["diff"],
        ["apply", "--yes"],
        ["status"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    "text", [PLAN, "{{ nope }}\n", "pair: 1\n"], ids=["fine", "SP001", "SP003"]
)
def test_the_name_of_a_file(tmp_path: Path, arguments: list[str], text: str) -> None:
    (workspace_in(tmp_path) / "plans" / f"{COMMAND}.yaml").write_text(text)
    harmless(run(tmp_path, *arguments))


@pytest.mark.parametrize(
    "arguments",
    [
        ["lint", COMMAND],
        [COMMAND],
        ["lint", f"--{COMMAND}"],
        ["lint", "--format", COMMAND],
        ["lint", "--report", COMMAND],
        ["lint", "--report", f"json=/proc/{COMMAND}"],
        ["lint", "--values", COMMAND],
        ["lint", "--set", COMMAND],
        ["lint", "--set", f"a={COMMAND}"],
        ["lint", "--env", COMMAND],
        ["show", COMMAND],
        ["apply", "--override", COMMAND, "--reason", "x"],
        ["diff", "--target", COMMAND],
        ["diff", "--expires", COMMAND],
        ["simulate", "--prices", COMMAND],
        ["trade", "show", COMMAND],
        ["resolve", COMMAND],
        ["history", COMMAND],
        ["init", COMMAND],
        ["rules", COMMAND],
        ["schema", COMMAND],
        ["sandbox", "tick", COMMAND, "1"],
        ["sandbox", "fill", COMMAND],
        ["forget", COMMAND],
    ],
    ids=lambda arguments: " ".join(arguments)[:20].replace("\n", " "),
)
def test_an_argument(tmp_path: Path, arguments: list[str]) -> None:
    (workspace_in(tmp_path) / "plans" / "a.yaml").write_text(PLAN)
    harmless(run(tmp_path, *arguments))


QUOTED = COMMAND.encode("unicode_escape").decode().replace("\\x1b", "\\u001b")


@pytest.mark.parametrize(
    "settings",
    [
        f'"{QUOTED}" = 1',
        f'[lint]\nselect = ["{QUOTED}"]',
        f'[lint]\nseverity = {{ "{QUOTED}" = "error" }}',
        f'[environments.sandbox]\naccounts = {{ "{QUOTED}" = 1 }}',
        f'[environments.sandbox]\naccounts = {{ "{QUOTED}" = "x" }}',
        f'[risk]\nequity = {{ "{QUOTED}" = 1 }}',
        f'[risk]\ncontracts = ["{QUOTED}"]',
        f'[policy]\n"{QUOTED}" = 1',
        f'[state]\nurl = "{QUOTED}"',
        f'[state]\nurl = "sqlite:///{QUOTED}"',
        f'environment = "{QUOTED}"',
    ],
    ids=lambda settings: settings[:25].replace("\n", " "),
)
@pytest.mark.parametrize("command", ["lint", "diff", "report", "doctor"])
def test_a_setting(tmp_path: Path, settings: str, command: str) -> None:
    (workspace_in(tmp_path, settings) / "plans" / "a.yaml").write_text(PLAN)
    harmless(run(tmp_path, command))


@pytest.mark.parametrize(
    "name",
    ["SMARTPLAN_BASE_URL", "SMARTPLAN_STATE_URL", "SMARTPLAN_API_KEY", "GITHUB_WORKSPACE"],
)
def test_a_variable_of_the_environment(tmp_path: Path, name: str) -> None:
    (workspace_in(tmp_path) / "plans" / "a.yaml").write_text(PLAN + "note: {{ nope }}\n")
    for value in (COMMAND, f"http://127.0.0.1/{COMMAND}", f"sqlite:///{COMMAND}"):
        harmless(run(tmp_path, "lint", "--format", "github", **{name: value}))
        harmless(run(tmp_path, "doctor", **{name: value}))


def test_the_text_of_a_plan_is_not_printed_where_it_would_be_obeyed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(PLAN + "note: >-\n  a\n  ::stop-commands::x\n")
    done = run(tmp_path, "render", "a.yaml", GITHUB_ACTIONS="true")
    harmless(done)
    assert done.returncode == 5
    assert b"`render --map` shows it" in done.stderr
    assert b"stop-commands" in run(tmp_path, "render", "a.yaml", GITHUB_ACTIONS="").stdout
    harmless(run(tmp_path, "render", "--map", "a.yaml", GITHUB_ACTIONS="true"))


def test_a_plan_that_does_not_show_as_it_reads_is_not_printed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(PLAN + "note: \x1b[2J\u202e\n")
    done = run(tmp_path, "render", "a.yaml")
    assert "U+001B is not allowed" in harmless(done)
    assert done.returncode == 1


def test_json_keeps_what_it_escapes(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(PLAN + "note: 'ü ##[x]'\n")
    import json

    done = run(tmp_path, "render", "--body", "a.yaml")
    harmless(done)
    assert json.loads(done.stdout)["note"].startswith("ü ##[x]")


def test_nothing_is_printed_but_through_the_one_way_out() -> None:
    folder = Path(smartplan.__file__).parent
    printing = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"click.echo", "click.secho"}
    }
    assert printing == {"cli/output.py"}
