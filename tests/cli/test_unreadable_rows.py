"""An entity nobody can read hides no other trade, and no create happens because it hid one."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from smartplan.sandbox.app import create_app
from smartplan.sandbox.server import Server
from smartplan.settings import load
from smartplan.state.journal import Journal
from smartplan.state.opening import open_store
from smartplan.state.store import LockScope
from tests.bodies import LONG
from tests.plans import PLAN
from tests.schemas import validator
from tests.workspace import BALANCES, Workspace

LARGER = LONG | {"position": LONG["position"] | {"units": {"value": "0.03"}}}
Garble = Callable[[dict], object]


@pytest.fixture
def garbled(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[dict[int, Garble]], list[str]]]:
    """The exchange over HTTP, where some entities come out as nobody can read them."""

    @contextmanager
    def serving(garbles: dict[int, Garble]) -> Iterator[list[str]]:
        app = create_app(workspace.exchange, sleep=lambda _: None)
        sent: list[str] = []

        @app.after_request
        def garble(response):
            from flask import request

            if request.method != "GET" and not request.path.endswith(BALANCES):
                sent.append(f"{request.method} {request.path.removeprefix('/public/api')}")
            if "smart_trades" in request.path and response.is_json:
                given = response.get_json()
                rows = given if isinstance(given, list) else [given]
                told = [garbles.get(row.get("id"), lambda row: row)(row) for row in rows]
                response.data = json.dumps(told if isinstance(given, list) else told[0])
            return response

        with Server(app, port=0) as server:
            monkeypatch.setenv("SMARTPLAN_BASE_URL", f"{server.url}/public/api")
            yield sent
        monkeypatch.delenv("SMARTPLAN_BASE_URL")

    return serving


def without_pair(row: dict) -> dict:
    return row | {"pair": None}


def nothing(_: dict) -> None:
    return None


def id_alone(row: dict) -> dict:
    return {"id": row["id"]}


def sizeless(row: dict) -> dict:
    return row | {"position": row["position"] | {"units": None}}


def test_a_foreign_one_is_shown_and_stops_nothing(workspace: Workspace, garbled) -> None:
    other = workspace.open(LARGER)
    workspace.plan("btc-swing", PLAN)
    with garbled({other: without_pair}) as sent:
        told = workspace.run("diff", "--format", "json")
        assert json.loads(told.out)["unreadable"] == [
            {"id": other, "why": "no pair, account or position"}
        ]
        assert f"{other} cannot be read" in workspace.run("diff", "--format", "markdown").out
        applied = workspace.run("apply", "--yes")
        assert applied.code == 0, applied.err
        assert f"#{other} cannot be read: no pair, account or position" in applied.out
        assert sent == ["POST /v2/smart_trades"]
        status = workspace.run("status", "--check")
        assert status.code == 0
        assert f"#{other} cannot be read" in status.out
        as_json = json.loads(workspace.run("status", "--format", "json").out)
        validator("status").validate(as_json)
        assert as_json["unreadable"][0]["id"] == other
        listed = workspace.run("trade", "list")
        assert listed.code == 0
        assert f"#{other} cannot be read" in listed.out
        assert "desk/btc-swing" in listed.out
        as_json = json.loads(workspace.run("trade", "list", "--format", "json").out)
        validator("trades").validate(as_json)
        assert [row["id"] for row in as_json["unreadable"]] == [other]
        assert f"{other},,,,,,unreadable" in workspace.run("trade", "list", "--format", "csv").out
        assert workspace.run("trade", "note", "btc-swing", "seen", "--yes").code == 0
        imported = workspace.run("import", "--all-active")
        assert f"left out: #{other}: it cannot be read" in imported.err
        assert workspace.run("drift").code == 0
        assert workspace.run("doctor").code == 0
        assert workspace.run("close-all", "--confirm", "desk").code == 0


@pytest.mark.parametrize("garble", [sizeless, without_pair, id_alone])
def test_one_of_ours_is_blocked_and_never_opened_again(
    workspace: Workspace, garbled, garble: Garble
) -> None:
    workspace.plan("btc-swing", PLAN)
    assert workspace.run("apply", "--yes").code == 0
    (live,) = workspace.exchange.list_trades({})
    with garbled({live["id"]: garble}) as sent:
        told = workspace.run("diff", "--format", "json")
        (action,) = json.loads(told.out)["actions"]
        assert action["action"] == "blocked"
        assert action["trade_id"] == live["id"]
        assert "is this trade, but cannot be read" in action["reason"]
        assert workspace.run("apply", "--yes").code == 5
        assert workspace.run("status", "--check").code == 3
        assert workspace.run("drift").code == 3
        ended = workspace.run("close-all", "--confirm", "desk")
        assert ended.code == 1
        assert f"not ended: #{live['id']}" in ended.err
        assert sent == []
    assert workspace.run("apply", "--yes").code == 0
    assert len(workspace.exchange.list_trades({"status": "all"})) == 1


@pytest.mark.parametrize("garble", [id_alone, nothing])
def test_without_a_journal_it_may_be_ours_and_nothing_is_opened(
    workspace: Workspace, garbled, garble: Garble
) -> None:
    workspace.plan("btc-swing", PLAN)
    assert workspace.run("apply", "--yes").code == 0
    (live,) = workspace.exchange.list_trades({})
    workspace.lose_journal()
    with garbled({live["id"]: garble}) as sent:
        refused = workspace.run("apply", "--yes")
        assert refused.code == 5
        assert "and may be this trade" in refused.out
        assert workspace.run("status", "--check").code == 3
        assert sent == []


def test_a_create_whose_answer_cannot_be_read_is_settled_by_its_marker(
    workspace: Workspace, garbled
) -> None:
    workspace.plan("btc-swing", PLAN)
    workspace.configure("[state]\nsettle_window = 2")
    first = workspace.open(LARGER)
    with garbled({first + n: sizeless for n in range(1, 20)}) as sent:
        applied = workspace.run("apply", "--yes")
        assert f"btc-swing  #{first + 1} created" in applied.out
        assert applied.code == 5
        assert workspace.run("apply", "--yes").code == 5
        assert sent == ["POST /v2/smart_trades"]
    again = workspace.run("diff")
    assert "1 unchanged, 0 finished, 0 blocked" in again.out


def test_nobody_can_say_that_it_was_not_created_while_its_marker_is_listed(
    workspace: Workspace, garbled
) -> None:
    workspace.configure("[state]\nsettle_window = 0")
    settings = load(workspace.folder, {})
    store = open_store(settings.state_url, settings.root)
    journal = Journal(store, LockScope("desk", "sandbox"), "a run that died")
    journal.intended(journal.identity("btc-swing", 1), "create", LONG)
    store.close()
    number = workspace.open(LONG, name="btc-swing")
    with garbled({number: sizeless}) as sent:
        said = ("resolve", "btc-swing", "--not-created", "--reason", "not seen")
        refused = workspace.run(*said)
        assert refused.code == 5
        assert f"it was created: #{number} (desk/btc-swing) carries its marker" in refused.err
        assert sent == []
    assert workspace.run("resolve", "btc-swing", "--wait").code == 0
