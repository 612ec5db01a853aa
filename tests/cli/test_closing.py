"""Whatever a command opens it closes, however the command ends: Python says so if it does not.

From 3.13 on it also says so of databases.
"""

import sys
from pathlib import Path

import pytest

from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.faults import Fault
from smartplan.sandbox.server import Server
from tests.plans import PLAN
from tests.process import finish

TOML = "workspace = 'desk'\n[environments.sandbox.accounts]\nmain = 1\n"
# A start leaves cycles uncollected to its end, and what is in them would go without a word.
RUN = """
import gc, sys
from smartplan.cli.app import run
code = run(sys.argv[1:])
gc.collect()
sys.exit(code)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "smartplan.toml").write_text(TOML)
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "swing.yaml").write_text(PLAN)
    return tmp_path


def ends(folder: Path, words: str, code: int, **environ: str) -> None:
    command = [sys.executable, "-X", "dev", "-W", "always::ResourceWarning", "-c", RUN]
    own = {"XDG_STATE_HOME": str(folder / "home"), **environ}
    done = finish([*command, *words.split()], folder, **own)
    assert done.returncode == code, done.stdout + done.stderr
    assert "ResourceWarning" not in done.stderr
    assert "Traceback" not in done.stderr


COMMANDS = ("diff", "status", "history", "doctor", "drift", "state check", "apply --yes")


@pytest.mark.parametrize("words", COMMANDS)
def test_after_all_went_well(folder: Path, words: str) -> None:
    ends(folder, words, 0)


@pytest.mark.parametrize("words", ["diff", "doctor", "state check"])
def test_after_the_store_could_not_be_opened(folder: Path, words: str) -> None:
    (folder / ".smartplan").mkdir(mode=0o700)
    (folder / ".smartplan" / "sandbox.db").write_text("no database " * 1000)
    ends(folder, words, 5)


@pytest.mark.parametrize("words", ["diff", "apply --yes"])
def test_after_the_service_failed(folder: Path, words: str) -> None:
    faults = [Fault(status=503)] * 10
    with Server(create_app(Exchange(), faults=faults), port=0) as server:
        ends(folder, words, 4, SMARTPLAN_BASE_URL=f"{server.url}/public/api")


def test_after_nobody_answered_and_the_store_could_not_be_opened(folder: Path) -> None:
    (folder / ".smartplan").mkdir(mode=0o700)
    (folder / ".smartplan" / "sandbox.db").write_text("no database " * 1000)
    ends(folder, "diff", 5, SMARTPLAN_BASE_URL="http://127.0.0.1:9/public/api")
