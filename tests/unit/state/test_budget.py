"""The rate budget: with virtual time for the figures, with real processes for the sharing."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartplan.errors import RateLimited
from smartplan.state.budget import LISTINGS, REQUESTS, RateBudget, budget_file
from smartplan.state.clocks import Clocks

NOON = 1795348800.0  # 2026-11-22 12:00:00 UTC


class World:
    """A machine whose time passes only while somebody sleeps."""

    def __init__(self, file=None):
        self.file = file
        self.boot = "first"
        self.tick = 1000.0
        self.wall = NOON
        self.waits = []

    def clocks(self):
        return Clocks(ticks=lambda: self.tick, wall=lambda: self.wall, boot=lambda: self.boot)

    def sleep(self, seconds):
        self.tick += seconds
        self.wall += seconds

    def waiting(self, seconds, reason):
        self.waits.append((round(seconds, 3), reason))

    def restart(self):
        self.boot, self.tick = f"after {self.boot}", 5.0

    def budget(self, key="key", **options):
        return RateBudget(
            self.file, key, clocks=self.clocks(), sleep=self.sleep, progress=self, **options
        )


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "budget.db")


@pytest.fixture
def budget(world):
    made = []

    def make(key="key", **options):
        made.append(world.budget(key, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def take(budget, count, *, listing=False):
    for _ in range(count):
        budget.wait(listing=listing)


def test_ninety_requests_go_at_once_and_the_next_waits_for_the_minute(world, budget):
    pace = budget()
    take(pace, 90)
    assert world.waits == []
    take(pace, 1)
    assert world.waits == [(61.0, "90 requests per minute")]


def test_ten_requests_are_kept_for_urgent_commands(world, budget):
    take(budget(), 90)
    take(budget(urgent=True), 10)
    assert world.waits == []
    take(budget(urgent=True), 1)
    assert world.waits == [(61.0, "100 requests per minute")]


def test_thirty_six_listings_go_at_once_and_four_more_for_urgent_commands(world, budget):
    take(budget(), 36, listing=True)
    take(budget(urgent=True), 4, listing=True)
    take(budget(), 40)
    assert world.waits == []
    take(budget(), 1, listing=True)
    assert world.waits == [(11.0, "40 listings per 10 s")]


def test_listings_count_as_requests(budget):
    pace = budget()
    take(pace, 3, listing=True)
    take(pace, 2)
    assert pace.used() == {REQUESTS: 5, LISTINGS: 3}


def test_every_key_has_its_own_budget(world, budget):
    take(budget("one"), 90)
    take(budget("two"), 90)
    assert world.waits == []


def test_a_new_process_knows_what_the_last_one_used(world, budget):
    first = budget()
    take(first, 90)
    first.close()
    take(budget(), 1)
    assert len(world.waits) == 1


# --- refusals -----------------------------------------------------------------------------------


def test_after_a_429_nothing_is_sent_for_five_minutes_by_anybody(world, budget):
    assert budget().refused(429, None) == 300
    with pytest.raises(RateLimited) as caught:
        budget().wait(listing=False)
    assert str(caught.value) == (
        "The service asked for a pause (429): no request before 2026-11-22 12:05:00 UTC."
    )
    assert caught.value.hint == "Waiting for it takes `--max-wait 300`."
    assert caught.value.retry_after == 300
    with pytest.raises(RateLimited):
        budget(urgent=True).wait(listing=False)
    take(budget("another key"), 1)
    world.sleep(300)
    take(budget(), 1)
    assert world.waits == []


@pytest.mark.parametrize(("asked", "seconds"), [(None, 300), (20.0, 300), (900.0, 900)])
def test_a_429_is_kept_to_as_long_as_asked_and_at_least_as_documented(
    world, budget, asked, seconds
):
    pace = budget(max_wait=1000)
    assert pace.refused(429, asked) == seconds
    take(pace, 1)
    assert world.waits == [(seconds, "the service asked for a pause (429)")]


def test_a_shorter_patience_than_the_pause_is_told_at_once(world, budget):
    pace = budget(max_wait=299)
    pace.refused(429, None)
    with pytest.raises(RateLimited):
        pace.wait(listing=True)
    assert world.waits == []


def test_a_ban_stops_every_key_however_patient_and_is_remembered(world, budget):
    assert budget().refused(418, None) == 120
    for pace in (budget(max_wait=10**6), budget("another key", urgent=True)):
        with pytest.raises(RateLimited, match="banned this address") as caught:
            pace.wait(listing=False)
        assert caught.value.status == 418
    assert world.waits == []
    world.sleep(120)
    take(budget(), 1)


def test_each_further_ban_is_twice_as_long_up_to_three_days(world, budget):
    pace = budget()
    bans = []
    for _ in range(15):
        bans.append(pace.refused(418, None))
        world.sleep(1)
    assert bans[:4] == [120, 240, 480, 960]
    assert bans[-1] == 3 * 86_400


def test_old_bans_are_forgotten_after_three_days(world, budget):
    pace = budget()
    pace.refused(418, None)
    world.sleep(3 * 86_400 + 1)
    assert pace.refused(418, None) == 120


# --- clocks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_wall_clock_that_is_moved_changes_nothing(world, budget, hours):
    pace = budget(max_wait=1000)
    take(pace, 90)
    world.wall += hours * 3600
    take(pace, 1)
    assert [seconds for seconds, _ in world.waits] == [61.0]
    pace.refused(429, None)
    world.wall -= hours * 3600
    take(pace, 1)
    assert [seconds for seconds, _ in world.waits] == [61.0, 300.0]


def test_after_a_restart_of_the_machine_the_wall_clock_tells_what_has_passed(world, budget):
    pace = budget(max_wait=1000)
    take(pace, 90)
    pace.refused(429, None)
    world.restart()
    world.wall += 100
    take(pace, 1)
    assert [seconds for seconds, _ in world.waits] == [200.0]


def test_a_wall_clock_set_back_over_a_restart_costs_one_window_and_not_an_hour(world, budget):
    take(budget(), 90)
    world.restart()
    world.wall -= 3600
    take(budget(), 1)
    assert [seconds for seconds, _ in world.waits] == [61.0]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),  # which of three processes
            st.booleans(),  # a listing?
            st.floats(0, 5),  # pause before it
            st.sampled_from([0, 0, 0, 0, 3600, -3600]),  # somebody sets the clock
        ),
        min_size=100,
        max_size=260,
    )
)
def test_no_sequence_of_processes_pauses_and_clock_changes_breaks_a_limit(tmp_path_factory, steps):
    world = World(tmp_path_factory.mktemp("budget") / "budget.db")
    paces = [world.budget(), world.budget(), world.budget(urgent=True)]
    sent = []
    for who, listing, pause, jump in steps:
        world.sleep(pause / 10)
        world.wall += jump
        paces[who].wait(listing=listing)
        sent.append((world.tick, listing))
    for pace in paces:
        pace.close()
    everything = [tick for tick, _ in sent]
    listings = [tick for tick, listing in sent if listing]
    for ticks, limit, seconds in ((everything, 100, 60), (listings, 40, 10)):
        for first, last in zip(ticks, itertools.islice(ticks, limit, None), strict=False):
            assert last - first > seconds


# --- real processes -----------------------------------------------------------------------------

GREEDY = """
import sys
from pathlib import Path
from smartplan.state.budget import RateBudget
class Full(Exception): pass
def give_up(seconds): raise Full
budget = RateBudget(Path(sys.argv[1]), "key", sleep=give_up)
sys.stdin.readline()
granted = 0
try:
    while True:
        budget.wait(listing=sys.argv[2] == "listing")
        granted += 1
