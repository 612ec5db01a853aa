"""What only a store in a SQLite file has: a file, its modes, its damage."""

import sqlite3
import stat
import threading
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from smartplan.state.opening import open_store
from smartplan.state.sqlite import SqliteStore
from smartplan.state.store import Event, EventKind, Identity, LockScope, OpenClaim, StoreUnusable

DESK = LockScope("desk", "sandbox")
BTC = Identity(DESK, "btc-swing", 1)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def event(kind: EventKind = EventKind.INTENT, **changes) -> Event:
    return replace(
        Event(at=NOON, run="r1", kind=kind, scope=DESK, name="btc-swing", round=1), **changes
    )


@pytest.fixture
def store(file):
    store = SqliteStore(file)
    yield store
    store.close()


def test_the_journal_can_only_grow(store, file):
    store.record(event())
    with sqlite3.connect(file) as connection:
        for sql in ("DELETE FROM event", "UPDATE event SET name = 'eth'"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(sql)
    connection.close()


def test_the_file_is_for_its_owner_alone(store, file):
    store.record(event())
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    for one in file.parent.iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == 0o600, one


# --- other processes ----------------------------------------------------------------------------

PREAMBLE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from smartplan.errors import SmartplanError
from smartplan.state.sqlite import SqliteStore
from smartplan.state.store import *
scope = LockScope("desk", "sandbox")
def event(kind=EventKind.INTENT):
    return Event(at=datetime.now(UTC), run="r", kind=kind, scope=scope, name="btc", round=1)
def attempt(act):
    try:
        act()
    except SmartplanError as error:
        print(type(error).__name__, error, "|", error.hint, flush=True)
        return
    print("done", flush=True)
"""


def test_a_store_that_another_process_is_just_starting_is_waited_for(file):
    """Turning a new file to write-ahead logging is what SQLite itself never waits for."""
    file.parent.mkdir()
    file.touch(0o600)
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.2, lambda: other.execute("COMMIT"))
    release.start()
    SqliteStore(file).close()
    release.join()
    other.close()


# --- stores that cannot be used -----------------------------------------------------------------


def test_a_file_that_is_no_database_is_a_plain_refusal(file):
    file.parent.mkdir()
    file.touch(0o600)
    file.write_text("dear diary, today I bought\n" * 200)
    with pytest.raises(StoreUnusable, match=r"state\.db.*not a database") as caught:
        SqliteStore(file)
    assert caught.value.exit_code == 5
    assert "state check" in caught.value.hint


def test_a_damaged_file_is_a_plain_refusal(file):
    store = SqliteStore(file)
    for number in range(200):
        store.record(event(data={"text": str(number) * 50}))
    store.close()
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)
    damaged = SqliteStore(file)
    with pytest.raises(StoreUnusable, match=r"state\.db"):
        damaged.record(event(), OpenClaim(BTC))
    with pytest.raises(StoreUnusable, match=r"state\.db"):
        damaged.events(DESK)
    damaged.close()


def test_a_check_of_a_sound_store_finds_nothing_and_of_a_broken_one_something(store, file):
    store.record(event(), OpenClaim(BTC))
    assert store.problems() == ()
    connection = sqlite3.connect(file)
    connection.execute("INSERT INTO changeset VALUES ('x', 4711)")
    connection.commit()
    connection.close()
    assert store.problems() == ("table changeset, row 1: points to nothing",)


def test_a_store_of_a_newer_version_is_left_alone(file):
    SqliteStore(file).close()
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreUnusable, match="newer smartplan"):
        SqliteStore(file)


def test_a_store_of_an_older_version_is_migrated_only_when_asked(file):
    file.parent.mkdir()
    file.touch(0o600)
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE something_older (x)")
    connection.close()
    with pytest.raises(StoreUnusable, match="older version") as caught:
        SqliteStore(file)
    assert "state migrate" in caught.value.hint
    migrated = SqliteStore(file, migrate=True)
    migrated.record(event())
    migrated.close()


def test_a_store_that_cannot_be_written_can_be_read_and_refuses_the_rest(python, file):
    store = SqliteStore(file)
    store.record(event(), OpenClaim(BTC))
    store.close()
    file.chmod(0o400)
    code = PREAMBLE + (
        "store = SqliteStore(Path(sys.argv[1]))\n"
        "print(store.read_only, flush=True)\n"
        "print(len(store.claims(scope)), flush=True)\n"
        "attempt(lambda: store.record(event()))\n"
    )
    out, err = python(code, file, permissions=True).communicate(timeout=60)
    problem, claims, refusal = out.splitlines()
    assert problem.endswith("state.db cannot be written: Permission denied.")
    assert claims == "1"
    assert refusal == f"StoreUnusable {problem} | Whatever changes a trade needs its store."
    assert err == ""


def test_without_a_store_and_without_a_place_for_one_everything_is_empty(tmp_path):
    (tmp_path / "file").write_text("no folder")
    store = SqliteStore(tmp_path / "file" / "state.db")
    assert store.read_only is not None
    assert store.events(DESK) == store.claims(DESK) == store.trades(DESK) == ()
    with pytest.raises(StoreUnusable, match="cannot be written"):
        store.record(event())
    store.close()


def test_a_full_disk_is_a_plain_refusal_and_loses_nothing(python, file):
    code = PREAMBLE + (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "store = SqliteStore(Path(sys.argv[1]))\n"
        "store.record(event(EventKind.RUN))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "attempt(lambda: store.record(event(), OpenClaim(Identity(scope, 'btc', 1))))\n"
    )
    out, err = python(code, file).communicate(timeout=60)
    assert out.startswith("StoreUnusable The store"), err
    store = SqliteStore(file)
    assert [one.kind for one in store.events(DESK)] == ["run"]
    assert store.claims(DESK) == ()
    store.close()


def test_a_store_that_another_process_is_writing_is_waited_for(store, file):
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.2, lambda: other.execute("COMMIT"))
    release.start()
    store.record(event())
    release.join()
    other.close()
    assert len(store.events(DESK)) == 1


# --- where it lies ------------------------------------------------------------------------------


def test_the_url_is_relative_to_the_workspace(tmp_path):
    open_store("sqlite:///.smartplan/state.db", tmp_path).close()
    assert (tmp_path / ".smartplan" / "state.db").is_file()
    elsewhere = tmp_path / "elsewhere.db"
    open_store(f"sqlite:///{elsewhere}", tmp_path / "desk").close()
    assert elsewhere.is_file()
