"""What only a store in PostgreSQL has: a server that goes away, a lease, roles, a password."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import psycopg
import pytest
from msgspec.structs import replace

from smartplan.errors import UsageError
from smartplan.state.opening import open_store
from smartplan.state.postgres import LeaseLost, PostgresStore
from smartplan.state.store import (
    ClaimHeld,
    Event,
    EventKind,
    Identity,
    LockHeld,
    LockScope,
    OpenClaim,
    StoreUnusable,
)

DESK = LockScope("desk", "real")
BTC = Identity(DESK, "btc-swing", 1)
EVENT = Event(
    at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    run="r1",
    kind=EventKind.INTENT,
    scope=DESK,
    name="btc-swing",
    round=1,
)


@pytest.fixture
def open_(database):
    opened = []

    def open_it(**options):
        opened.append(PostgresStore(options.pop("url", database.url), **options))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


def test_events_can_neither_be_changed_nor_removed(open_, database):
    open_().record(EVENT)
    for sql in ("DELETE FROM event", "UPDATE event SET name = 'eth'", "TRUNCATE event CASCADE"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            database.execute(sql)


def test_nothing_lies_outside_a_schema_of_its_own(open_, database):
    open_()
    tables = database.execute("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename = 'event'")
    assert tables == [("smartplan",)]


# --- the lease ----------------------------------------------------------------------------------

HOLD = """
import sys
from smartplan.state.postgres import PostgresStore
from smartplan.state.store import LockScope
store = PostgresStore(sys.argv[1], lease_seconds=float(sys.argv[2]))
with store.lock(LockScope("desk", "real"), "r"):
    print("held", flush=True)
    sys.stdin.read()
