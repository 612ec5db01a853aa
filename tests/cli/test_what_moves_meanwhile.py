"""Trades that move between what was decided and what is sent; journals that fail after it."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from flask import Response, request

from smartplan.sandbox.app import create_app
from smartplan.sandbox.server import Server
from tests.bodies import LONG
from tests.plans import TWO_TARGETS
from tests.workspace import Workspace


def sent(workspace: Workspace, command) -> list[str]:
    """The mutations of a command, which is run against the served exchange."""
    with workspace.served() as exchange:
        command()
        return [
            f"{seen.method} {seen.path.rsplit('/', 1)[-1]}"
            for seen in exchange.log
            if seen.method != "GET"
        ]


# --- what fills while the question stands -------------------------------------------------------


@pytest.mark.parametrize("words", [["close-all"], ["trade", "cancel", "btc-swing"]])
def test_an_entry_that_fills_while_the_question_stands_keeps_its_exits_or_is_closed(
    workspace: Workspace, words: list[str]
) -> None:
    number = workspace.open(LONG, name="btc-swing")
    typed = "desk\n" if words == ["close-all"] else "yes\n"
    done = workspace.run(*words, typed=typed, meanwhile=lambda: workspace.exchange.fill(number))
    after = workspace.later(number)
    if words == ["close-all"]:
        assert done.code == 0
        assert after["status"]["type"] == "panic_sold"
    else:
        assert done.code == 5
        assert "its entry has filled: cancelling would drop its exits" in done.err
        assert after["status"]["type"] == "waiting_targets"
        assert after["stop_loss"]["enabled"]


@pytest.mark.parametrize(
    ("plan", "sent"),
    [(TWO_TARGETS.replace("55000", "56000"), ["PATCH", "POST"]), (None, [])],
    ids=["a moved stop", "no change"],
)
def test_a_trade_that_only_the_longer_list_shows_as_open_is_acted_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, plan: str | None, sent: list[str]
) -> None:
    """Lists lag: what was opened a moment ago may be missing in one of two that follow."""
    workspace.plan("btc", TWO_TARGETS)
    assert workspace.run("apply", "--yes").code == 0
    workspace.plan("btc", plan or TWO_TARGETS)
    app = create_app(workspace.exchange, sleep=lambda _: None)

    @app.after_request
    def lagging(response: Response) -> Response:
        if request.method == "GET" and request.args.get("status") == "active":
            response.data = "[]"
        return response

    with Server(app, port=0) as server:
        monkeypatch.setenv("SMARTPLAN_BASE_URL", f"{server.url}/public/api")
        applied = workspace.run("apply", "--yes")
    assert applied.code == 0, applied.err
    changing = [seen.method for seen in workspace.exchange.log if seen.method != "GET"]
    assert changing[-len(sent) :] == sent if sent else "1 unchanged" in applied.out


def test_close_all_decides_anew_about_each_of_many(workspace: Workspace) -> None:
    """The last one fills while the first ones are being ended."""
    numbers = [workspace.open(LONG, name=f"btc-{number}") for number in range(4)]

    def fill_the_last() -> None:
        workspace.exchange.fill(numbers[-1])

    done = workspace.run("close-all", typed="desk\n", meanwhile=fill_the_last)
    assert done.code == 0
    ends = [workspace.later(number)["status"]["type"] for number in numbers]
    assert ends == ["cancelled"] * 3 + ["panic_sold"]


def test_close_all_counts_a_trade_that_has_ended_meanwhile_as_ended(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    done = workspace.run(
        "close-all", typed="desk\n", meanwhile=lambda: workspace.tick("USDT_BTC", "54000")
    )
    assert done.code == 0
    assert f"#{number}" in done.out
    assert "stop_loss_finished" in done.out


def test_close_all_counts_no_trade_as_ended_whose_position_was_left_without_exits(
    workspace: Workspace,
) -> None:
    """Somebody cancels it on the exchange while the question stands: the position stays."""
    number = workspace.open(LONG, name="btc-swing", filled=True)

    def cancel() -> None:
        workspace.at(minutes=-5).cancel(number)

    done = workspace.run("close-all", typed="desk\n", meanwhile=cancel)
    assert workspace.later(number)["status"]["type"] == "cancelled"
    assert done.code == 1
    assert "a position is open without exits" in done.out


@pytest.mark.parametrize(
    "words", [["move-stop", "btc-swing", "57000"], ["add-funds", "btc-swing", "0.001"]]
)
def test_what_a_target_has_sold_meanwhile_is_not_acted_on_as_it_was_shown(
    workspace: Workspace, words: list[str]
) -> None:
    workspace.open(LONG, name="btc-swing", filled=True)
    done = workspace.run(
        "trade", *words, typed="yes\n", meanwhile=lambda: workspace.tick("USDT_BTC", "66001")
    )
    assert done.code == 5
    assert "has moved since it was read" in done.err
    assert "closed 0 → " in done.err


def test_a_close_closes_what_is_held_by_now(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    done = workspace.run(
        "trade", "close", "btc-swing", typed="yes\n",
        meanwhile=lambda: workspace.tick("USDT_BTC", "66001"),
    )  # fmt: skip
    assert done.code == 0
    assert workspace.later(number)["status"]["type"] == "panic_sold"


FOREIGN = "x [smartplan1:other/swing#1 3f9a2c4177b0e1d2 k]"
MEANT_BY_NAME = [
    ["close-all"],
    ["trade", "close", "btc-swing"],
    ["trade", "cancel", "btc-swing", "--leave-position"],
    ["trade", "add-funds", "btc-swing", "0.001"],
    ["trade", "reduce-funds", "btc-swing", "0.001"],
    ["trade", "move-stop", "btc-swing", "56000"],
]


@pytest.mark.parametrize("words", MEANT_BY_NAME, ids=lambda words: " ".join(words[:2]))
def test_what_another_workspace_has_taken_meanwhile_is_not_acted_on_by_its_name(
    workspace: Workspace, words: list[str]
) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    before = workspace.later(number)

    def take() -> None:
        workspace.exchange.set_note(number, {"note": FOREIGN})

    done = workspace.run(
        *words, typed="desk\n" if words == ["close-all"] else "yes\n", meanwhile=take
    )
    assert done.code == 5, done.out + done.err
    assert "its note was edited" in done.out + done.err
    after = workspace.later(number)
    for group in ("status", "position", "stop_loss"):
        assert after[group] == before[group]


def test_a_trade_meant_by_its_id_is_ended_whatever_its_note_says(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    done = workspace.run(
        "trade", "close", number, typed="yes\n",
        meanwhile=lambda: workspace.exchange.set_note(number, {"note": FOREIGN}),
    )  # fmt: skip
    assert done.code == 0
    assert workspace.later(number)["status"]["type"] == "panic_sold"


def test_close_all_ends_what_only_the_text_of_its_note_has_changed_of(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    note = f"mine {workspace.exchange.get(number)['note_raw']}"
    done = workspace.run(
        "close-all", typed="desk\n",
        meanwhile=lambda: workspace.exchange.set_note(number, {"note": note}),
    )  # fmt: skip
    assert done.code == 0, done.out + done.err
    assert workspace.later(number)["status"]["type"] == "panic_sold"


def without_stop(workspace: Workspace, number: int) -> None:
    workspace.exchange.update(
        number,
        {"position": LONG["position"] | {"units": workspace.exchange.get(number)["position"][
            "units"]}, "stop_loss": {"enabled": False}},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "filled"),
    [(["add-funds", "btc-swing", "0.001"], True), (["force-start", "btc-swing"], False)],
    ids=["add-funds", "force-start"],
)
def test_what_enlarges_a_risk_is_not_sent_once_its_stop_has_gone(
    workspace: Workspace, words: list[str], filled: bool
) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=filled)
    done = workspace.run(
        "trade", *words, typed="yes\n", meanwhile=lambda: without_stop(workspace, number)
    )
    assert done.code == 5, done.out + done.err
    assert "stop_loss" in done.err
    assert not workspace.later(number)["stop_loss"]["enabled"]


@pytest.mark.parametrize("words", [["close", "btc-swing"], ["reduce-funds", "btc-swing", "0.001"]])
def test_what_reduces_a_risk_goes_on_whatever_its_fields_have_become(
    workspace: Workspace, words: list[str]
) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    done = workspace.run(
        "trade", *words, typed="yes\n", meanwhile=lambda: without_stop(workspace, number)
    )
    assert done.code == 0, done.out + done.err


# --- a journal that fails after the send --------------------------------------------------------


def refuse(workspace: Workspace, kind: str) -> None:
    """The store takes no more events of this kind."""
    with closing(sqlite3.connect(workspace.state / "sandbox.db")) as store:
        store.execute(
            f"CREATE TRIGGER refused BEFORE INSERT ON event WHEN NEW.kind = '{kind}'"
            " BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
        store.commit()


BY_HAND = [
    ["trade", "close", "btc-swing", "--yes"],
    ["trade", "cancel", "btc-swing", "--leave-position", "--yes"],
    ["trade", "move-stop", "btc-swing", "56000", "--yes"],
    ["trade", "add-funds", "btc-swing", "0.001", "--yes"],
    ["trade", "reduce-funds", "btc-swing", "0.001", "--yes"],
    ["trade", "force-process", "btc-swing", "--yes"],
    ["trade", "note", "btc-swing", "daily", "--yes"],
    ["forget", "btc-swing", "--yes"],
]


@pytest.mark.parametrize("words", BY_HAND, ids=lambda words: " ".join(words[:2]))
def test_a_journal_that_fails_after_the_send_leaves_the_outcome_unknown_and_never_refused(
    workspace: Workspace, words: list[str]
) -> None:
    workspace.open(LONG, name="btc-swing", filled=True)
    assert workspace.run("history").code == 0
    refuse(workspace, "answer")
    done = workspace.run(*words)
    assert done.code == 6
    assert "not recorded" in done.err
    assert "before you repeat it" in done.err


def test_close_all_tells_what_it_could_not_record_as_unknown(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    workspace.run("history")
    refuse(workspace, "answer")
    done = workspace.run("close-all", "--confirm", "desk")
    assert done.code == 6
    assert "not recorded" in done.out + done.err
    assert workspace.later(number)["status"]["type"] == "panic_sold"


def test_an_apply_whose_journal_fails_after_the_send_is_unknown(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    workspace.run("history")
    refuse(workspace, "outcome")
    done = workspace.run("apply", "--yes")
    assert done.code == 6
    assert "not recorded" in done.out


def test_an_answer_that_apply_could_not_record_is_settled_by_reading(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    workspace.run("history")
    refuse(workspace, "answer")
    assert workspace.run("apply", "--yes").code == 0
    assert "result: done" in workspace.run("history", "--format", "events", "btc-swing").out


@pytest.mark.parametrize("words", BY_HAND, ids=lambda words: " ".join(words[:2]))
def test_a_journal_that_takes_no_intent_lets_nothing_be_sent(
    workspace: Workspace, words: list[str]
) -> None:
    workspace.open(LONG, name="btc-swing", filled=True)
    workspace.run("history")
    refuse(workspace, "intent")

    def command() -> None:
        assert workspace.run(*words).code == 5

    assert sent(workspace, command) == []


# --- notes, markers, refusals -------------------------------------------------------------------


def test_the_journal_says_what_was_done_by_hand_in_the_words_of_the_service(
    workspace: Workspace,
) -> None:
    workspace.open(LONG, name="btc-swing", filled=True)
    assert workspace.run("trade", "close", "btc-swing", "--yes").code == 0
    told = workspace.run("history", "--format", "events").out
    assert "action: close" in told
    assert "step: close" in told


def test_a_window_is_not_over_because_the_clock_was_set_forward(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The intent was written an hour ago by the wall clock, and a moment ago in truth."""
    from smartplan.settings import load
    from smartplan.state.journal import Journal
    from smartplan.state.opening import open_store
    from smartplan.state.store import LockScope

    workspace.configure("[state]\nsettle_window = 1")
    workspace.run("history")
    settings = load(workspace.folder, {})
    store = open_store(settings.state_url, settings.root)
    hour_ago = workspace.now() - timedelta(hours=1)
    journal = Journal(store, LockScope("desk", "sandbox"), "run", now=lambda: hour_ago)
    journal.intended(journal.identity("btc-swing", 1), "create", LONG)
    store.close()
    begun = workspace.now()
    done = workspace.run("resolve", "btc-swing", "--not-created", "--reason", "not seen")
    assert done.code == 0
    assert workspace.now() - begun > timedelta(seconds=0.9)
