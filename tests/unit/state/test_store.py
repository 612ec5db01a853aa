"""What every store keeps to, whichever database its tables lie in."""

import os
import signal
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from smartplan.errors import UsageError
from smartplan.state.budget import open_ledger
from smartplan.state.opening import open_store
from smartplan.state.store import (
    ChangesetUsed,
    ClaimHeld,
    CloseClaim,
    Event,
    EventKind,
    Forget,
    Identity,
    KnownTrade,
    LockHeld,
    LockScope,
    OpenClaim,
    Remember,
    UseChangeset,
)
from smartplan.state.url import shown

DESK = LockScope("desk", "sandbox")
BTC = Identity(DESK, "btc-swing", 1)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def event(kind: EventKind = EventKind.INTENT, **changes) -> Event:
    return replace(
        Event(at=NOON, run="r1", kind=kind, scope=DESK, name="btc-swing", round=1), **changes
    )


def test_events_come_back_as_they_were_written_in_order(store):
    written = [
        event(EventKind.RUN, name=None, round=None, data={"command": "apply"}),
        event(data={"body": {"units": {"value": "0.01"}}, "note": "käse"}),
        event(EventKind.OUTCOME, trade_id=7, data={"done": True}),
    ]
    numbers = [store.record(one) for one in written]
    assert numbers == sorted(numbers)
    read = store.events(DESK)
    assert [replace(one, number=0) for one in read] == written
    assert [one.kind for one in store.events(DESK, name="btc-swing")] == ["intent", "outcome"]
    assert store.events(LockScope("desk", "real")) == ()


def test_amounts_are_kept_as_plain_text(store):
    store.record(event(data={"units": Decimal("1E-8")}))
    assert store.events(DESK)[0].data == {"units": "0.00000001"}


def test_an_identity_is_claimed_once_until_its_outcome_is_known(store):
    store.record(event(), OpenClaim(BTC))
    with pytest.raises(ClaimHeld, match=r"btc-swing \(round 1\)") as caught:
        store.record(event(), OpenClaim(BTC))
    assert caught.value.hint == "`smartplan resolve btc-swing --wait` settles it."
    assert len(store.events(DESK)) == 1
    (claim,) = store.claims(DESK)
    assert (claim.identity, claim.intent.kind) == (BTC, "intent")
    for other in (
        replace(BTC, round=2),
        replace(BTC, name="eth"),
        replace(BTC, scope=LockScope("desk", "paper")),
    ):
        store.record(event(), OpenClaim(other))
    store.record(event(EventKind.OUTCOME), CloseClaim(BTC))
    store.record(event(), OpenClaim(BTC))


def test_a_trade_is_remembered_replaced_and_forgotten(store):
    first = KnownTrade(identity=BTC, trade_id=7, applied={"note": "x"})
    ended = replace(first, ended="finished", applied=None)
    second = KnownTrade(identity=replace(BTC, round=2), trade_id=8)
    store.record(event(), Remember(first), Remember(second))
    assert store.trades(DESK) == (first, second)
    store.record(event(), Remember(ended))
    assert store.trades(DESK) == (ended, second)
    store.record(event(EventKind.RESOLVE), Forget(DESK, "btc-swing"))
    assert store.trades(DESK) == ()


def test_forgetting_a_trade_leaves_its_open_claim(store):
    store.record(event(), OpenClaim(BTC))
    store.record(event(EventKind.RESOLVE), Forget(DESK, "btc-swing"))
    assert len(store.claims(DESK)) == 1


def test_a_changeset_is_used_once(store):
    store.record(event(EventKind.RUN), UseChangeset("3f9a2c4177b0e1d2"))
    with pytest.raises(ChangesetUsed, match="3f9a2c4177b0"):
        store.record(event(EventKind.RUN), UseChangeset("3f9a2c4177b0e1d2"))


def test_an_event_and_what_follows_from_it_are_written_together_or_not_at_all(store):
    store.record(event(), OpenClaim(BTC))
    with pytest.raises(ClaimHeld):
        store.record(event(), Remember(KnownTrade(identity=BTC, trade_id=7)), OpenClaim(BTC))
    assert store.trades(DESK) == ()
    assert len(store.events(DESK)) == 1


def test_a_live_trade_is_known_under_one_name_and_keeps_what_was_applied(store):
    old = KnownTrade(identity=BTC, trade_id=7, applied={"note": "x"})
    other = KnownTrade(identity=replace(BTC, name="other"), trade_id=8)
    elsewhere = KnownTrade(identity=replace(BTC, scope=LockScope("desk", "paper")), trade_id=7)
    store.record(event(), Remember(old), Remember(other), Remember(elsewhere))
    renamed = KnownTrade(identity=replace(BTC, name="new"), trade_id=7)
    store.record(event(), Remember(renamed))
    assert store.trades(DESK) == (replace(renamed, applied={"note": "x"}), other)
    assert store.trades(elsewhere.identity.scope) == (elsewhere,)
    store.record(event(), Remember(replace(old, applied={"note": "y"})))
    assert store.trades(DESK) == (replace(old, applied={"note": "y"}), other)