"""


def renewals(database, number):
    """Whether the end of the lease is put off that often; gives up after half a minute."""
    seen = set()
    for _ in range(1_500):
        seen.add(database.execute("SELECT expires FROM lease")[0])
        if len(seen) > number:
            return True
        time.sleep(0.02)
    return False


def test_the_lease_of_a_killed_run_ends_by_itself(python, open_, database):
    process = python(HOLD, database.url, 60)
    assert process.stdout.readline() == "held\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    with pytest.raises(LockHeld) as caught, open_().lock(DESK, "run-2"):
        pass
    assert caught.value.hint.endswith("The lock of a run that died is free after 60 s.")
    database.execute("UPDATE lease SET expires = expires - interval '60 seconds'")
    with open_().lock(DESK, "run-2"):
        pass


def test_a_run_that_only_waits_keeps_its_lease(python, open_, database):
    process = python(HOLD, database.url, 0.6)
    assert process.stdout.readline() == "held\n"
    # Renewed at every third of its length: after four renewals more than a lease has gone by.
    assert renewals(database, 4)
    with pytest.raises(LockHeld), open_().lock(DESK, "run-2"):
        pass


def test_every_write_renews_the_lease(open_, database):
    store = open_()
    with store.lock(DESK, "run-1"):
        database.execute("UPDATE lease SET expires = clock_timestamp() + interval '1 second'")
        store.record(EVENT)
        left = "SELECT extract(epoch FROM expires - clock_timestamp()) FROM lease"
        assert database.execute(left)[0][0] > 30


def test_a_run_that_was_overtaken_writes_nothing_more(open_, database):
    held_up, other = open_(), open_()
    with held_up.lock(DESK, "run-1"):
        database.execute("UPDATE lease SET expires = clock_timestamp()")
        with other.lock(DESK, "run-2"):
            with pytest.raises(LeaseLost, match="held up for longer") as caught:
                held_up.record(EVENT, OpenClaim(BTC))
            assert caught.value.exit_code == 5
            other.record(EVENT, OpenClaim(BTC))
        assert database.execute("SELECT token FROM lease") == [(2,)]
    assert len(other.events(DESK)) == len(other.claims(DESK)) == 1


def test_an_overtaken_run_does_not_end_the_lease_of_the_other(open_, database):
    held_up, other, third = open_(), open_(), open_()
    first = held_up.lock(DESK, "run-1")
    first.__enter__()
    database.execute("UPDATE lease SET expires = clock_timestamp()")
    with other.lock(DESK, "run-2"):
        first.__exit__(None, None, None)
        with pytest.raises(LockHeld), third.lock(DESK, "run-3"):
            pass


# --- a server that goes away --------------------------------------------------------------------


@pytest.mark.parametrize("trouble", ["cut", "restart"])
def test_after_a_broken_connection_the_run_can_write_nothing_more(open_, database, trouble):
    store = open_()
    with store.lock(DESK, "run-1"):
        store.record(EVENT)
        getattr(database, trouble)()
        for _ in range(2):
            with pytest.raises(StoreUnusable, match="cannot be used"):
                store.record(EVENT, OpenClaim(BTC))
    after = open_()
    assert len(after.events(DESK)) == 1
    assert after.claims(DESK) == ()


def test_what_was_recorded_survives_a_crash_of_the_server(open_, database):
    open_().record(EVENT, OpenClaim(BTC))
    database.restart()
    store = open_()
    with pytest.raises(ClaimHeld):
        store.record(EVENT, OpenClaim(BTC))
    assert store.problems() == ()


def test_the_lease_outlives_the_loss_of_the_renewers_connection(open_, database):
    """The run itself is idle; only its renewer talks to the server."""
    store = open_(lease_seconds=0.6)
    with store.lock(DESK, "run-1"):
        (own,) = store._database.rows("SELECT pg_backend_pid()")[0]
        kill = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ="
            " 'smartplan' AND pid <> %s"
        )
        assert renewals(database, 1)
        assert database.execute(kill, own)
        assert renewals(database, 4)
        store.record(EVENT)


# --- who may ------------------------------------------------------------------------------------


def test_a_role_that_may_only_read_reads_and_writes_nothing(open_, database):
    open_().record(EVENT, OpenClaim(BTC))
    database.execute("DROP ROLE IF EXISTS reader")
    database.execute("CREATE ROLE reader LOGIN PASSWORD 'looking'")
    database.execute("GRANT USAGE ON SCHEMA smartplan TO reader")
    database.execute("GRANT SELECT ON ALL TABLES IN SCHEMA smartplan TO reader")
    try:
        parts = urlsplit(database.url)
        url = database.url.replace(f"{parts.username}:{parts.password}", "reader:looking")
        reader = open_(url=url)
        assert len(reader.claims(DESK)) == 1
        assert reader.read_only.endswith("cannot be written: this role may only read.")
        with pytest.raises(StoreUnusable, match="may only read"):
            reader.record(EVENT)
        with pytest.raises(StoreUnusable), reader.lock(DESK, "run"):
            pass
    finally:
        database.forget()
        database.execute("DROP ROLE reader")


def test_a_server_that_takes_no_writes_can_be_read(open_, database):
    open_().record(EVENT)
    read_only = open_(url=f"{database.url}?options=-cdefault_transaction_read_only%3Don")
    assert len(read_only.events(DESK)) == 1
    assert read_only.read_only.endswith("cannot be written: the server takes no writes.")


# --- migrations ---------------------------------------------------------------------------------


def test_tables_of_a_newer_version_are_left_alone(open_, database):
    open_()
    database.execute("INSERT INTO migration (number) VALUES (99)")
    with pytest.raises(StoreUnusable, match="newer smartplan"):
        open_()


def test_older_tables_are_migrated_only_when_asked(open_, database):
    database.execute("CREATE SCHEMA smartplan")
    database.execute("CREATE TABLE smartplan.migration (number INTEGER PRIMARY KEY)")
    with pytest.raises(StoreUnusable, match="older version") as caught:
        open_()
    assert "state migrate" in caught.value.hint
    open_(migrate=True).record(EVENT)


def test_a_check_sees_what_would_lose_or_change_events(open_, database):
    store = open_()
    assert store.problems() == ()
    database.execute("ALTER TABLE event DISABLE TRIGGER event_is_never_changed")
    assert store.problems() == ("table event: nothing keeps its rows from being changed",)


# --- the URL ------------------------------------------------------------------------------------


def test_a_server_that_is_not_there_is_a_plain_refusal_without_the_password():
    with pytest.raises(StoreUnusable, match=r"postgresql://127\.0\.0\.1:1/desk cannot") as caught:
        open_store("postgresql+psycopg://me:hunter2@127.0.0.1:1/desk", None)
    assert "hunter2" not in f"{caught.value}{caught.value.hint}"


def test_a_wrong_password_is_a_plain_refusal_without_it(database):
    url = database.url.replace(urlsplit(database.url).password, "hunter2")
    with pytest.raises(StoreUnusable, match="authentication failed") as caught:
        open_store(url, None)
    assert "hunter2" not in str(caught.value)


def test_a_url_that_is_none_is_a_usage_error_without_the_password():
    with pytest.raises(UsageError) as caught:
        open_store("postgresql+psycopg://me:hunter2@[::1/desk", None)
    assert "hunter2" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("postgresql://me@db.example/desk", "verify-full"),
        ("postgresql://me@db.example/desk?sslmode=verify-full", "verify-full"),
        ("postgresql://me@127.0.0.1/desk", None),
        ("postgresql://me@localhost/desk", None),
        ("postgresql:///desk?host=/run/postgresql", None),
        ("postgresql://me@localhost/desk?hostaddr=192.0.2.1", "verify-full"),
    ],
)
def test_a_server_elsewhere_has_to_prove_who_it_is(monkeypatch, text, mode):
    from smartplan.state import postgres_database

    monkeypatch.delenv("PGSSLMODE", raising=False)
    monkeypatch.delenv("PGHOST", raising=False)
    assert postgres_database._arguments(text).get("sslmode") == mode


def test_the_driver_is_loaded_for_a_postgresql_url_alone(tmp_path):
    code = (
        "import sys; from pathlib import Path; from smartplan.state.opening import open_store;"
        f" open_store('sqlite:///{tmp_path}/state.db', Path()).close();"
        " print(sorted({'psycopg', 'sqlite3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "['sqlite3']\n"


def test_without_the_driver_the_way_to_it_is_told(tmp_path):
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from smartplan.state.opening import open_store\n"
        "try: open_store('postgresql://x/y', None)\n"
        "except Exception as error: print(type(error).__name__, error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "pip install 'smartplan[postgres] @ git+" in done.stdout


def test_a_round_or_an_id_of_any_size_is_kept(open_):
    store = open_()
    store.record(replace(EVENT, round=2**40, trade_id=2**50))
    assert (store.events(DESK)[0].round, store.events(DESK)[0].trade_id) == (2**40, 2**50)
