"""What an answer says and what the trade shows: where they differ, the trade decides."""

import json
import os
import signal
import time

import pytest

from smartplan.sandbox.faults import Fault
from tests.bodies import LONG
from tests.plans import TWO_TARGETS
from tests.workspace import Ran, Workspace

BARE = json.dumps({"error": "conflict", "error_description": "try again"})
REASONED = json.dumps({"error": "record_invalid", "error_attributes": {"units": ["is too small"]}})
HELD = {
    "add-funds": ["trade", "add-funds", "btc-swing", "0.005", "--yes"],
    "reduce-funds": ["trade", "reduce-funds", "btc-swing", "0.004", "--yes"],
    "close": ["trade", "close", "btc-swing", "--yes"],
    "close-all": ["close-all", "--confirm", "desk"],
    "move-stop": ["trade", "move-stop", "btc-swing", "56000", "--yes"],
}


def answered(
    workspace: Workspace, words: list[str], status: int, when: str, body: str = BARE
) -> Ran:
    """The command, its one mutation answered with this error before or after it is executed."""
    method = "PATCH" if "move-stop" in words else "POST"
    with workspace.served(Fault(status=status, when=when, method=method, body=body)):
        ran = workspace.run(*words)
        assert len(workspace.requests()) == 1
    return ran


# --- error answers that do not prove that nothing was executed ----------------------------------


@pytest.mark.parametrize("words", HELD.values(), ids=HELD)
@pytest.mark.parametrize("status", [409, 400])
def test_what_was_executed_behind_an_error_answer_is_done(
    workspace: Workspace, words: list[str], status: int
) -> None:
    workspace.open(LONG, name="btc-swing", filled=True)
    done = answered(workspace, words, status, "after")
    assert done.code == 0, done.err
    assert "✓ btc-swing" in done.out
    told = workspace.run("history", "--format", "events").out
    assert "refused" not in told


@pytest.mark.parametrize("words", HELD.values(), ids=HELD)
def test_what_was_not_executed_is_refused_once_the_trade_has_been_read(
    workspace: Workspace, words: list[str]
) -> None:
    workspace.open(LONG, name="btc-swing", filled=True)
    refused = answered(workspace, words, 409, "before")
    assert refused.code == 4
    assert "was refused (409 conflict)" in refused.out + refused.err
    assert "nothing was executed" not in refused.out + refused.err
    assert "refused: " in workspace.run("history", "--format", "events").out


def test_a_refusal_that_names_fields_takes_one_short_look(workspace: Workspace) -> None:
    workspace.open(LONG, name="btc-swing", filled=True)
    with workspace.served(Fault(status=422, method="POST", body=REASONED)):
        refused = workspace.run(*HELD["add-funds"])
        looks = [path for _, path in workspace.requests({"GET"}) if "?" not in path]
    assert refused.code == 4
    assert "units: is too small" in refused.err
    assert len(looks) <= 3


def test_a_trade_that_moved_otherwise_proves_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target sells a half while the close is refused: nobody knows what the close did."""
    workspace.open(LONG, name="btc-swing", filled=True)

    def target_instead(trade_id: int) -> object:
        workspace.tick("USDT_BTC", "66001")
        return workspace.exchange.get(trade_id)

    monkeypatch.setattr(workspace.exchange, "close_by_market", target_instead)
    unknown = answered(workspace, HELD["close"], 409, "after")
    assert unknown.code == 6
    assert "does not prove that nothing was executed" in unknown.err
    assert "BTC held (0.00999 before)" in unknown.err
    assert "before you repeat it" in unknown.err


def test_a_limit_that_the_trade_does_not_show_leaves_the_funds_in_doubt(
    workspace: Workspace,
) -> None:
    workspace.open(LONG, name="btc-swing", filled=True)
    words = ["trade", "add-funds", "btc-swing", "0.005", "--limit", "40000", "--yes"]
    assert answered(workspace, words, 409, "after").code == 6


def test_a_planned_update_executed_behind_an_error_answer_is_done(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    assert workspace.run("apply", "--yes").code == 0
    workspace.plan("btc", TWO_TARGETS.replace("55000", "56000"))
    with workspace.served(Fault(status=409, when="after", method="PATCH", body=BARE)):
        done = workspace.run("apply", "--yes")
        assert [method for method, _ in workspace.requests()] == ["PATCH", "POST"]
    assert done.code == 0, done.out


# --- successes that did not happen --------------------------------------------------------------

TRAILING = LONG | {
    "stop_loss": LONG["stop_loss"]
    | {
        "conditional": {
            "price": {"value": "55000", "type": "bid"},
            "trailing": {"enabled": True, "percent": "5"},
        }
    }
}


def test_what_was_true_before_proves_no_lost_request(workspace: Workspace) -> None:
    """The service never shows the percent: a stop that keeps its trigger shows nothing new."""
    workspace.open(TRAILING, name="btc-swing", filled=True)
    with workspace.served(Fault(status=502, html=True, method="PATCH")):
        unknown = workspace.run(
            "trade", "move-stop", "btc-swing", "55000", "--trailing", "2", "--yes"
        )
    assert unknown.code == 6
    assert "before you repeat it" in unknown.err


SWALLOWED = {
    "add-funds": ("add_funds", HELD["add-funds"]),
    "reduce-funds": ("reduce_funds", HELD["reduce-funds"]),
    "close": ("close_by_market", HELD["close"]),
    "close-all": ("close_by_market", HELD["close-all"]),
    "move-stop": ("update", HELD["move-stop"]),
}


@pytest.mark.parametrize(("call", "words"), SWALLOWED.values(), ids=SWALLOWED)
def test_a_good_answer_that_the_trade_does_not_bear_out_is_no_success(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, call: str, words: list[str]
) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    with workspace.served() as exchange:
        monkeypatch.setattr(exchange, call, lambda trade_id, _body=None: exchange.get(trade_id))
        ran = workspace.run(*words)
        assert len(workspace.requests()) == 1
    assert ran.code == 1
    assert "✓" not in ran.out
    assert f"does not show it yet. #{number}: its status is waiting_targets, 0.00999 BTC held" in (
        ran.out + ran.err
    )


# --- two signals while the request is out -------------------------------------------------------


def signalled_twice(workspace: Workspace, patch: pytest.MonkeyPatch, call: str, *words: str) -> Ran:
    """The command, stopped twice after its request has arrived."""
    with workspace.served() as exchange:
        execute = getattr(exchange, call)

        def stopped(*asked: object, **ids: object) -> object:
            done = execute(*asked, **ids)
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.3)
            return done

        patch.setattr(exchange, call, stopped)
        return workspace.run(*words)


def test_two_signals_say_which_request_is_out(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    ran = signalled_twice(workspace, monkeypatch, "add_funds", *HELD["add-funds"])
    assert ran.code == 130
    assert f"add funds of #{number} was sent, and may have been executed" in ran.err
    assert f"`smartplan trade show {number}`" in ran.err


def test_two_signals_in_close_all_say_which_request_is_out_and_how_many_were_not_ended(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    workspace.open(LONG, name="other", filled=True)
    ran = signalled_twice(workspace, monkeypatch, "close_by_market", *HELD["close-all"])
    assert ran.code == 130
    assert f"close of #{number} was sent, and may have been executed" in ran.err
    assert f"`smartplan trade show {number}`" in ran.err
    assert "1 were not ended" in ran.err