def test_another_store_sees_at_once_what_was_recorded(store, open_):
    store.record(event(), OpenClaim(BTC))
    other = open_()
    assert len(other.claims(DESK)) == 1
    with pytest.raises(ClaimHeld):
        other.record(event(), OpenClaim(BTC))


# --- the lock -----------------------------------------------------------------------------------


def test_one_run_at_a_time_holds_a_scope_and_others_are_told_who(store, open_):
    other = open_()
    with store.lock(DESK, "run-1"):
        with pytest.raises(LockHeld) as caught, other.lock(DESK, "run-2"):
            pass
        with other.lock(LockScope("desk", "paper"), "run-2"):
            pass
    assert f"process {os.getpid()} on {os.uname().nodename} since 20" in str(caught.value)
    assert caught.value.exit_code == 5
    with other.lock(DESK, "run-3"):
        other.record(event())


def test_a_lock_is_free_after_a_block_that_failed(store, open_):
    with pytest.raises(RuntimeError, match="trouble"), store.lock(DESK, "run-1"):
        raise RuntimeError("trouble")
    with open_().lock(DESK, "run-2"):
        pass


# --- other processes ----------------------------------------------------------------------------

PREAMBLE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from smartplan.errors import SmartplanError
from smartplan.state.store import *
from smartplan.state.opening import open_store
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


def test_what_was_recorded_survives_a_killed_process(python, url, open_):
    code = PREAMBLE + (
        "store = open_store(sys.argv[1], Path())\n"
        "store.record(event(), OpenClaim(Identity(scope, 'btc', 1)))\n"
        "print('recorded', flush=True)\n"
        "sys.stdin.read()\n"
    )
    process = python(code, url)
    assert process.stdout.readline() == "recorded\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    store = open_()
    (claim,) = store.claims(DESK)
    assert claim.identity.name == "btc"
    assert store.problems() == ()


def test_of_many_processes_one_gets_the_claim_and_all_can_start_the_store(python, url, open_):
    code = PREAMBLE + (
        "sys.stdin.readline()\n"
        "store = open_store(sys.argv[1], Path())\n"
        "attempt(lambda: store.record(event(), OpenClaim(Identity(scope, 'btc', 1))))\n"
    )
    processes = [python(code, url) for _ in range(6)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0].split()[0] for process in processes]
    assert sorted(said) == ["ClaimHeld"] * 5 + ["done"]


def test_text_that_no_database_takes_is_kept_all_the_same(store):
    data = {"message": "a lone \ud800 and a \x00"}
    store.record(event(data=data))
    assert store.events(DESK)[0].data == data


@pytest.mark.parametrize("text", ["", "sqlite://", "sqlite:///", "mysql:///x", "state.db"])
def test_a_store_of_another_kind_is_a_usage_error(tmp_path, text):
    with pytest.raises(UsageError, match="store"):
        open_store(text, tmp_path)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql+psycopg://me:hunter2@db:5432/desk", "postgresql+psycopg://db:5432/desk"),
        ("postgresql://me:hunter2@[::1]:5432/desk", "postgresql://[::1]:5432/desk"),
        ("postgresql://me:hunter2@a:1,b:2/desk", "postgresql://a:1,b:2/desk"),
        ("postgresql:///desk?host=/run&password=hunter2", "postgresql:///desk"),
        ("postgresql://db/desk?password=x@hunter2", "postgresql://db/desk"),
        ("postgresql://db?sslpassword=hunter2", "postgresql://db"),
        ("postgresql://me:x@hunter2@db/desk", "postgresql://…"),
        ("postgresql://me:x/hunter2@db/desk", "postgresql://…"),
        ("postgresql://me:hunter2/x?y@db/desk", "postgresql://…"),
        ("mysql://me:hunter2@db/desk", "mysql://…"),
        ("host=db password=hunter2", "without a scheme"),
        ("sqlite:///state.db", "sqlite:///state.db"),
    ],
)
def test_a_store_is_named_without_what_stands_for_its_password(url: str, told: str):
    assert shown(url) == told


UNREADABLE = [
    "postgresql://me:x@hunter2@127.0.0.1:1/desk",
    "postgresql+psycopg://me:x/hunter2@127.0.0.1:1/desk",
    "postgresql://me:hunter2/x?y@127.0.0.1/desk",
    "postgresql://me:5432/x?hunter2@127.0.0.1/desk",
    "postgresql://127.0.0.1:1/desk?password=hunter2&hunter2",
    "postgresql://127.0.0.1:1/desk?pass=hunter2",
]
UNKNOWN = [
    "postgres://me:hunter2@127.0.0.1:1/desk",
    "me:hunter2@db/desk",
    "me:hunter2@db://desk",
    "host=127.0.0.1 password=hunter2",
]


@pytest.mark.parametrize("url", UNREADABLE + UNKNOWN)
def test_a_store_that_cannot_be_read_is_refused_without_repeating_it(url: str, tmp_path):
    with pytest.raises(UsageError) as refused:
        open_store(url, tmp_path)
    assert "hunter2" not in f"{refused.value} {refused.value.hint} {shown(url)}"


@pytest.mark.parametrize("url", UNREADABLE)
def test_a_ledger_that_cannot_be_read_is_refused_without_repeating_it(url: str):
    with pytest.raises(UsageError) as refused:
        open_ledger(url, {})
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"