except Full:
    print(granted, flush=True)
"""


@pytest.mark.parametrize(("kind", "limit"), [("request", 90), ("listing", 36)])
def test_six_processes_are_granted_exactly_the_limit_together(python, tmp_path, kind, limit):
    processes = [python(GREEDY, tmp_path / "budget.db", kind) for _ in range(6)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    granted = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(granted) == limit


def test_a_refusal_of_one_process_stops_another(python, tmp_path):
    file = tmp_path / "budget.db"
    code = (
        "import sys\nfrom pathlib import Path\nfrom smartplan.state.budget import RateBudget\n"
        "RateBudget(Path(sys.argv[1]), 'key').refused(429, None)\n"
    )
    assert python(code, file).wait(60) == 0
    budget = RateBudget(file, "key")
    with pytest.raises(RateLimited):
        budget.wait(listing=False)
    budget.close()


# --- where it lies ------------------------------------------------------------------------------


def test_the_budget_belongs_to_the_user_and_not_to_a_workspace(tmp_path):
    assert budget_file({"HOME": "/home/a"}) == budget_file({"HOME": "/home/a", "PWD": "/x"})
    assert str(budget_file({"HOME": "/home/a"})) == "/home/a/.local/state/smartplan/budget.db"
    assert str(budget_file({"HOME": "/h", "XDG_STATE_HOME": "/s"})) == "/s/smartplan/budget.db"
    assert budget_file({}) is None


def test_without_a_file_the_budget_still_holds_for_the_run():
    world = World()
    pace = world.budget()
    take(pace, 91)
    assert len(world.waits) == 1
    pace.close()
