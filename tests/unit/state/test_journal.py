"""The journal of a run, in a real store."""

from datetime import UTC, datetime

import pytest

from smartplan.state.clocks import Clocks
from smartplan.state.journal import Journal
from smartplan.state.sqlite import SqliteStore
from smartplan.state.store import ChangesetUsed, ClaimHeld, KnownTrade, LockScope

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BODY = {"pair": "USDT_BTC", "position": {"units": {"value": "0.01"}}}


@pytest.fixture
def store(tmp_path):
    store = SqliteStore(tmp_path / "state.db")
    yield store
    store.close()


@pytest.fixture
def journal(store):
    clocks = Clocks(ticks=lambda: 7.5, boot=lambda: "one")
    return Journal(store, LockScope("desk", "real"), "run-1", now=lambda: NOON, clocks=clocks)


def kinds(journal, name=None):
    return [str(event.kind) for event in journal.history(name)]


def test_a_create_leaves_its_whole_story(journal):
    btc = journal.identity("btc-swing", 1)
    journal.started("apply", {"paths": ["plans"]})
    journal.intended(btc, "create", BODY)
    journal.answered(btc, {"status": 201}, trade_id=7)
    journal.settled(btc, "done", known=KnownTrade(identity=btc, trade_id=7, applied=BODY))
    assert kinds(journal) == ["run", "intent", "answer", "outcome"]
    assert kinds(journal, "btc-swing") == ["intent", "answer", "outcome"]
    assert {event.at for event in journal.history()} == {NOON}
    assert {event.run for event in journal.history()} == {"run-1"}
    assert journal.open_claims() == ()
    (known,) = journal.known_trades()
    assert (known.trade_id, known.applied) == (7, BODY)


def test_an_intent_without_outcome_stays_open_and_keeps_its_body(journal):
    btc = journal.identity("btc-swing", 1)
    journal.intended(btc, "create", BODY)
    journal.left_open(btc, "unknown", {"error": "no complete answer within 30 s"})
    (claim,) = journal.open_claims()
    assert claim.identity == btc
    assert (claim.intent.data["action"], claim.intent.data["body"]) == ("create", BODY)
    assert claim.intent.data["clock"] == {"boot": "one", "tick": "7.5"}
    with pytest.raises(ClaimHeld):
        journal.intended(btc, "create", BODY)


def test_a_person_settles_an_unknown_outcome_with_a_reason(journal):
    btc = journal.identity("btc-swing", 1)
    journal.intended(btc, "create", BODY)
    journal.resolved(btc, "not-created", "the account shows no such order")
    assert journal.open_claims() == ()
    assert journal.history()[-1].data == {
        "how": "not-created",
        "reason": "the account shows no such order",
    }
    journal.intended(btc, "create", BODY)


def test_a_command_by_hand_is_recorded_and_held_up_by_no_claim(journal):
    btc = journal.identity("btc-swing", 1)
    journal.intended(btc, "create", BODY)
    journal.intended(None, "close_by_market", None, trade_id=7)
    assert journal.history()[-1].trade_id == 7
    assert len(journal.open_claims()) == 1


def test_a_live_trade_is_remembered_with_its_end(journal):
    btc = journal.identity("btc-swing", 1)
    journal.remembered(KnownTrade(identity=btc, trade_id=7, ended="finished"), "finished")
    (known,) = journal.known_trades()
    assert known.ended == "finished"
    journal.forgotten("btc-swing")
    assert journal.known_trades() == ()


def test_an_override_is_recorded_with_its_reason(journal):
    journal.overrode("max_notional", "agreed with the desk", "600 is above 500")
    assert journal.history()[-1].data == {
        "rule": "max_notional",
        "reason": "agreed with the desk",
        "breach": "600 is above 500",
    }


def test_a_saved_changeset_is_applied_once(journal):
    journal.started("apply", {}, changeset="3f9a2c41")
    with pytest.raises(ChangesetUsed):
        journal.started("apply", {}, changeset="3f9a2c41")


def test_scopes_do_not_see_each_other(store, journal):
    btc = journal.identity("btc-swing", 1)
    journal.intended(btc, "create", BODY)
    other = Journal(store, LockScope("desk", "paper"), "run-2", now=lambda: NOON)
    assert other.history() == other.open_claims() == ()
    other.intended(other.identity("btc-swing", 1), "create", BODY)
