import os
import signal
import stat

import pytest

from smartplan.state.sqlite import hold
from smartplan.state.store import LockHeld, LockScope, StoreUnusable

DESK = LockScope("desk", "real")

HOLD = """
import sys
from pathlib import Path
from smartplan.state.sqlite import hold
from smartplan.state.store import LockScope
with hold(Path(sys.argv[1]), LockScope("desk", "real"), "run-1"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def store(tmp_path):
    return tmp_path / ".smartplan" / "state.db"


def test_a_second_run_is_told_who_holds_the_lock_and_since_when(python, store):
    process = python(HOLD, store)
    assert process.stdout.readline() == "held\n"
    with pytest.raises(LockHeld) as caught, hold(store, DESK, "run-2"):
        pass
    assert f"process {process.pid} on {os.uname().nodename} since 20" in str(caught.value)
    assert caught.value.exit_code == 5


def test_the_lock_of_a_killed_run_is_free_at_once(python, store):
    process = python(HOLD, store)
    assert process.stdout.readline() == "held\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    with hold(store, DESK, "run-2"):
        pass


def test_a_lock_is_free_again_after_its_block_and_its_file_stays(store):
    with hold(store, DESK, "run-1"):
        (file,) = store.parent.glob("*.lock")
        first = file.stat().st_ino
    with pytest.raises(RuntimeError, match="trouble"), hold(store, DESK, "run-2"):
        raise RuntimeError("trouble")
    with hold(store, DESK, "run-3"):
        assert file.stat().st_ino == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_other_environments_and_workspaces_are_not_held_up(store):
    with (
        hold(store, DESK, "run-1"),
        hold(store, LockScope("desk", "paper"), "run-2"),
        hold(store, LockScope("other", "real"), "run-3"),
    ):
        assert len(list(store.parent.glob("*.lock"))) == 3


def test_a_lock_that_cannot_be_taken_is_a_plain_refusal(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with (
        pytest.raises(StoreUnusable, match="cannot be taken"),
        hold(tmp_path / "file" / "state.db", DESK, "run-1"),
    ):
        pass
