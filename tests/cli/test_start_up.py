"""What a command imports before it can answer: start-up is a feature."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.server import Server
from tests.process import finish, smartplan

HEAVY = {
    "asyncio", "cryptography", "difflib", "filelock", "flask", "httpx", "jinja2", "jsonschema",
    "multiprocessing", "sqlite3", "ssl", "urllib.request", "waitress", "werkzeug", "zipfile",
}  # fmt: skip
LIST = (
    "import sys\n"
    "from smartplan.__main__ import main\n"
    "sys.argv = ['smartplan', *sys.argv[1:]]\n"
    "try:\n"
    "    main()\n"
    "finally:\n"
    "    print(*sorted(sys.modules), file=sys.stderr)\n"
)


def imported(folder: Path, *arguments: str, **extra: str) -> set[str]:
    """The modules a command line has imported when it is done."""
    done = finish([sys.executable, "-c", LIST, *arguments], folder, **extra)
    return set(done.stderr.splitlines()[-1].split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with a plan without tags, and one with template tags outside of ``plans``."""
    smartplan(tmp_path, "init", "desk")
    (tmp_path / "desk" / "plans" / "btc-swing.yaml").rename(tmp_path / "desk" / "btc-swing.yaml")
    return tmp_path / "desk"


def test_the_version_needs_not_even_click(tmp_path: Path) -> None:
    modules = imported(tmp_path, "--version")
    assert "smartplan" in modules
    assert not modules & {*HEAVY, "click", "yaml", "decimal", "dataclasses"}


def test_help_imports_no_command(tmp_path: Path) -> None:
    modules = imported(tmp_path, "--help")
    assert "click" in modules
    assert not modules & {
        *HEAVY,
        "yaml",
        "pathlib",
        "smartplan.cli.commands.lint",
        "smartplan.settings",
    }


def test_a_clean_lint_imports_nothing_heavy(folder: Path) -> None:
    modules = imported(folder, "lint")
    assert {"yaml", "jsonschema_rs"} <= modules
    assert not modules & {*HEAVY, "dataclasses", "json"}
    assert not {name for name in modules if name.startswith("smartplan.api")}
    assert "smartplan.report.findings.sarif" not in modules


def test_jinja_is_imported_for_a_tag_and_jsonschema_for_a_mistake(folder: Path) -> None:
    assert "jinja2" in imported(folder, "lint", "btc-swing.yaml")
    plan = folder / "plans" / "eth-range.yaml"
    plan.write_text(plan.read_text().replace("breakeven:", "break_even:"))
    modules = imported(folder, "lint")
    assert "jsonschema" in modules
    assert "jinja2" not in modules


def test_the_service_is_asked_without_what_only_others_need(folder: Path) -> None:
    with Server(create_app(Exchange()), port=0) as server:
        for command in ("status", "diff"):
            url = f"{server.url}/public/api"
            modules = imported(folder, command, SMARTPLAN_BASE_URL=url)
            assert {"httpx", "sqlite3"} <= modules
            # What httpx brings along; not its command line, and no process of another program.
            brought = {"httpx", "sqlite3", "ssl", "urllib.request", "zipfile"}
            assert not modules & (HEAVY - brought)
            assert not modules & {"rich", "subprocess"}


def test_a_simulation_imports_neither_a_server_nor_what_spreads_work(folder: Path) -> None:
    (folder / "prices.csv").write_text(
        "ts,open,high,low,close\n2026-11-22T00:00:00Z,60000,61000,59000,60500\n"
    )
    modules = imported(folder, "simulate", "btc-swing.yaml", "--prices", "prices.csv")
    assert "smartplan.simulation.course" in modules
    assert not modules & {"joblib", "distributed", "pyarrow", "flask", "httpx", "asyncio"}


def test_what_lies_beside_the_script_is_not_imported(folder: Path, tmp_path: Path) -> None:
    beside = tmp_path / "bin"
    beside.mkdir()
    script = shutil.copy(Path(sys.executable).with_name("smartplan"), beside)
    for name in ("click", "yaml", "json"):
        (beside / f"{name}.py").write_text("raise SystemExit('imported')\n")
    assert finish([script, "lint"], folder).stdout.startswith("No findings in 1 plan")


def test_a_diff_imports_nothing_that_saving_or_rewriting_plans_needs(folder: Path) -> None:
    modules = imported(folder, "diff", "plans")
    assert "smartplan.changes.identity" in modules
    assert not modules & {"smartplan.changes.saved", "smartplan.document.rewriting"}


ENDING = """
import atexit, sys, threading, time
from smartplan.__main__ import main
{before}
sys.argv = ["smartplan", "rules"]
threading.Thread(target=lambda: (time.sleep(0.3), print("a thread"))).start()
def last(): print("the last")
class Registers:
    def __del__(self): print("taken apart")
keep = Registers()
import smartplan.cli.app as app
run = app.run
def and_register(arguments):
    atexit.register(last)
    return run(arguments) + 3
app.run = and_register
main()
"""


@pytest.mark.parametrize("before", ["", "atexit.register(print, 'before')"])
def test_the_end_waits_for_threads_and_for_whoever_wants_to_be_called(
    tmp_path: Path, before: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDING.format(before=before)],
        cwd=tmp_path, env={**os.environ, "COLUMNS": "80"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "SP001" in done.stdout
    told = done.stdout.splitlines()
    assert told.index("a thread") < told.index("the last")
    # Who came before us is called after us: then the end is everybody's.
    assert ("before" in told) == bool(before)
    assert ("taken apart" in told) == bool(before)


def test_the_exit_code_and_all_output_reach_a_pipe(folder: Path) -> None:
    for number in range(60):
        (folder / "plans" / f"broken-{number}.yaml").write_text("pair: [\n")
    done = smartplan(folder, "lint", "--format", "json")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)["findings"]) >= 60
