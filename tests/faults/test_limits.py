"""F5, F9, F10, F11: the service's limits, lists that lag, clocks that jump, two at once."""

import json
import subprocess
import sys
import threading

import pytest

from smartplan.sandbox.faults import Fault
from tests.faults.inside import Inside
from tests.faults.stories import BTC, ETH, OPEN_TWO
from tests.faults.world import world_in

TWO = {"btc": BTC, "eth": ETH}


# --- F5: 429 and 418 --------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "request_"), [(429, 1), (429, 8), (418, 5), (418, 9)])
def test_a_refusal_at_any_request_stops_all_runs_of_the_user(tmp_path, starter, status, request_):
    refusal = Fault(status=status, skip=request_ - 1)
    with world_in(tmp_path, starter, faults=[refusal]) as world:
        world.plan(btc=BTC, eth=ETH)
        ran = world.apply()
        assert ran.code == 4
        assert "no request before" in ran.text
        assert len(world.exchange.log) == request_
        again = world.apply()
        assert again.code == 4
        assert f"({status}): no request before" in again.err
        assert ("--max-wait" in again.err) == (status == 429)
        assert len(world.exchange.log) == request_, "nothing is sent within a penalty"
        assert world.violations() == []


def test_a_patient_run_says_how_long_it_waits_and_stops_at_a_signal(tmp_path, starter):
    refusal = Fault(status=429, skip=7)
    with world_in(tmp_path, starter, faults=[refusal]) as world:
        world.plan(btc=BTC, eth=ETH)
        assert world.apply().code == 4
        process = world.process("apply", "--yes", "--max-wait", "400")
        line = process.stderr.readline()
        process.terminate()
        _, rest = process.communicate(timeout=30)
        assert line.startswith("waiting until ")
        assert " s): the service asked for a pause (429)" in line
        assert process.returncode == 130, rest
        assert len(world.mutations) == 1, "the one that was refused"
        assert world.violations() == []


def test_a_429_is_waited_out_where_that_is_allowed(tmp_path):
    """The same on a clock of its own, to the end."""
    inside = Inside(tmp_path, faults=[Fault(status=429, skip=7)], paced=True, max_wait=400)
    inside.plan(TWO)
    done = inside.apply()
    assert done.code == 4
    assert inside.clock.passed < 60
    done = inside.apply()
    assert done.code == 0
    assert 300 <= inside.clock.passed < 400
    assert inside.opened() == {("btc", 1): 1, ("eth", 1): 1}


def test_more_requests_than_a_minute_holds_are_spread_over_the_next(tmp_path):
    inside = Inside(tmp_path, paced=True, rate_limit=True)
    inside.plan({f"t{n}": BTC.replace("0.01", f"0.01{n:03}") for n in range(100)})
    done = inside.apply()
    assert done.code == 0, done.error
    assert len(inside.opened()) == 100
    assert 60 <= inside.clock.passed < 180
    assert inside.slow_enough() == []


def test_a_home_that_cannot_be_written_costs_a_warning_and_not_the_run(world):
    world.plan(btc=BTC)
    process = world.process("diff", env={**world.environ, "HOME": "/proc/nowhere"})
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "warning: The store /proc/nowhere/" in err
    assert "1 to create" in out


def test_the_embedded_exchange_uses_up_no_budget(world):
    world.plan(btc=BTC)
    environ = {k: v for k, v in world.environ.items() if not k.startswith("SMARTPLAN_")}
    process = world.process("apply", "--yes", env=environ)
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert not (world.folder / "home").exists()


# --- F9: lists that lag -----------------------------------------------------------------------


