"""F13 to F15: the journal cannot be read, cannot be written, is gone."""

import random
import resource
import shutil
import subprocess
import sys

import pytest

from tests.faults.stories import BTC, ETH, ONE_OF_EACH, OPEN_TWO, limit

# A test run by root meets the modes of files after this: it gives up the right to pass them by
# (PR_CAPBSET_DROP of CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH) and goes on as the command.
HEED_PERMISSIONS = """
import ctypes, os, sys
for capability in (1, 2):
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, "-m", "smartplan", *sys.argv[1:]])
"""


def heeding(world, *arguments):
    return subprocess.run(
        [sys.executable, "-c", HEED_PERMISSIONS, *arguments],
        cwd=world.folder, env=world.environ, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.fixture
def opened(world):
    """A world in which btc is open, and the plan opens eth and moves the stop of btc."""
    world.plan(btc=BTC)
    assert world.apply().code == 0
    world.plan(btc=limit("USDT_BTC", 50000, "0.01", 46000), eth=ETH)
    world.exchange.log.clear()
    return world


def test_a_journal_that_can_only_be_read_lets_nothing_be_sent(opened):
    folder = opened.folder / ".smartplan"
    for file in folder.iterdir():
        file.chmod(0o400)
    folder.chmod(0o500)
    try:
        diff = heeding(opened, "diff")
        assert diff.returncode == 0, diff.stderr
        assert "warning: The store" in diff.stderr
        assert "1 to create, 1 to update" in diff.stdout
        ran = heeding(opened, "apply", "--yes")
    finally:
        folder.chmod(0o700)
        for file in folder.iterdir():
            file.chmod(0o600)
    assert ran.returncode == 5, ran.stderr
    assert "cannot be" in ran.stderr
    assert opened.mutations == []


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 500], ids=["empty", "foreign"])
def test_a_journal_that_is_none(opened, content):
    intended = opened.journal.read_bytes()
    for file in (opened.folder / ".smartplan").glob("*.db-*"):
        file.unlink()
    opened.journal.write_bytes(content)
    ran = opened.apply()
    if content:
        assert ran.code == 5, ran.text
        assert "The store" in ran.err
        assert "internal error" not in ran.err
        assert opened.mutations == []
        opened.journal.write_bytes(intended)
    assert opened.converge() == []


@pytest.mark.parametrize("page", [1, 3, 5])
def test_a_journal_that_is_corrupted_anywhere_opens_nothing_twice(opened, page):
    folder = opened.folder / ".smartplan"
    for file in folder.glob("*.db-*"):
        file.unlink()
    content = bytearray(opened.journal.read_bytes())
    content[page * 4096 : (page + 1) * 4096] = random.Random(page).randbytes(4096)
    opened.journal.write_bytes(bytes(content))
    ran = opened.apply()
    assert ran.code in {0, 5, 6}, ran.text
    assert "internal error" not in ran.err
    if ran.code == 5:
        assert opened.mutations == []
    shutil.rmtree(folder)
    assert opened.converge() == []
    assert len([m for m in opened.mutations if m.path.endswith("/smart_trades")]) == 1


def fill_the_disk(process):
    """``RLIMIT_FSIZE`` answers a write as a full disk does."""
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


@pytest.mark.parametrize(
    ("request_", "code"),
    [(1, 5), (5, 5), ("PATCH", 6), ("POST", 6)],
    ids=["at once", "while reading", "with a change under way", "with a create under way"],
)
def test_a_full_disk_stops_before_the_next_request_and_the_next_run_settles(opened, request_, code):
    processes = []

    def choose(number, method, path):
        made = number if isinstance(request_, int) else method
        if made == request_ and (method != "POST" or path.endswith("/smart_trades")):
            fill_the_disk(processes[0])

    opened.breaking(choose)
    processes.append(opened.process("apply", "--yes"))
    out, err = processes[0].communicate(timeout=60)
    assert "internal error" not in err
    assert processes[0].returncode == code, (out, err)
    sent = [mutation.method for mutation in opened.mutations]
    assert sent == {1: [], 5: [], "PATCH": ["PATCH"], "POST": ["PATCH", "POST", "POST"]}[request_]
    assert opened.converge() == []
    assert opened.violations() == []
    assert len([m for m in opened.mutations if m.path.endswith("/smart_trades")]) == 1


def test_a_deleted_journal_opens_nothing_twice(lab):
    story = ONE_OF_EACH
    with lab.world(story) as world:
        assert world.apply(*story.arguments).code == 0
        before = len(world.mutations)
        world.forget_journal()
        ran = world.apply(*story.arguments)
        assert ran.code == 0, ran.text
        assert len(world.mutations) == before
        assert story.unfulfilled(world) == []
        assert world.violations() == []


def test_deleting_the_state_between_all_runs_opens_nothing_twice(world):
    for _ in range(3):
        world.plan(btc=BTC, eth=ETH)
        world.apply()
        world.forget_journal()
    assert OPEN_TWO.unfulfilled(world) == []
    assert len(world.mutations) == 2
