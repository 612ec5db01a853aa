"""The wheel and the sdist, and the wheel at work where this checkout is out of reach."""

import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from smartplan import __version__
from tests.plans import PLAN
from tests.process import finish
from tests.wheel import ROOT, outside


@pytest.fixture
def run(built, tmp_path):
    def finished(*words):
        return finish([built.smartplan, *words], tmp_path, **outside(tmp_path))

    return finished


def test_the_wheel_has_all_it_needs_and_nothing_else(built):
    with zipfile.ZipFile(built.wheel) as wheel:
        names = wheel.namelist()
    assert {name.split("/")[0] for name in names} == {
        "smartplan",
        f"smartplan-{__version__}.dist-info",
    }
    tracked = [
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "smartplan").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    ]
    schemas = [f"smartplan/schemas/{file.name}" for file in (ROOT / "schemas").iterdir()]
    assert set(names) >= {*tracked, *schemas}
    assert "smartplan/py.typed" in names


def test_the_sdist_builds_and_tests_the_same(built):
    top = f"smartplan-{__version__}"
    with tarfile.open(built.sdist) as sdist:
        names = set(sdist.getnames())
    for file in (
        "pyproject.toml",
        "LICENSE",
        "README.md",
        "Makefile",
        "requirements/dev.txt",
        "tests/wheel.py",
    ):
        assert f"{top}/{file}" in names
    assert not [name for name in names if "/.venv" in name or "__pycache__" in name]


def test_the_wheel_runs_without_its_source(built, run, tmp_path):
    where = "import smartplan; print(smartplan.__file__)"
    imported = finish([built.python, "-c", where], tmp_path, **outside(tmp_path)).stdout
    assert Path(imported.strip()).is_relative_to(built.environment)

    assert run("--version").stdout == f"smartplan {__version__}\n"
    module = finish([built.python, "-m", "smartplan", "--version"], tmp_path, **outside(tmp_path))
    assert module.stdout == f"smartplan {__version__}\n"
    for name in ("plan", "settings", "findings", "changeset", "smart-trade-create"):
        assert "$schema" in json.loads(run("schema", name).stdout)
    assert "SP301" in run("rules").stdout
    assert "volume" in run("rules", "SP301").stdout

    (tmp_path / "btc.yaml").write_text(PLAN)
    assert run("lint", "btc.yaml").returncode == 0
    applied = run("apply", "btc.yaml", "--yes")
    assert applied.returncode == 0, applied.stderr
    assert run("diff", "btc.yaml", "--exit-code").returncode == 0
    assert run("state", "check").returncode == 0
    (tmp_path / "btc.yaml").write_text(PLAN.replace("buy", "bye"))
    assert run("lint", "btc.yaml").returncode == 1
    made = run("init", "desk")
    assert made.returncode == 0, made.stderr


def test_the_driver_of_a_server_is_an_extra(built):
    with zipfile.ZipFile(built.wheel) as wheel:
        metadata = wheel.read(f"smartplan-{__version__}.dist-info/METADATA").decode()
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist: ")]
    for name in ("psycopg", "pytest", "mkdocs"):
        lines = [line for line in needed if f" {name}" in line]
        assert lines
        assert all("; extra == " in line for line in lines)


@pytest.mark.parametrize(
    ("words", "at", "expected"),
    [("smartplan dr", 1, "drift"), ("smartplan diff --exp", 2, "--expires")],
)
def test_a_shell_completes_commands_and_options(built, tmp_path, words, at, expected):
    asked = {
        **outside(tmp_path),
        "_SMARTPLAN_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(at),
    }
    done = finish([built.smartplan], tmp_path, **asked)
    assert f"plain,{expected}" in done.stdout.splitlines()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion_script(built, tmp_path, shell):
    asked = {**outside(tmp_path), "_SMARTPLAN_COMPLETE": f"{shell}_source"}
    done = finish([built.smartplan], tmp_path, **asked)
    assert done.returncode == 0, done.stderr
    assert "_SMARTPLAN_COMPLETE" in done.stdout