@pytest.mark.parametrize("lag", [0.5, 2, 5])
@pytest.mark.parametrize("lost", [None, "after"])
def test_a_list_that_lags_shows_no_trade_twice(tmp_path, lag, lost):
    lagging = Fault(method="GET", path="/v2/smart_trades", lag=lag, times=None)
    inside = Inside(tmp_path, faults=[lagging])
    inside.lose = lambda method, path: lost if method == "POST" else None
    inside.plan(TWO)
    for _ in range(3):
        done = inside.apply()
        assert done.code == 0, done.error
    assert inside.opened() == {("btc", 1): 1, ("eth", 1): 1}


def test_items_that_move_between_pages_are_neither_lost_nor_opened_again(tmp_path):
    """Others open trades while the pages are read: the order by creation does not shift."""
    inside = Inside(tmp_path)
    for number in range(99):
        inside.open_by_hand("USDT_ETH", None, str(number + 1))
    inside.plan({"btc": BTC, "eth": ETH})
    assert inside.apply().code == 0

    def meanwhile(method, path):
        if path == "/v2/smart_trades" and method == "GET":
            inside.open_by_hand("USDT_ETH")

    inside.lose = meanwhile
    assert inside.apply().code == 0
    assert inside.opened() == {("btc", 1): 1, ("eth", 1): 1}


# --- F10: clocks ------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_while_a_lost_create_is_looked_for_shortens_no_window(tmp_path, hours):
    """The create shows after 100 s of the 120 s window, whatever the wall clock says."""
    inside = Inside(tmp_path)
    lagging = Fault(method="GET", path="/v2/smart_trades", lag=100.0, times=None)
    inside.faults.append(lagging)
    inside.restart()
    inside.lose = lambda method, path: "after" if method == "POST" else None
    inside.while_waiting = lambda: setattr(inside.clock, "moved", hours * 3600.0)
    inside.plan({"btc": BTC})
    done = inside.apply()
    assert done.code == 0, done.error
    assert inside.opened() == {("btc", 1): 1}


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_between_runs_ends_no_penalty_and_no_doubt(tmp_path, hours):
    inside = Inside(tmp_path, faults=[Fault(status=429, skip=7)], paced=True)
    inside.plan(TWO)
    assert inside.apply().code == 4
    sent = len(inside.exchange.log)
    inside.clock.moved = hours * 3600.0
    assert inside.apply().code == 4
    assert len(inside.exchange.log) == sent
    inside.clock.passed += 301
    assert inside.apply().code == 0
    assert inside.opened() == {("btc", 1): 1, ("eth", 1): 1}


# --- F11: two at once -------------------------------------------------------------------------


def test_two_applies_at_once_open_everything_once(world):
    """One waits in the middle of its create; the other is told who holds the lock."""
    world.plan(btc=BTC, eth=ETH)
    held, free = threading.Event(), threading.Event()

    def choose(_number, method, _path):
        if method == "POST":
            held.set()
            assert free.wait(30)

    world.breaking(choose)
    first = world.process("apply", "--yes")
    assert held.wait(30)
    second = world.process("apply", "--yes")
    _, err = second.communicate(timeout=30)
    free.set()
    assert first.wait(timeout=30) == 0
    first.communicate()
    assert second.returncode == 5
    assert f"process {first.pid} on " in err
    assert OPEN_TWO.unfulfilled(world) == []
    assert len(world.mutations) == 2
    assert world.violations() == []


GRANTS = """
import json, sys
from pathlib import Path
from smartplan.errors import RateLimited
from smartplan.state.budget import RateBudget

class Full(Exception):
    pass

def give_up(_):
    raise Full

budget = RateBudget(Path(sys.argv[1]), "key", sleep=give_up)
granted = 0
try:
    while True:
        budget.wait(listing=False)
        granted += 1
except Full:
    print(granted)
"""


def test_six_processes_on_one_budget_are_granted_ninety_together(tmp_path):
    file = tmp_path / "budget.db"
    processes = [
        subprocess.Popen([sys.executable, "-c", GRANTS, file], stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    assert sum(json.loads(process.communicate(timeout=60)[0]) for process in processes) == 90
