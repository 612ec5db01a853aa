"""F1, F16: death and interrupts around every call that leaves the process."""

import random
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.faults.experiments import interrupted, killed
from tests.faults.stories import BTC, ETH, OPEN_TWO, STORIES, limit

SEED = 20261122
DEATHS = 4
INTERRUPTS = 1


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_after_any_death_the_next_run_settles_everything(lab, story):
    places = random.Random(SEED).sample(range(1, lab.calls(story) + 1), DEATHS)
    for at in places:
        assert killed(lab, story, at) == [], f"killed before call {at}"


@pytest.mark.parametrize(
    "signals",
    [(signal.SIGINT,), (signal.SIGTERM,), (signal.SIGINT, signal.SIGTERM)],
    ids=["Ctrl-C", "SIGTERM", "two signals"],
)
def test_an_interrupt_ends_with_130_and_nothing_is_lost(lab, signals):
    places = random.Random(SEED).sample(range(1, lab.calls(OPEN_TWO) + 1), INTERRUPTS)
    for at in places:
        assert interrupted(lab, OPEN_TWO, at, *signals) == [], f"interrupted before call {at}"


def test_the_first_signal_finishes_the_request_under_way_and_starts_no_other(world):
    world.plan(btc=BTC, eth=ETH)

    def choose(_number, method, _path):
        if method == "POST":
            process.send_signal(signal.SIGTERM)
            time.sleep(0.3)

    world.breaking(choose)
    process = world.process("apply", "--yes")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert len(world.mutations) == 1
    assert "btc  #31000001 created" in out
    assert "eth" in out.partition("interrupted before it was sent")[0]
    assert world.converge() == []
    assert OPEN_TWO.unfulfilled(world) == []
    assert world.violations() == []


@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)], ids=["stdout", "stderr", "all"])
def test_closed_streams_change_nothing_but_what_is_read(world, closed):
    world.plan(btc=BTC, eth=ETH)
    redirections = " ".join(f"{number}>&-" if number else "<&-" for number in closed)
    run = f'exec "$0" -m smartplan apply --yes {redirections}'
    done = subprocess.run(
        ["sh", "-c", run, sys.executable], cwd=world.folder, env=world.environ, timeout=30
    )
    assert done.returncode == 0
    assert OPEN_TWO.unfulfilled(world) == []
    assert world.violations() == []


def test_a_reader_that_goes_away_stops_the_run_before_anything_is_sent(world):
    world.plan(btc=BTC, eth=ETH)
    process = world.process("apply", "--yes")
    process.stdout.close()
    assert process.wait(timeout=30) == 130
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    assert world.mutations == []
    assert world.converge() == []
    assert world.violations() == []


def test_the_second_signal_says_what_was_done_what_is_unknown_and_what_was_not_tried(world):
    world.plan(btc=BTC, eth=ETH, more=limit("USDT_SOL", 90, "5", 70))
    signals = []

    def choose(number, method, _path):
        signals.extend([method] if method == "POST" else [])
        if signals.count("POST") == 2:
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.3)

    world.breaking(choose)
    process = world.process("apply", "--yes", "--env", "sandbox")
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "done: btc\n" in err
    assert "of unknown outcome: eth\n" in err
    assert "not tried: more\n" in err
    assert "`smartplan diff --env sandbox`, then apply" in err
    assert world.converge() == []
    assert world.violations() == []


def test_a_create_that_arrives_while_the_next_run_acts_is_known_when_that_run_ends(world):
    """The exchange is slow: what the dead run sent is not there when the next one first reads."""
    late = threading.Event()

    def hold(_number, method, _path):
        if method == "POST":
            process.kill()
            late.wait(30)

    def let_go(_number, method, _path):
        if method == "POST":
            late.set()
            while not world.entities():
                time.sleep(0.01)

    world.plan(eth=ETH)
    world.breaking(hold)
    process = world.process("apply", "--yes")
    process.communicate(timeout=30)
    world.plan(eth=ETH, more=limit("USDT_SOL", 90, "5", 70))
    world.breaking(let_go)
    ran = world.apply()
    assert "more: done" in ran.text
    assert world.truthful(ran) == []
    assert world.converge() == []
    assert world.violations() == []


def test_two_signals_before_anything_was_sent_say_that_nothing_was_tried(world):
    world.plan(btc=BTC, eth=ETH)

    def choose(number, method, _path):
        if number == 6:  # the list after the lock
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)

    world.breaking(choose)
    process = world.process("apply", "--yes")
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "not tried: btc, eth\n" in err
    assert "unknown outcome" not in err
    assert world.mutations == []
