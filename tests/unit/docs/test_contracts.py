"""What the import contracts say holds for a module that nobody has thought of yet."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.process import finish

ROOT = Path(__file__).parents[3]
PLANTED = {
    "trade/planted.py": ("from smartplan.changes import changeset", "one direction of travel"),
    "sandbox/planted.py": (
        "from smartplan.trade import model",
        "the sandbox is an independent witness",
    ),
    "api/planted.py": ("import httpx", "only api.http_library imports httpx"),
    "report/planted.py": ("import click", "only cli imports click"),
    "cli/planted.py": ("import flask", "only sandbox imports Flask"),
    "workflow/planted.py": ("import sqlite3", "only state imports database drivers"),
}


def contracts(folder: Path, planted: Mapping[str, str]) -> str:
    """What is said of a copy of the package in ``folder`` with more modules in it."""
    shutil.copytree(ROOT / "smartplan", folder / "smartplan")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for file, code in planted.items():
        (folder / "smartplan" / file).write_text(f"{code}\n", encoding="utf-8")
    program = str(Path(sys.executable).with_name("lint-imports"))
    done = finish([program, "--no-cache"], folder, COLUMNS="200")
    assert done.returncode == (1 if planted else 0), done.stdout
    return " ".join(done.stdout.split())


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    modules = {file: code for file, (code, _) in PLANTED.items()}
    return contracts(tmp_path_factory.mktemp("planted"), modules)


@pytest.mark.parametrize("file", PLANTED)
def test_a_new_module_is_under_every_contract(said: str, file: str) -> None:
    _, contract = PLANTED[file]
    module = "smartplan." + file.removesuffix(".py").replace("/", ".")
    assert f"{contract} BROKEN" in said
    assert f"{module} -> " in said


def test_a_new_room_has_to_be_given_its_place(tmp_path: Path) -> None:
    assert "smartplan.planted" in contracts(tmp_path, {"planted.py": '"""A room."""'})


def test_as_it_is_every_contract_is_kept(tmp_path: Path) -> None:
    assert "BROKEN" not in contracts(tmp_path, {})
