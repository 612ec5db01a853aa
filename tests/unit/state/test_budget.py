"""The rate budget: with virtual time for the figures, with real processes for the sharing."""

import itertools
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartplan.errors import RateLimited
from smartplan.state.budget import (
    LISTINGS,
    REQUESTS,
    BudgetUnusable,
    RateBudget,
    budget_file,
    open_ledger,
)
from smartplan.state.clocks import Clocks
from smartplan.state.ledger import PostgresLedger, SqliteLedger
from smartplan.state.store import StoreUnusable

NOON = 1795348800.0  # 2026-11-22 12:00:00 UTC


class World:
    """A machine with a ledger in a file; its time passes only while somebody sleeps."""

    def __init__(self, file=None):
        self.file = file
        self.boot = "first"
        self.tick = 1000.0
        self.wall = NOON
        self.waits = []

    def ledger(self):
        clocks = Clocks(lambda: self.tick, lambda: self.wall, lambda: self.boot)
        return SqliteLedger(self.file, clocks)

    def sleep(self, seconds):
        self.tick += seconds
        self.wall += seconds

    def waiting(self, seconds, reason):
        self.waits.append((round(seconds, 3), reason))

    def restart(self):
        self.boot, self.tick = f"after {self.boot}", 5.0

    def budget(self, key="key", **options):
        return RateBudget(self.ledger(), key, sleep=self.sleep, waiting=self.waiting, **options)


class ServersWorld(World):
    """The same with a ledger in PostgreSQL, by the clock of its server."""

    def __init__(self, database):
        super().__init__()
        self.database = database
        database.execute("CREATE TABLE IF NOT EXISTS public.test_clock (seconds FLOAT8)")
        database.execute("TRUNCATE public.test_clock")
        self._clock = database.connect()
        self._clock.execute("INSERT INTO public.test_clock VALUES (%s)", (self.wall,))

    def ledger(self):
        return PostgresLedger(self.database.url, clock="SELECT seconds FROM public.test_clock")

    def sleep(self, seconds):
        super().sleep(seconds)
        self._clock.execute("UPDATE public.test_clock SET seconds = %s", (self.wall,))

    def set_back(self, seconds):
        self.wall -= seconds
        self.sleep(0)

    def close(self):
        self._clock.close()


@pytest.fixture
def in_file(tmp_path):
    return World(tmp_path / "budget.db")


@pytest.fixture
def on_server(database):
    world = ServersWorld(database)
    yield world
    world.close()


@pytest.fixture(params=["in_file", "on_server"])
def world(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def budget(world):
    yield from budgets_of(world)


@pytest.fixture
def file_budget(in_file):
    yield from budgets_of(in_file)


def budgets_of(world):
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
def test_a_wall_clock_that_is_moved_changes_nothing(in_file, file_budget, hours):
    pace = file_budget(max_wait=1000)
    take(pace, 90)
    in_file.wall += hours * 3600
    take(pace, 1)
    assert [seconds for seconds, _ in in_file.waits] == [61.0]
    pace.refused(429, None)
    in_file.wall -= hours * 3600
    take(pace, 1)
    assert [seconds for seconds, _ in in_file.waits] == [61.0, 300.0]


def test_after_a_restart_of_the_machine_the_wall_clock_tells_what_has_passed(in_file, file_budget):
    pace = file_budget(max_wait=1000)
    take(pace, 90)
    pace.refused(429, None)
    in_file.restart()
    in_file.wall += 100
    take(pace, 1)
    assert [seconds for seconds, _ in in_file.waits] == [200.0]


def test_a_wall_clock_set_back_over_a_restart_costs_one_window_and_not_an_hour(
    in_file, file_budget
):
    take(file_budget(), 90)
    in_file.restart()
    in_file.wall -= 3600
    take(file_budget(), 1)
    assert [seconds for seconds, _ in in_file.waits] == [61.0]


def test_a_clock_of_the_server_set_back_costs_one_window_only(on_server):
    pace = on_server.budget(max_wait=1000)
    take(pace, 90)
    on_server.set_back(3600)
    take(pace, 1)
    assert [seconds for seconds, _ in on_server.waits] == [61.0]
    pace.close()


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
import os, sys
from smartplan.state.budget import RateBudget, open_ledger
class Full(Exception): pass
def give_up(seconds): raise Full
budget = RateBudget(open_ledger(sys.argv[1], os.environ), "key", sleep=give_up)
print("ready", flush=True)
sys.stdin.readline()
granted = 0
try:
    while True:
        budget.wait(listing=sys.argv[2] == "listing")
        granted += 1
except Full:
    print(granted, flush=True)
"""


@pytest.fixture
def private_home(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.mark.usefixtures("private_home")
@pytest.mark.parametrize(("kind", "limit"), [("request", 90), ("listing", 36)])
def test_six_processes_are_granted_exactly_the_limit_together(python, url, kind, limit):
    processes = [python(GREEDY, url, kind) for _ in range(6)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    granted = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(granted) == limit


@pytest.mark.usefixtures("private_home")
def test_a_refusal_of_one_process_stops_another(python, url):
    code = (
        "import os, sys\nfrom smartplan.state.budget import RateBudget, open_ledger\n"
        "RateBudget(open_ledger(sys.argv[1], os.environ), 'key').refused(429, None)\n"
    )
    assert python(code, url).wait(60) == 0
    budget = RateBudget(open_ledger(url, os.environ), "key")
    with pytest.raises(RateLimited):
        budget.wait(listing=False)
    budget.close()


# --- a ledger that cannot be asked --------------------------------------------------------------


def test_a_broken_connection_is_made_again_and_nothing_granted_is_forgotten(database):
    budget = RateBudget(PostgresLedger(database.url), "key")
    take(budget, 3)
    database.cut()
    take(budget, 2)
    assert budget.used()[REQUESTS] == 5
    budget.close()


def test_without_its_ledger_nothing_is_sent_and_a_refusal_still_stands(tmp_path):
    ledger = SqliteLedger(tmp_path / "budget.db")
    budget = RateBudget(ledger, "key")
    with ledger.turn() as (connection, _):
        connection.execute("DROP TABLE granted")
    with pytest.raises(BudgetUnusable, match="Nothing was sent") as caught:
        budget.wait(listing=False)
    assert caught.value.exit_code == 5
    assert budget.refused(429, 400.0) == 400
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


def test_a_budget_that_somebody_else_could_have_written_is_refused(tmp_path):
    """Whoever can write it can keep every run waiting, or get the key banned."""
    file = tmp_path / "state" / "smartplan" / "budget.db"
    SqliteLedger(file).close()
    for path, mode in ((file, 0o666), (file.parent, 0o777)):
        private = path.stat().st_mode & 0o777
        path.chmod(mode)
        with pytest.raises(StoreUnusable, match="can be written by other users") as caught:
            SqliteLedger(file)
        assert f"chmod {private:o} {path}" in caught.value.hint
        path.chmod(private)
    SqliteLedger(file).close()


def test_a_budget_may_lie_where_the_user_has_linked_it(tmp_path):
    (tmp_path / "kept").mkdir(mode=0o700)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "smartplan").symlink_to(tmp_path / "kept")
    SqliteLedger(tmp_path / "state" / "smartplan" / "budget.db").close()
    assert (tmp_path / "kept" / "budget.db").exists()
